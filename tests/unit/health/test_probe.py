"""Probes of an endpoint that answers from memory; the time passes only where a probe waits."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from headgate import masking
from headgate.config.health import Health
from headgate.console import Console
from headgate.health import Unhealthy, check, probe

URL = "http://203.0.113.10:8080"
RIGHT = {"label": "positive", "confidence": 0.98}

Answering = Callable[[requests.PreparedRequest], tuple[int, Any]]


class Endpoint(BaseAdapter):
    """What is at the other end: `answer` gives status and body, or raises; every answer takes `seconds`."""

    def __init__(self, answer: Answering, *, release: str | None = None, seconds: float = 0.01) -> None:
        super().__init__()
        self.answer = answer
        self.release = release
        self.seconds = seconds
        self.asked: list[requests.PreparedRequest] = []
        self.now = 0.0

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:  # type: ignore[override]
        self.asked.append(request)
        self.now += self.seconds
        status, body = self.answer(request)
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, str(request.url)
        response.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        if self.release:
            response.headers["X-Headgate-Release"] = self.release
        return response

    def close(self) -> None:
        pass

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def probe(self, config: dict[str, Any], *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        session = requests.Session()
        session.mount("http://", self)
        with Console(io.StringIO(), environ={}).step("health") as step:
            return probe(
                Health.model_validate(config),
                URL,
                headers,
                step=step,
                session=session,
                timer=lambda: self.now,
                sleep=self.sleep,
                **options,
            )


PREDICT = {
    "path": "/predict",
    "method": "POST",
    "json": {"text": "what a day"},
    "expect": {"json": {"label": "positive"}},
}


def test_an_endpoint_that_answers_rightly_is_healthy_and_measured() -> None:
    endpoint = Endpoint(lambda _request: (200, RIGHT), seconds=0.02)

    ready, predicts = endpoint.probe({"checks": [PREDICT]})

    assert (ready.name, ready.ok, ready.status) == ("GET /health", True, 200)
    assert (predicts.name, predicts.ok) == ("POST /predict", True)
    assert predicts.latency.samples == 20
    assert predicts.latency.p95 == pytest.approx(0.02)
    assert json.loads(endpoint.asked[-1].body or b"") == {"text": "what a day"}


def test_every_request_is_marked_as_a_probe_and_carries_the_route() -> None:
    endpoint = Endpoint(lambda _request: (200, RIGHT))

    endpoint.probe({"checks": [PREDICT]}, headers={"X-Headgate-Release": "r2"})

    assert {request.headers["X-Headgate-Probe"] for request in endpoint.asked} == {"1"}
    assert {request.headers["X-Headgate-Release"] for request in endpoint.asked} == {"r2"}


def test_a_model_that_loads_slowly_is_waited_for() -> None:
    def loading(_request: requests.PreparedRequest) -> tuple[int, Any]:
        if endpoint.now < 60:
            raise requests.ConnectionError("Connection refused")
        return (503, {}) if endpoint.now < 120 else (200, RIGHT)

    endpoint = Endpoint(loading)

    assert all(one.ok for one in endpoint.probe({"timeout": "180s", "checks": [PREDICT]}))
    assert 120 < endpoint.now < 125


def test_an_application_that_never_becomes_ready_shows_its_last_answer() -> None:
    endpoint = Endpoint(lambda _request: (503, {"why": "weights.bin is truncated"}))

    with pytest.raises(Unhealthy) as failed:
        endpoint.probe({"timeout": "30s"})

    assert f"GET /health at {URL}: expected status 200, got 503." in failed.value.message
    assert "Given up after 30 s." in failed.value.message
    assert 'Last answer: 503 {"why": "weights.bin is truncated"}' in failed.value.message
    assert "health.timeout" in (failed.value.hint or "")
    assert failed.value.exit_code == 3


def test_nobody_there_is_said_in_words() -> None:
    def refused(_request: requests.PreparedRequest) -> tuple[int, Any]:
        raise requests.ConnectionError("HTTPConnectionPool(...): [Errno 111] Connection refused")

    with pytest.raises(Unhealthy, match=r"GET /health at .*: connection refused\."):
        Endpoint(refused).probe({"timeout": "5s"})


def test_a_wrong_prediction_ends_the_waiting_early_and_shows_expected_and_got() -> None:
    def wrong(request: requests.PreparedRequest) -> tuple[int, Any]:
        return 200, {"status": "ok"} if request.path_url == "/health" else {"label": "negative", "confidence": 0.5}

    endpoint = Endpoint(wrong)

    with pytest.raises(Unhealthy) as failed:
        endpoint.probe({"timeout": "180s", "checks": [PREDICT]})

    assert 'label: expected "positive", got "negative"' in failed.value.message
    assert 'Last answer: 200 {"label": "negative", "confidence": 0.5}' in failed.value.message
    assert endpoint.now < 5


def test_one_wrong_answer_among_many_is_not_healthy() -> None:
    def mostly(request: requests.PreparedRequest) -> tuple[int, Any]:
        return 200, {"label": "negative"} if len(endpoint.asked) % 10 == 0 else RIGHT

    endpoint = Endpoint(mostly)

    with pytest.raises(Unhealthy, match='got "negative"'):
        endpoint.probe({"checks": [PREDICT]})


def test_an_answer_that_is_not_json_is_not_healthy() -> None:
    endpoint = Endpoint(lambda _request: (200, b"<html>It works!</html>"))

    with pytest.raises(Unhealthy, match=r"expected JSON, got something else"):
        endpoint.probe({"checks": [PREDICT]})


def test_a_slow_endpoint_is_not_healthy() -> None:
    endpoint = Endpoint(lambda _request: (200, RIGHT), seconds=0.8)

    with pytest.raises(Unhealthy, match=r"95th percentile of \d+ answers is 800 ms, and 500 ms are allowed"):
        endpoint.probe({"checks": [{**PREDICT, "max_latency": "500ms"}]})


def test_the_first_answer_may_be_slow() -> None:
    def warm_up(_request: requests.PreparedRequest) -> tuple[int, Any]:
        endpoint.seconds = 0.01
        return 200, RIGHT

    endpoint = Endpoint(warm_up, seconds=5)

    assert endpoint.probe({"checks": [{**PREDICT, "max_latency": "500ms"}]})[1].latency.p95 < 0.5


def test_a_model_that_takes_seconds_is_asked_fewer_times() -> None:
    endpoint = Endpoint(lambda _request: (200, RIGHT), seconds=4)

    assert endpoint.probe({"checks": [PREDICT]})[1].latency.samples == 3


@pytest.mark.parametrize(
    ("answers", "said"),
    [("20261121-old", "release 20261121-old answered"), (None, "something that sends no X-Headgate-Release answered")],
)
def test_another_release_does_not_count(answers: str | None, said: str) -> None:
    endpoint = Endpoint(lambda _request: (200, RIGHT), release=answers)

    with pytest.raises(Unhealthy, match=f"{said}, and 20261122-new was expected"):
        endpoint.probe({"timeout": "5s"}, release="20261122-new")


def test_the_switch_to_the_right_release_is_waited_for() -> None:
    def switch(_request: requests.PreparedRequest) -> tuple[int, Any]:
        endpoint.release = "new" if endpoint.now > 3 else "old"
        return 200, RIGHT

    endpoint = Endpoint(switch)

    assert all(one.ok for one in endpoint.probe({"checks": [PREDICT]}, release="new"))


def test_a_container_that_died_ends_the_waiting() -> None:
    class Died(Exception):
        pass

    def look() -> None:
        if endpoint.now > 2:
            raise Died

    endpoint = Endpoint(lambda _request: (503, {}))

    with pytest.raises(Died):
        endpoint.probe({"timeout": "180s"}, meanwhile=look)
    assert endpoint.now < 4


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_secrets", set())
    masking.register("hunter2-and-more")
    endpoint = Endpoint(lambda _request: (500, b"cannot log in with hunter2-and-more " + 1000 * b"x"))

    with pytest.raises(Unhealthy) as failed:
        endpoint.probe({"timeout": "2s"})

    assert "hunter2" not in failed.value.message
    assert len(failed.value.message) < 600


def test_the_record_gets_every_probe() -> None:
    endpoint = Endpoint(lambda _request: (200, RIGHT), release="r1")
    session = requests.Session()
    session.mount("http://", endpoint)

    with Console(io.StringIO(), environ={}).step("health") as step:
        section = check(
            Health.model_validate({"checks": [PREDICT]}), URL, host="one", release="r1", step=step, session=session
        )

    assert (section.url, section.release) == (URL, "r1")
    assert [one.name for one in section.probes] == ["GET /health", "POST /predict"]
    assert {one.host for one in section.probes} == {"one"}


@pytest.mark.parametrize("status", [200, 503])
def test_no_connection_is_left_open_whether_the_endpoint_was_healthy_or_not(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    endpoint = Endpoint(lambda _request: (status, RIGHT))
    session, closed = requests.Session(), []
    session.mount("http://", endpoint)
    monkeypatch.setattr(endpoint, "close", lambda: closed.append(True))
    monkeypatch.setattr(requests, "Session", lambda: session)

    config = Health.model_validate({"timeout": "1s"})
    with Console(io.StringIO(), environ={}).step("health") as step, suppress(Unhealthy):
        probe(config, URL, step=step, timer=lambda: endpoint.now, sleep=endpoint.sleep)

    assert len(endpoint.asked) > 0
    assert closed == [True]
