"""Whether runs can be kept: one is written and deleted again, so that a training need not find out hours later."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

from headgate.tracking.base import TrackingUnavailable, milliseconds
from headgate.tracking.embedded import database_path
from headgate.tracking.rest import Server, ServerRefused

_DEFAULT_EXPERIMENT = "0"
_PATIENCE = 4.0  # seconds of retries
_NAME = "headgate doctor"


@dataclass(frozen=True)
class Probed:
    """A server that took a run.

    Args:
        stored: whether it took a file, too.
        elsewhere: where it sends its clients with files; None where it takes them itself, or nobody knows yet.
    """

    stored: bool
    elsewhere: str | None = None


def probe_server(server: Server, experiment: str, *, at: datetime) -> Probed:
    """Make a run, store a file in it, delete both.

    Where there is no experiment of that name yet, the run is made in MLflow's default one, whose files may go elsewhere
    than those of the one to come: no file is stored then. An experiment cannot be wholly deleted, so none is made.

    Raises:
        TrackingUnavailable, ServerRefused: with what to do about it.
    """
    found = _experiment(server, experiment)
    created = server.call(
        "POST",
        "mlflow/runs/create",
        json={
            "experiment_id": found or _DEFAULT_EXPERIMENT,
            "run_name": _NAME,
            "start_time": milliseconds(at),
        },
        patience=_PATIENCE,
    )
    info = created["run"]["info"]
    try:
        return _store(server, str(info["artifact_uri"])) if found else Probed(stored=False)
    finally:
        server.call("POST", "mlflow/runs/delete", json={"run_id": info["run_id"]}, patience=_PATIENCE)


def probe_database(uri: str, project: Path) -> str:
    """That the sqlite file can be written, or made: says which.

    Raises:
        TrackingUnavailable: it cannot.
    """
    path = database_path(uri, project)
    shown = os.path.relpath(path, project) if path.is_relative_to(project.resolve()) else str(path)
    if not path.exists():
        folder = next(parent for parent in path.parents if parent.exists())
        if not os.access(folder, os.W_OK):
            raise TrackingUnavailable(
                f"{shown} is to be made, and this user may not write in {folder}.", hint=f"ls -ld {folder}"
            )
        return f"{shown} will be made with the first run"
    try:
        with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as rows:
            rows.execute("BEGIN IMMEDIATE")
            rows.execute("SELECT count(*) FROM experiments").fetchone()
            rows.execute("CREATE TABLE headgate_doctor (probe)")
            rows.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise TrackingUnavailable(
            f"The database {shown} does not take a run: {error}.",
            hint=f"Another process may hold it: lsof {path}. One of an older MLflow: mlflow db upgrade sqlite:///{path}",
        ) from error
    return f"{shown} takes runs"


def _experiment(server: Server, name: str) -> str | None:
    """The id of the experiment; None where it is still to be made."""
    try:
        found = server.call(
            "GET", "mlflow/experiments/get-by-name", params={"experiment_name": name}, patience=_PATIENCE
        )["experiment"]
    except ServerRefused as refused:
        if refused.code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
    if found.get("lifecycle_stage") == "deleted":
        raise TrackingUnavailable(
            f"The experiment '{name}' on {server.url} was deleted.",
            hint=f"mlflow experiments restore -x {found['experiment_id']}",
        )
    return str(found["experiment_id"])


def _store(server: Server, artifact_uri: str) -> Probed:
    """Put a file where the run's artifacts go and delete it, if the server takes files."""
    parts = urlsplit(artifact_uri)
    if parts.scheme != "mlflow-artifacts" or parts.netloc:
        return Probed(stored=False, elsewhere=artifact_uri)
    name = f"mlflow-artifacts/artifacts/{quote(parts.path.strip('/'))}/headgate-doctor.txt"
    server.put(name, io.BytesIO(b"A write probe. It is deleted at once.\n"), patience=_PATIENCE)
    server.call("DELETE", name, patience=_PATIENCE)
    return Probed(stored=True)
