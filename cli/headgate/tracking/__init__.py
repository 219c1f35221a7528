"""Runs in MLflow, on disk or on a server, and their mirror in Weights & Biases."""

from __future__ import annotations

from pathlib import Path

from headgate.errors import UsageError
from headgate.process import Runner, run
from headgate.tracking.base import Facts, OpenRun, Status, TrackingStore, TrackingUnavailable


def open_store(uri: str, project: Path, *, run: Runner = run) -> TrackingStore:
    """The tracking store at `uri`: a sqlite file (relative to the project), or a server.

    Raises:
        UsageError: neither.
    """
    scheme = uri.partition("://")[0].lower()
    if scheme in ("http", "https"):
        from headgate.tracking.server import ServerStore

        return ServerStore(uri)
    if scheme == "sqlite" and uri.removeprefix("sqlite://").strip("/"):
        from headgate.tracking.embedded import EmbeddedStore, database_path

        return EmbeddedStore(database_path(uri, project), run=run)
    raise UsageError(
        "tracking.uri names no store that headgate writes to.",
        hint="sqlite:///.headgate/mlflow.db for a file in the project, or http(s):// for an MLflow server.",
    )


__all__ = ["Facts", "OpenRun", "Status", "TrackingStore", "TrackingUnavailable", "open_store"]
