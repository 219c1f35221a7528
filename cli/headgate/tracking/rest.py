"""Requests to an MLflow tracking server, without MLflow: its client blocks for four minutes on a dead server.

Source: MLflow's REST API, version 2.0. Credentials come from the variables that MLflow itself reads
(MLFLOW_TRACKING_USERNAME and _PASSWORD, or _TOKEN) or from the URI; they are masked everywhere.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from headgate import masking
from headgate.bearer import Bearer
from headgate.errors import CouldNotCarryOut, innermost
from headgate.tracking.base import TrackingUnavailable

if TYPE_CHECKING:
    import requests

BEFORE = 10.0  # seconds of retries while nothing is lost yet
AFTER = 120.0  # seconds of retries once a training would be lost
_CONNECT, _ANSWER = 4.0, 20.0  # seconds
_UPLOAD_ANSWER = 600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 8.0  # each twice as long as the one before
_PASSING = frozenset({429, 502, 503, 504})


class ServerRefused(TrackingUnavailable):
    """The server answered, and said no: `code` is MLflow's error code where it gave one."""

    def __init__(self, message: str, *, code: str | None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Server:
    """One tracking server.

    Args:
        uri: http(s)://, with or without credentials.
        environ: where MLflow's variables for credentials and certificates are read.
        session: the HTTP session; a new one by default.
        sleep: how the time between two attempts is spent.
        clock: seconds, monotonic.
        answer: seconds that one answer may take.
    """

    def __init__(
        self,
        uri: str,
        *,
        answer: float = _ANSWER,
        environ: Mapping[str, str] = os.environ,
        session: requests.Session | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(uri.rstrip("/"))
        self.url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._session = session or _new_session()
        self._sleep = sleep
        self._clock = clock
        self._answer = answer
        masking.register(parts.password and unquote(parts.password))
        masking.register(environ.get("MLFLOW_TRACKING_PASSWORD"))
        masking.register(environ.get("MLFLOW_TRACKING_TOKEN"))
        self._session.trust_env = True
        self._authenticate(environ, parts.username, parts.password)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        patience: float = BEFORE,
    ) -> dict[str, Any]:
        """The JSON answer to one call of the API below `/api/2.0/`; tried again while the server is away.

        Raises:
            TrackingUnavailable: no answer in `patience` seconds, or none of an MLflow server.
            ServerRefused: an error, with MLflow's code.
        """
        answer = self._send(method, path, patience, json=json, params=params, timeout=(_CONNECT, self._answer))
        try:
            content = answer.json()
        except ValueError as error:
            raise self._not_mlflow(answer) from error
        if not isinstance(content, dict):
            raise self._not_mlflow(answer)
        return content

    def put(self, path: str, content: IO[bytes], *, patience: float = AFTER) -> None:
        """Upload a file's bytes; from its beginning again when an attempt fails.

        Raises:
            TrackingUnavailable: as for `call`.
        """
        self._send("PUT", path, patience, data=content, timeout=(_CONNECT, min(_UPLOAD_ANSWER, 10 * patience)))

    def _send(self, method: str, path: str, patience: float, **options: Any) -> requests.Response:
        """The first answer that is not a passing trouble."""
        import requests

        deadline = self._clock() + patience
        pause = _FIRST_PAUSE
        while True:
            if "data" in options:
                options["data"].seek(0)
            try:
                answer = self._session.request(method, f"{self.url}/api/2.0/{path}", **options)
                if answer.status_code not in _PASSING:
                    return self._accepted(answer)
                trouble = f"HTTP {answer.status_code}"
            except requests.exceptions.SSLError as error:
                raise self._away(
                    _why(error, self._answer), hint="Set MLFLOW_TRACKING_SERVER_CERT_PATH to its CA."
                ) from error
            except requests.RequestException as error:
                trouble = _why(error, self._answer)
            if self._clock() + pause > deadline:
                raise self._away(trouble)
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _accepted(self, answer: requests.Response) -> requests.Response:
        """The answer, if it is not an error."""
        if answer.ok:
            return answer
        if answer.status_code == 403 and "host" in answer.text[:200].lower():
            host = urlsplit(self.url).netloc
            raise ServerRefused(
                f"The tracking server {self.url} does not answer under this name: {answer.text.strip()[:200]}",
                code=None,
                hint=f"Start it with: mlflow server --allowed-hosts {host}",
            )
        if answer.status_code in (401, 403):
            raise ServerRefused(
                f"The tracking server {self.url} refused the credentials (HTTP {answer.status_code}).",
                code=None,
                hint="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.",
            )
        try:
            content = answer.json()
            code, message = str(content["error_code"]), str(content.get("message", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise self._not_mlflow(answer) from error
        raise ServerRefused(f"The tracking server {self.url} answered {code}: {message[:500]}", code=code)

    def _away(self, trouble: str, hint: str | None = None) -> TrackingUnavailable:
        return TrackingUnavailable(
            f"The tracking server {self.url} does not answer: {trouble}.",
            hint=hint or f"curl {self.url}/health  (and compare tracking.uri in headgate.yaml)",
        )

    def _not_mlflow(self, answer: requests.Response) -> TrackingUnavailable:
        return TrackingUnavailable(
            f"{self.url} answered HTTP {answer.status_code} with something that is not MLflow's: "
            f"{' '.join(answer.text.split())[:120]!r}",
            hint="Point tracking.uri at the MLflow server itself, with its path prefix if it has one.",
        )

    def _authenticate(self, environ: Mapping[str, str], user: str | None, password: str | None) -> None:
        """As MLflow does: a user and password before a token, and its variables for certificates."""
        session = self._session
        user = environ.get("MLFLOW_TRACKING_USERNAME") or (user and unquote(user))
        password = environ.get("MLFLOW_TRACKING_PASSWORD") or (password and unquote(password))
        if user and password:
            session.auth = (user, password)
        elif token := environ.get("MLFLOW_TRACKING_TOKEN"):
            session.auth = Bearer(token)
        if environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1"):
            session.verify = False
        elif authority := environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"):
            session.verify = authority
        if certificate := environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH"):
            session.cert = certificate


def _new_session() -> requests.Session:
    try:
        import requests
    except ImportError as error:  # pragma: no cover  (part of the base install)
        raise CouldNotCarryOut("The library 'requests' is not installed.", hint="pip install headgate") from error
    return requests.Session()


def _why(error: Exception, answer: float) -> str:
    """The innermost reason, which is what a person can act on; an answer was given `answer` seconds."""
    import requests

    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"no connection within {_CONNECT:g} s"
    if isinstance(error, requests.exceptions.ReadTimeout):
        return f"no answer within {answer:g} s"
    return innermost(error)
