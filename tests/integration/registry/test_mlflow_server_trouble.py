"""What answers, or does not, where an MLflow server should be: none of it may read as 'there is no version'."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from headgate.config import Config
from headgate.registry import Registry, RegistryUnreachable, open_registry


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """The address of a web server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def registry(uri: str, project: Path) -> Registry:
    config = Config.model_validate({"version": 1, "model": "sentiment", "registry": {"uri": uri}})
    return open_registry(config, project=project)


def test_a_server_that_is_off_is_given_up_on_soon(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        uri = f"http://octocat:hunter22@127.0.0.1:{taken.getsockname()[1]}"
    started = time.monotonic()

    with pytest.raises(RegistryUnreachable, match="Connection refused") as refused:
        registry(uri, tmp_path).production()

    assert time.monotonic() - started < 30
    assert "hunter22" not in f"{refused.value.message}{refused.value.hint}"
    assert "/health" in str(refused.value.hint)


def test_mlflow_saying_that_there_is_no_such_model_is_the_one_answer_that_counts(tmp_path: Path) -> None:
    said = json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Registered Model sentiment not found"})
    with answering(404, said) as uri:
        assert registry(uri, tmp_path).production() is None


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(404, "<html>404 page not found</html>", id="another server's page"),
        pytest.param(404, '{"detail": "Not Found"}', id="another API"),
        pytest.param(200, "", id="an empty answer"),
        pytest.param(200, "{}", id="an empty object"),
        pytest.param(200, "<html>please log in</html>", id="a login page"),
        pytest.param(400, '{"error_code": "INVALID_PARAMETER_VALUE", "message": "no"}', id="a complaint"),
        pytest.param(200, '{"registered_model": {"name": "something-else"}}', id="another model"),
    ],
)
def test_an_answer_that_is_not_mlflows_is_never_the_first_model_ever(tmp_path: Path, status: int, body: str) -> None:
    with answering(status, body) as uri, pytest.raises(RegistryUnreachable):
        registry(uri, tmp_path).production()


def test_a_refused_host_name_is_told_what_the_server_needs(tmp_path: Path) -> None:
    with (
        answering(403, "Invalid Host header - possible DNS rebinding attack detected") as uri,
        pytest.raises(RegistryUnreachable) as refused,
    ):
        registry(uri, tmp_path).production()

    assert f"--allowed-hosts {uri.removeprefix('http://')}" in str(refused.value.hint)


def test_missing_credentials_are_told_which_variables_bring_them(tmp_path: Path) -> None:
    with answering(401, "You are not authenticated.") as uri, pytest.raises(RegistryUnreachable) as refused:
        registry(uri, tmp_path).production()

    assert "MLFLOW_TRACKING_TOKEN" in str(refused.value.hint)
