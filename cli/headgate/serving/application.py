"""Gives a FastAPI application its health, its metrics and its telemetry."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate import utc
from headgate.serving.metrics import Metrics
from headgate.serving.middleware import Observed
from headgate.serving.readiness import Readiness
from headgate.serving.release import Release
from headgate.serving.telemetry import Destination, Telemetry, sink_for

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

TELEMETRY = "HEADGATE_TELEMETRY"

_PLAIN: dict[str, Any] = {"response_model": None, "include_in_schema": False}


def instrument(
    app: FastAPI,
    *,
    model_path: str | Path | None = None,
    ready: Callable[[], bool] | None = None,
    endpoints: Collection[str] | None = None,
    telemetry: Destination | None = None,
    health: str = "/health",
    metrics: str | None = "/metrics",
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Give `app` `/health`, `/metrics` and one line of telemetry per inference. Call it before the first request.

    Args:
        app: the application; its endpoints, sync, async or streaming, stay as they are.
        model_path: the model's file or folder; /health is 503 unless it is the model that was released.
        ready: the application's own word; False keeps traffic away.
        endpoints: paths of the routes that infer; default: every route that takes POST.
        telemetry: a file, `stdout` or `off`; default: what HEADGATE_TELEMETRY says, else `stdout`.
        health: where readiness and lineage are served; liveness is below it, at `/live`.
        metrics: where Prometheus' numbers are served; None: nowhere.
        environ: says which release this is (`serving.release`).
    """
    release = Release.of(environ)
    numbers = Metrics(release)
    log = Telemetry(
        sink_for(telemetry or _destination(environ)), on_inference=numbers.predicted, on_drop=numbers.dropped
    )
    readiness = Readiness(Path(model_path) if model_path else None, release.model_digest, ready)
    readiness.begin()
    _serve_health(app, health, readiness, release)
    if metrics is not None:
        _serve_metrics(app, metrics, numbers)
    app.add_middleware(
        Observed,
        release=release,
        telemetry=log,
        metrics=numbers,
        endpoints=endpoints,
        silent={health, f"{health}/live", metrics or health},
    )


def _destination(environ: Mapping[str, str]) -> Destination:
    named = environ.get(TELEMETRY) or "stdout"
    return named if named in ("stdout", "off") else Path(named)  # type: ignore[return-value]


def _serve_health(app: FastAPI, path: str, readiness: Readiness, release: Release) -> None:
    from fastapi.responses import JSONResponse

    started_at = utc.written(datetime.now(timezone.utc))

    def answer() -> Response:
        state = readiness.state()
        body = {"status": state.status, "why": state.why, **asdict(release), "started_at": started_at}
        return JSONResponse(body, status_code=200 if state.status == "ok" else 503)

    async def alive() -> Response:  # async: answers even when every worker thread is busy predicting
        return JSONResponse({"status": "ok"})

    app.add_api_route(path, answer, methods=["GET", "HEAD"], **_PLAIN)
    app.add_api_route(f"{path}/live", alive, methods=["GET", "HEAD"], **_PLAIN)


def _serve_metrics(app: FastAPI, path: str, metrics: Metrics) -> None:
    from fastapi import Response

    def answer() -> Response:
        body, kind = metrics.exposition()
        return Response(body, media_type=kind)

    app.add_api_route(path, answer, methods=["GET"], **_PLAIN)
