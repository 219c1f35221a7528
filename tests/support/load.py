"""Keep-alive clients that never retry: what a deployment costs is counted where it hurts."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType


def release_at(
    port: int, host: str = "127.0.0.1", *, headers: Mapping[str, str] | None = None, timeout: float = 10
) -> str | None:
    """The release that answers a prediction there, asked as users do; None when none does."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("POST", "/predict", body=b"{}", headers={**(headers or {}), "Connection": "close"})
        answer = connection.getresponse()
        body = answer.read()
        return str(json.loads(body)["release"]) if answer.status == 200 else None
    except OSError:
        return None
    finally:
        connection.close()


@dataclass
class Load:
    """`clients` threads that post to `path` on `port` of `host`, over and over, while the block runs.

    Each waits `pause` seconds between two requests, or with `period` begins one every so many seconds. Its connection
    is opened anew only after the server has said `Connection: close`, or after a failure has been counted.
    `longest_gap` is in seconds between two answers of one client; `order` has the release of each answer.
    """

    port: int
    clients: int = 24
    host: str = "127.0.0.1"
    path: str = "/predict"
    body: bytes = b"{}"
    pause: float = 0.02
    period: float | None = None
    trusted: str | None = None
    requests: int = 0
    failures: list[str] = field(default_factory=list)
    longest_gap: float = 0.0
    order: list[str] = field(default_factory=list)
    switched_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(self.clients)]

    def __enter__(self):  # type: ignore[no-untyped-def]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=60)

    @property
    def answers(self) -> Counter[str]:
        """How often each release answered, in the order in which they first did."""
        return Counter(self.order)

    def _client(self) -> None:
        connection = self._connection()
        last = time.monotonic()
        while not self._over.is_set():
            began = time.monotonic()
            release, failure = self._ask(connection)
            now = time.monotonic()
            with self._guard:
                self.requests += 1
                self.longest_gap = max(self.longest_gap, now - last)
                if failure:
                    self.failures.append(failure)
                elif release is not None:
                    self.order.append(release)
                    self.switched_at.setdefault(release, time.monotonic())
            last = now
            if failure:
                connection.close()
            time.sleep(self.pause if self.period is None else max(0.0, began + self.period - now))
        connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        """Over HTTPS to localhost where there are certificates to be `trusted`, as PEM."""
        if self.trusted is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=30)
        context = ssl.create_default_context(cadata=self.trusted)
        return http.client.HTTPSConnection("localhost", self.port, timeout=30, context=context)

    def _ask(self, connection: http.client.HTTPConnection) -> tuple[str | None, str | None]:
        """The release that answered, or what went wrong."""
        try:
            connection.request("POST", self.path, body=self.body, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            return None, f"{type(error).__name__}: {error}"
        if answer.status != 200:
            return None, f"status {answer.status}: {body[:80]!r}"
        return answer.getheader("X-Headgate-Release"), None
