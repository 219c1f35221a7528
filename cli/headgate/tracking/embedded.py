"""Runs in a sqlite file, in MLflow's own tables: `mlflow ui` and the pipeline's own MLflow see nothing unusual.

Importing MLflow to write these few rows takes longer than many a training (import 2 s, store 2 s, migration 5 s);
the standard library's sqlite3 takes milliseconds. What is written is tried out when the run is opened, so that a
database of some other shape is refused before the training and not after it.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from headgate.process import Runner, run
from headgate.tracking import limits
from headgate.tracking.base import Facts, OpenRun, Status, TrackingUnavailable, milliseconds
from headgate.tracking.empty_database import create_database

_PATIENCE = 30.0  # seconds to wait for another writer
_PROBE = Facts(params={"probe": ""}, metrics={"probe": 0.0}, tags={"probe": ""})


class EmbeddedStore:
    """The store in the sqlite file `database`; made when it is not there.

    Args:
        database: absolute path.
        run: how MLflow's migrations are started, for a version without a ready schema.
    """

    def __init__(self, database: Path, *, run: Runner = run) -> None:
        self.database = database
        self.uri = f"sqlite:///{database}"
        self._run = run

    def open_run(self, experiment: str, *, name: str, tags: Mapping[str, str], started_at: datetime) -> OpenRun:
        """Begin a run, and make database and experiment if they are not there."""
        artifacts = self.database.parent / "artifacts"
        if not self.database.exists():
            create_database(self.database, artifacts=artifacts, run=self._run)
        with self._transaction() as rows:
            experiment_id, location = _experiment(rows, experiment, artifacts, started_at)
            made = uuid.uuid4().hex
            run = OpenRun(made, experiment, str(experiment_id), f"{location.rstrip('/')}/{made}/artifacts")
            _local_folder(run.artifact_uri)
            rows.execute(
                "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status,"
                " start_time, source_version, lifecycle_stage, artifact_uri, experiment_id)"
                " VALUES (?, ?, 'UNKNOWN', '', '', ?, 'RUNNING', ?, '', 'active', ?, ?)",
                (run.id, name, tags.get("mlflow.user", ""), milliseconds(started_at), run.artifact_uri, experiment_id),
            )
            rows.execute("SAVEPOINT probe")
            _write(rows, run, _PROBE, started_at)
            rows.execute("ROLLBACK TO probe")
            _write(rows, run, Facts(tags={"mlflow.runName": name, **tags}), started_at)
        return run

    def log(self, run: OpenRun, facts: Facts, *, at: datetime) -> None:
        """Add params, metrics and tags to what the pipeline logged, all or none."""
        with self._transaction() as rows:
            _write(rows, run, facts, at)

    def upload(self, run: OpenRun, path: Path, *, under: str = "") -> None:
        """Copy a file or a folder's files into the run's folder."""
        into = _local_folder(run.artifact_uri) / under
        try:
            into.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, into / path.name, dirs_exist_ok=True)
            else:
                shutil.copyfile(path, into / path.name)
        except (OSError, shutil.Error) as error:
            raise TrackingUnavailable(f"{path.name} cannot be kept in {into}: {error}.") from error

    def end(self, run: OpenRun, status: Status, *, at: datetime) -> None:
        """Say how the run ended."""
        with self._transaction() as rows:
            rows.execute(
                "UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?", (status, milliseconds(at), run.id)
            )

    def tags_of(self, run: str) -> dict[str, str] | None:
        """The tags of the run with that id."""
        if not self.database.exists():
            return None
        with self._transaction() as rows:
            if rows.execute("SELECT 1 FROM runs WHERE run_uuid = ?", (run,)).fetchone() is None:
                return None
            return dict(rows.execute("SELECT key, value FROM tags WHERE run_uuid = ?", (run,)))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it is written, or nothing."""
        try:
            with closing(sqlite3.connect(self.database, timeout=_PATIENCE, isolation_level=None)) as rows:
                rows.execute("BEGIN IMMEDIATE")
                try:
                    yield rows
                except BaseException:
                    rows.execute("ROLLBACK")
                    raise
                rows.execute("COMMIT")
        except sqlite3.Error as error:
            raise TrackingUnavailable(
                f"The tracking database {self.database} does not take a run: {error}.",
                hint=f"mlflow db upgrade {self.uri}  (or set tracking.uri to a file that MLflow did make)",
            ) from error


def database_path(uri: str, project: Path) -> Path:
    """The file that `sqlite:///relative` or `sqlite:////absolute` names; relative to the project."""
    return (project / unquote(urlsplit(uri).path.removeprefix("/"))).resolve()


def _experiment(rows: sqlite3.Connection, name: str, artifacts: Path, now: datetime) -> tuple[int, str]:
    """Id and artifact location of the experiment `name`, made when there is none."""
    found = rows.execute(
        "SELECT experiment_id, artifact_location, lifecycle_stage FROM experiments WHERE name = ?", (name,)
    ).fetchone()
    if found is None:
        made = rows.execute(
            "INSERT INTO experiments (name, artifact_location, lifecycle_stage, creation_time, last_update_time)"
            " VALUES (?, '', 'active', ?, ?)",
            (name, milliseconds(now), milliseconds(now)),
        ).lastrowid
        rows.execute(
            "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?", (str(artifacts / str(made)), made)
        )
        return int(made or 0), str(artifacts / str(made))
    if found[2] != "active":
        raise TrackingUnavailable(
            f"The experiment '{name}' was deleted.", hint=f"mlflow experiments restore -x {found[0]}"
        )
    return int(found[0]), str(found[1])


def _write(rows: sqlite3.Connection, run: OpenRun, facts: Facts, at: datetime) -> None:
    """The rows that MLflow itself would write.

    A param that the pipeline logged stays as it was: MLflow's params never change. A metric that it logged gets our
    value at the same step, so that it is the latest.
    """
    rows.executemany(
        "INSERT OR IGNORE INTO params (key, value, run_uuid) VALUES (?, ?, ?)",
        [(limits.key(name), limits.param(value), run.id) for name, value in facts.params.items()],
    )
    rows.executemany(
        "INSERT OR REPLACE INTO tags (key, value, run_uuid) VALUES (?, ?, ?)",
        [(limits.key(name), limits.tag(value), run.id) for name, value in facts.tags.items()],
    )
    steps = dict(rows.execute("SELECT key, step FROM latest_metrics WHERE run_uuid = ?", (run.id,)))
    measured = [
        (limits.key(name), value, milliseconds(at), steps.get(limits.key(name), 0), run.id)
        for name, value in facts.metrics.items()
    ]
    for table in ("metrics", "latest_metrics"):
        rows.executemany(
            f"INSERT OR REPLACE INTO {table} (key, value, timestamp, step, is_nan, run_uuid)"  # noqa: S608
            " VALUES (?, ?, ?, ?, 0, ?)",
            measured,
        )


def _local_folder(artifact_uri: str) -> Path:
    """The folder that a run's artifacts go to.

    Raises:
        TrackingUnavailable: they go to an object store.
    """
    parts = urlsplit(artifact_uri)
    if parts.scheme not in ("", "file"):
        raise TrackingUnavailable(
            f"The experiment keeps its artifacts at {artifact_uri}, which the embedded store does not write to.",
            hint="Set tracking.experiment to another name, or tracking.uri to a tracking server.",
        )
    return Path(unquote(parts.path)) if parts.scheme else Path(artifact_uri)
