"""Sees every request of an ASGI application pass by, and holds none of them up."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from headgate.serving.inference import Inference, Prediction, listening, predictions_in
from headgate.serving.metrics import Metrics
from headgate.serving.release import Release
from headgate.serving.telemetry import Telemetry
from headgate.wire import PROBE_HEADER, RELEASE_HEADER

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID_HEADER = "X-Request-ID"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_LONGEST_ANSWER = 64 * 1024  # bytes of an answer that are looked into for a prediction


class Observed:
    """The application with an eye on it.

    Args:
        app: the application below.
        endpoints: paths of the routes whose answers are inferences; None: every route that takes POST.
        silent: paths that are neither counted nor logged.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        release: Release,
        telemetry: Telemetry,
        metrics: Metrics,
        endpoints: Collection[str] | None,
        silent: Collection[str],
    ) -> None:
        self._app = app
        self._release = release
        self._telemetry = telemetry
        self._metrics = metrics
        self._endpoints = endpoints
        self._silent = silent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; requests are observed, and at the end of the application's life telemetry is written."""
        if scope["type"] == "http":
            await self._observe(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, self._with_last_words(send))
        else:
            await self._app(scope, receive, send)

    async def _observe(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, self._release)

        async def tapped(message: Message) -> None:
            await send(exchange.saw(message))

        with listening() as told, self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, tapped)
            finally:
                exchange.end()
                self._record(exchange, told)

    def _record(self, exchange: Exchange, told: Sequence[Prediction]) -> None:
        endpoint, method = exchange.endpoint, exchange.method
        if endpoint in self._silent:
            return
        if not exchange.probe:
            self._metrics.answered(endpoint or "unmatched", method, exchange.status, exchange.seconds)
        if endpoint is not None and self._infers(endpoint, method):
            self._telemetry.offer(lambda: exchange.inferences(told))

    def _infers(self, endpoint: str, method: str) -> bool:
        return method == "POST" if self._endpoints is None else endpoint in self._endpoints

    def _with_last_words(self, send: Send) -> Send:
        async def send_and_flush(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown"):
                self._telemetry.flush()
            await send(message)

        return send_and_flush


class Exchange:
    """One request and its answer, as they pass by."""

    def __init__(self, scope: Scope, release: Release) -> None:
        from starlette.datastructures import Headers

        headers = Headers(scope=scope)
        self._scope = scope
        self._release = release
        self._began = time.perf_counter()
        self._began_at = datetime.now(timezone.utc)
        self._body: bytearray | None = None
        self.request_id = _request_id(headers.get(REQUEST_ID_HEADER))
        self.probe = PROBE_HEADER in headers
        self.method = str(scope["method"])
        self.status = 500  # an application that raised before it answered: the server says 500 for it
        self.seconds = 0.0

    @property
    def endpoint(self) -> str | None:
        """The path of the route as it was declared, e.g. `/items/{id}`; None where no route matched."""
        route = self._scope.get("route")
        return None if route is None else str(getattr(route, "path", None) or self._scope["path"])

    def saw(self, message: Message) -> Message:
        """Take note of a part of the answer, and give it back with the release and the request's id in its headers."""
        if message["type"] == "http.response.start":
            self._start(message)
        elif message["type"] == "http.response.body" and self._body is not None:
            self._body += message.get("body", b"")
            if len(self._body) > _LONGEST_ANSWER:
                self._body = None
        return message

    def end(self) -> None:
        """The answer is complete, or will never be."""
        self.seconds = time.perf_counter() - self._began

    def inferences(self, told: Sequence[Prediction]) -> tuple[Inference, ...]:
        """One inference for each thing the endpoint said it predicted, else for what its answer says."""
        predictions = tuple(told) or (Prediction(None),)
        if not told and self._body is not None:
            predictions = predictions_in(bytes(self._body))
        return tuple(self._inference(prediction) for prediction in predictions)

    def _inference(self, prediction: Prediction) -> Inference:
        return Inference(
            time=self._began_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            endpoint=self.endpoint or "",
            status=self.status,
            prediction=prediction.prediction,
            confidence=prediction.confidence,
            inference_time=round(self.seconds, 6),
            release=self._release.release,
            model_version=self._release.model_version,
            request_id=self.request_id,
            probe=self.probe,
        )

    def _start(self, message: dict[str, Any] | Message) -> None:
        from starlette.datastructures import MutableHeaders

        headers = MutableHeaders(scope=message)
        self.status = int(message["status"])
        if _is_readable_json(headers) and 200 <= self.status < 300:
            self._body = bytearray()
        headers[REQUEST_ID_HEADER] = self.request_id
        if self._release.release is not None:
            headers[RELEASE_HEADER] = self._release.release


def _is_readable_json(headers: Any) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip()
    return kind == "application/json" and "content-encoding" not in headers


def _request_id(given: str | None) -> str:
    """The caller's id where it is one; anything else would be a way to write into the log."""
    return given if given and _REQUEST_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
