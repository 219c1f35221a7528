"""The endpoint under test: one request, one answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from headgate.masking import mask
from headgate.wire import PROBE_HEADER, RELEASE_HEADER

if TYPE_CHECKING:
    from requests import Session

_SHOWN = 300  # characters of an answer that a message repeats


@dataclass(frozen=True)
class Answer:
    """What came back within `seconds`: `status` and the body, or `failure`, why nothing did."""

    status: int | None
    body: str
    release: str | None
    seconds: float
    failure: str | None = None

    @property
    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is not JSON.
        """
        return json.loads(self.body)

    @property
    def shown(self) -> str:
        """The answer for a person: short, without secrets."""
        if self.status is None:
            return self.failure or "no answer"
        body = " ".join(mask(self.body).split())
        return f"{self.status} {body if len(body) <= _SHOWN else f'{body[:_SHOWN]}…'}".rstrip()


@dataclass(frozen=True)
class Endpoint:
    """Where requests go.

    Args:
        url: scheme, host and port, and a path where the application lives below one.
        headers: sent with every request, e.g. what routes it to one release.
        session: HTTP.
        timer: seconds, monotonic.
    """

    url: str
    session: Session
    headers: Mapping[str, str] = field(default_factory=dict)
    timer: Callable[[], float] = time.monotonic

    def ask(self, method: str, path: str, body: Any = None, *, timeout: float) -> Answer:
        """One request, redirects not followed; no answer within `timeout` seconds is an answer too."""
        import requests

        headers = {PROBE_HEADER: "1", **self.headers}
        began = self.timer()
        try:
            given = self.session.request(
                method,
                self.url.rstrip("/") + path,
                json=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Answer(None, "", None, self.timer() - began, _why(error, timeout))
        return Answer(given.status_code, given.text, given.headers.get(RELEASE_HEADER), self.timer() - began)


def open_session(url: str) -> Session:
    """A session that keeps its connection. A proxy that the environment names is not asked for this very machine."""
    import requests

    session = requests.Session()
    session.trust_env = not _is_this_machine(urlsplit(url).hostname or "")
    return session


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(error: Exception, timeout: float) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return f"no answer within {timeout:g} s"
    said = mask(str(error))
    for known in ("Connection refused", "Name or service not known", "Connection reset by peer", "certificate verify"):
        if known in said:
            return known[0].lower() + known[1:]
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
