"""Image registries on loopback: Debian's with a password, and a stand-in for those that hand out tokens."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import requests

from headgate.process import await_until
from support.lacking import cannot_run
from support.mlflow_server import free_port

PROGRAM = Path("/usr/bin/docker-registry")
USER, PASSWORD = "octocat", "correct horse"
# htpasswd of the two above, by crypt(3)'s bcrypt
HTPASSWD = "octocat:$2y$10$abcdefghijklmnopqrstuu23JPZtHcGhwXSF41f93o/7vBdDut3Xu\n"


@contextmanager
def registry_with_password(folder: Path) -> Iterator[str]:
    """`127.0.0.1:port` of a registry that runs while the block does."""
    if not PROGRAM.exists():
        cannot_run("no docker-registry: scripts/provision registry")
    port = free_port()
    (folder / "htpasswd").write_text(HTPASSWD)
    (folder / "registry.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder / 'images'}}}}}\n"
        f"http: {{addr: 127.0.0.1:{port}}}\nauth: {{htpasswd: {{realm: test, path: {folder / 'htpasswd'}}}}}\n"
    )
    with (folder / "registry.log").open("w") as log:
        server = subprocess.Popen([PROGRAM, "serve", folder / "registry.yml"], stdout=log, stderr=subprocess.STDOUT)
    try:
        assert await_until(lambda: _status(port) == 401, timeout=20), (folder / "registry.log").read_text()
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def logged_in(folder: Path, registry: str, password: str = PASSWORD) -> dict[str, str]:
    """The environment of somebody who did `docker login`."""
    folder.mkdir(exist_ok=True)
    auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {registry: {"auth": auth}}}))
    return {"DOCKER_CONFIG": str(folder)}


@dataclass
class TokenRegistry:
    """A registry that sends its visitors for a token, and remembers what they did.

    Args:
        writers: who may push; everybody may log in with PASSWORD.
        uploads: opened, not cancelled.
    """

    writers: tuple[str, ...] = (USER,)
    asked: list[str] = field(default_factory=list)
    uploads: set[str] = field(default_factory=set)

    @contextmanager
    def running(self) -> Iterator[str]:
        """Its `127.0.0.1:port` while the block runs."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Visitor)
        server.registry = self  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


class _Visitor(BaseHTTPRequestHandler):
    """One request to a `TokenRegistry`, which is its server's `registry`."""

    @property
    def registry(self) -> TokenRegistry:
        return self.server.registry  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        self.registry.asked.append(f"GET {self.path}")
        if urlsplit(self.path).path == "/token":
            self._token()
        elif self.headers.get("Authorization", "").startswith("Bearer "):
            self._answer(200)
        else:
            challenge = f'Bearer realm="http://{self.headers["Host"]}/token",service="stand-in"'
            self._answer(401, headers={"WWW-Authenticate": challenge})

    def do_POST(self) -> None:
        self.registry.asked.append(f"POST {self.path}")
        if self.headers.get("Authorization") == "Bearer writes":
            self.registry.uploads.add("1")
            self._answer(202, headers={"Location": f"{self.path}1"})
        else:
            self._answer(401)

    def do_DELETE(self) -> None:
        self.registry.asked.append(f"DELETE {self.path}")
        self.registry.uploads.discard(self.path.rpartition("/")[2])
        self._answer(204)

    def _token(self) -> None:
        assert parse_qs(urlsplit(self.path).query)["scope"] == ["repository:acme/sentiment:pull,push"]
        said = self.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(said).decode().partition(":")
        if user and password != PASSWORD:
            self._answer(401)
        else:
            self._answer(200, {"token": "writes" if user in self.registry.writers else "reads"})

    def _answer(
        self, status: int, body: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_words: object) -> None:
        pass


def _status(port: int) -> int:
    try:
        return requests.get(f"http://127.0.0.1:{port}/v2/", timeout=2).status_code
    except requests.RequestException:
        return 0
