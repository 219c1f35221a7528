"""A server that is away is found out in seconds, and every refusal says what to do."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from headgate import masking
from headgate.tracking.base import TrackingUnavailable
from headgate.tracking.rest import Server, ServerRefused


class Session(requests.Session):
    """Answers from a list, and remembers what was asked."""

    def __init__(self, *answers: tuple[int, str] | Exception) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def request(self, method: Any, url: Any, *_arguments: Any, **_options: Any) -> requests.Response:
        self.asked.append((method, url))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, response._content = answer[0], answer[1].encode()
        return response


class Clock:
    """Time that passes by sleeping alone."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def _no_secrets() -> Iterator[None]:
    before = set(masking._secrets)
    yield
    masking._secrets.clear()
    masking._secrets.update(before)


def server(session: Session, clock: Clock | None = None, uri: str = "http://example.com", **environ: str) -> Server:
    clock = clock or Clock()
    return Server(uri, environ=environ, session=session, sleep=clock.sleep, clock=clock)


def test_a_dead_server_is_given_up_within_its_patience() -> None:
    clock = Clock()
    session = Session(requests.ConnectionError("refused"))
    with pytest.raises(TrackingUnavailable, match=r"http://example\.com does not answer: refused"):
        server(session, clock).call("GET", "mlflow/runs/get", patience=10)

    assert clock.now <= 10
    assert 3 <= len(session.asked) <= 6


def test_a_server_that_comes_back_is_used() -> None:
    session = Session(requests.ConnectionError("refused"), (503, "starting"), (200, '{"a": 1}'))
    assert server(session).call("GET", "mlflow/runs/get") == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        ((403, "Invalid Host header - possible DNS rebinding attack detected"), "this name", "--allowed-hosts example"),
        ((401, "no"), "refused the credentials (HTTP 401)", "MLFLOW_TRACKING_TOKEN"),
        ((200, "<html>a proxy</html>"), "not MLflow's: '<html>a proxy</html>'", "tracking.uri"),
        ((404, "<html>"), "HTTP 404 with something that is not MLflow's", "path prefix"),
        ((200, "[]"), "not MLflow's", "tracking.uri"),
    ],
)
def test_refusals_say_what_to_do(answer: tuple[int, str], said: str, hint: str) -> None:
    session = Session(answer)
    with pytest.raises(TrackingUnavailable) as caught:
        server(session).call("GET", "mlflow/runs/get")
    assert said in caught.value.message
    assert hint in str(caught.value.hint)
    assert len(session.asked) == 1


def test_an_error_of_mlflow_keeps_its_code() -> None:
    session = Session((404, '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}'))
    with pytest.raises(ServerRefused) as caught:
        server(session).call("GET", "mlflow/runs/get")
    assert caught.value.code == "RESOURCE_DOES_NOT_EXIST"


def test_credentials_of_the_uri_are_used_and_never_shown() -> None:
    session = Session(requests.ConnectionError("refused"))
    asked = server(session, uri="http://me:s3cret-word@example.com/mlflow/")
    with pytest.raises(TrackingUnavailable) as caught:
        asked.call("GET", "mlflow/runs/get")

    assert session.auth == ("me", "s3cret-word")
    assert session.asked[0] == ("GET", "http://example.com/mlflow/api/2.0/mlflow/runs/get")
    assert "s3cret-word" not in caught.value.message
    assert "s3cret-word" in masking.registered()


def test_mlflows_own_variables_are_read_as_mlflow_reads_them() -> None:
    session = Session((200, "{}"))
    server(session, MLFLOW_TRACKING_TOKEN="t0ken-word", MLFLOW_TRACKING_SERVER_CERT_PATH="/ca.pem")
    request = requests.Request("GET", "http://example.com", auth=session.auth).prepare()

    assert request.headers["Authorization"] == "Bearer t0ken-word"
    assert session.verify == "/ca.pem"
    assert "t0ken-word" in masking.registered()
