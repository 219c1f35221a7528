"""The HTTP side: tokens are checked, faults are met, calls are counted, and the rest is left to `routes`."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from support.github_server.routes import ROUTES, Answer, Asked, Route, missing
from support.github_server.state import Call, Fault, GitHub, Token

CONTROL = "/_stand-in/"
ENTERPRISE = "/api/v3"
"""GitHub Enterprise has its API below this; the stand-in answers there too."""


class GitHubServer(ThreadingHTTPServer):
    """Listens on loopback; `github` is what it knows."""

    daemon_threads = True

    def __init__(self, github: GitHub, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__((host, port), _Handler)
        self.github = github

    @property
    def url(self) -> str:
        """What GITHUB_API_URL should say."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is nobody's trouble here."""


class _Handler(BaseHTTPRequestHandler):
    server: GitHubServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(size)
        address = urlsplit(self.path)
        path = address.path.removeprefix(ENTERPRISE)
        if path.startswith(CONTROL):
            self._answer(_control(self.server.github, self.command, path.removeprefix(CONTROL), _json(sent)))
            return
        github, token = self.server.github, self._token()
        call = Call(self.command, path, 0, token.login if token else None, _json(sent))
        with github.lock:
            github.calls.append(call)
            fault = next((one for one in github.faults if one.meets(self.command, path)), None)
            if fault is not None:
                fault.times -= 1
        answer = self._meet(fault) if fault is not None else None
        if answer is None:
            with github.lock:
                answer = _routed(github, token, self.command, path, dict(parse_qsl(address.query)), call.body)
        if fault is not None and fault.kind in ("lost", "silence"):
            self.close_connection = True  # without a word
            return
        call.status = answer.status
        here = f"{self.server.url}{address.path}"
        self._answer(
            Answer(answer.status, answer.body, {k: v.replace("{self}", here) for k, v in answer.headers.items()})
        )

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _handle  # noqa: N815

    def _token(self) -> Token | None:
        words = self.headers.get("Authorization", "").split()
        if len(words) != 2 or words[0].lower() not in ("bearer", "token"):
            return None
        return self.server.github.tokens.get(words[1])

    def _meet(self, fault: Fault) -> Answer | None:
        """The answer that `fault` has in store; None where the request is carried out all the same."""
        wait = str(math.ceil(fault.seconds))
        if fault.kind == "429":
            return Answer(429, {"message": "Too many requests"}, {"Retry-After": wait})
        if fault.kind == "secondary":
            said = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
            return Answer(403, said, {"Retry-After": wait})
        if fault.kind == "primary":
            reset = str(math.ceil(time.time() + fault.seconds))
            said = {"message": "API rate limit exceeded for installation."}
            return Answer(403, said, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset})
        if fault.kind == "unavailable":
            return Answer(502, {"message": "Server Error"})
        if fault.kind == "not-json":
            return Answer(200, "<html><body>Sign in to the proxy</body></html>")
        if fault.kind == "other-json":
            return Answer(200, [{"status": "ok"}, None])
        if fault.kind == "silence":
            time.sleep(fault.seconds)
            return Answer(0)
        return None

    def _answer(self, answer: Answer) -> None:
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        sent = b"" if answer.body is None else text.encode()
        self.send_response(answer.status)
        kind = "text/html" if isinstance(answer.body, str) else "application/json; charset=utf-8"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(sent)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        pass


def _routed(github: GitHub, token: Token | None, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
    if token is None:
        return Answer(401, {"message": "Bad credentials", "status": "401"})
    if path == "/user" and token.login.endswith("[bot]"):
        return _refused(())
    found = _find(method, path)
    if found is None:
        return missing()
    route, words = found
    repository = github.repositories.get(words["repository"])
    if repository is None:
        return missing()
    if not any(name == "metadata" or token.may(name, level) for name, level in route.needs):
        return _refused(route.needs)
    return route.handler(Asked(github, repository, token, words, query, body if isinstance(body, dict) else {}))


def _find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match is not None and route.method == method:
            return route, match.groupdict()
    return None


def _refused(needs: tuple[tuple[str, str], ...]) -> Answer:
    """GitHub says which permissions would have done, separated by semicolons, in its own spelling."""
    accepted = "; ".join(f"{name.replace('-', '_')}={level}" for name, level in needs)
    said = {"message": "Resource not accessible by integration", "status": "403"}
    return Answer(403, said, {"X-Accepted-GitHub-Permissions": accepted} if accepted else {})


def _control(github: GitHub, method: str, what: str, body: Any) -> Answer:
    """`state` shows everything, `calls` what was asked and is emptied by DELETE; `seed` adds, see `GitHub.seed`."""
    with github.lock:
        if (method, what) == ("GET", "state"):
            return Answer(200, github.to_json())
        if (method, what) == ("GET", "calls"):
            return Answer(200, github.to_json()["calls"])
        if (method, what) == ("DELETE", "calls"):
            github.calls.clear()
            return Answer(204)
        if (method, what) == ("POST", "seed"):
            github.seed(body)
            return Answer(204)
    return missing()


def _json(sent: bytes) -> Any:
    try:
        return json.loads(sent) if sent else None
    except ValueError:
        return None


@contextmanager
def github_server(github: GitHub | None = None) -> Iterator[GitHubServer]:
    """A stand-in that listens while the block runs."""
    server = GitHubServer(github or GitHub())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
