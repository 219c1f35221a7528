"""An image registry that misbehaves as told: it hands on to the lab's own, which wants a password."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from support.hosts import LAB, OWN_REGISTRIES, REGISTRY

Mode = Literal["well", "failing", "slow", "halting", "stuck"]


class BadRegistry(ThreadingHTTPServer):
    """`failing`: 500 to everything. `slow`: its layers trickle. `halting`: they stop in the middle.

    `stuck`: it accepts and never answers.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int] = (OWN_REGISTRIES, 0), mode: Mode = "well") -> None:
        super().__init__(address, _Handler)
        self.mode: Mode = mode
        self.credentials: set[str] = set()
        self.closing = threading.Event()
        self.trust = ssl.create_default_context(cafile=str(LAB / "private-registry/tls.crt"))
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def name(self) -> str:
        """What stands before the repository in an image's name."""
        return f"{self.server_address[0]}:{self.server_address[1]}"

    def close(self) -> None:
        """Nobody listens any more."""
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BadRegistry

    def do_GET(self) -> None:
        if shown := self.headers.get("Authorization"):
            self.server.credentials.add(shown)
        if self.server.mode == "stuck":
            self.server.closing.wait(300)
            self.close_connection = True
        elif self.server.mode == "failing":
            self._answer(500, {}, b'{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}')
        else:
            self._hand_on()

    do_HEAD = do_GET  # noqa: N815  (as the base class names it)

    def _hand_on(self) -> None:
        upstream = http.client.HTTPSConnection(REGISTRY, context=self.server.trust, timeout=30)
        wanted = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        upstream.request(self.command, self.path, headers=wanted)
        answer = upstream.getresponse()
        content = answer.read()
        self._answer(answer.status, dict(answer.getheaders()), content)
        upstream.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        kept = {
            name: value for name, value in headers.items() if name.lower() not in ("connection", "transfer-encoding")
        }
        for name, value in {"Content-Length": str(len(content)), **kept}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._write(content, slowly=self.server.mode in ("slow", "halting") and "/blobs/" in self.path)

    def _write(self, content: bytes, *, slowly: bool) -> None:
        """Slowly: a tenth of it, and then a byte a second, or none."""
        head = len(content) // 10 if slowly else len(content)
        self.wfile.write(content[:head])
        for at in range(head, len(content)):
            if self.server.mode == "halting":
                self.server.closing.wait(300)
            if self.server.closing.is_set() or self.server.mode != "slow":
                self.wfile.write(content[at:])
                return
            self.wfile.write(content[at : at + 1])
            self.wfile.flush()
            time.sleep(1)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def bad_registry(mode: Mode = "well") -> Iterator[BadRegistry]:
    registry = BadRegistry(mode=mode)
    try:
        yield registry
    finally:
        registry.close()
