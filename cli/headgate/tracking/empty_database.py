"""An empty tracking database, as MLflow's own migrations leave it, in 20 ms instead of 5 seconds.

The one for the MLflow version that headgate is tested with is part of the package (`scripts/make-tracking-schema`
writes it, a test compares it with what MLflow makes). For any other installed version MLflow itself makes one, once;
it is kept in the user's cache folder.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib import metadata, resources
from pathlib import Path

from headgate import atomic
from headgate.process import Runner, run
from headgate.tracking.base import TrackingUnavailable

SHIPPED = "3.17.2"
_DISTRIBUTIONS = ("mlflow-skinny", "mlflow")
_MIGRATE = (
    "import sys; from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore; SqlAlchemyStore(*sys.argv[1:])"
)
_HOLDS_THIS_MACHINE = 'INSERT INTO "experiments"'  # MLflow's default experiment, with a path of whoever made it


def create_database(path: Path, *, artifacts: Path, run: Runner = run) -> None:
    """Make an empty tracking database at `path`, whole or not at all; one that is there by now is left alone.

    Args:
        path: the database; its folder is made.
        artifacts: the folder of MLflow's default experiment.
        run: how MLflow's migrations are started, for a version that has no schema yet.

    Raises:
        TrackingUnavailable: no space, no permission, or MLflow could not make its schema.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".mlflow-") as folder:
            new = Path(folder) / "new.db"
            with closing(sqlite3.connect(new)) as database:
                database.execute("PRAGMA synchronous = OFF")
                database.executescript(f"BEGIN; {schema(run=run)}; COMMIT;")
                database.execute(
                    "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage)"
                    " VALUES (0, 'Default', ?, 'active')",
                    (str(artifacts / "0"),),
                )
                database.commit()
            _put_in_place(new, path)
    except (OSError, sqlite3.Error) as error:
        raise TrackingUnavailable(f"The tracking database {path} cannot be made: {error}.") from error


def schema(*, run: Runner = run) -> str:
    """The SQL that makes the empty database of the installed MLflow; of the shipped one where none is installed."""
    version = installed_version() or SHIPPED
    if version == SHIPPED:
        return gzip.decompress(resources.files(__package__).joinpath(file_name(SHIPPED)).read_bytes()).decode()
    kept = _cache_folder() / file_name(version)
    if not kept.exists():
        keep(migrated(run=run), kept)
    return gzip.decompress(kept.read_bytes()).decode()


def installed_version() -> str | None:
    """The version of MLflow beside headgate, without importing it."""
    installed = (found.version for name in _DISTRIBUTIONS for found in metadata.distributions(name=name))
    return next(installed, None)


def migrated(*, run: Runner = run) -> str:
    """The schema that the installed MLflow migrates a new database to, as SQL; takes it some seconds.

    The order of constraints and indexes is another each time: MLflow's migrations go over sets.

    Raises:
        TrackingUnavailable: MLflow failed; with its last words.
    """
    with tempfile.TemporaryDirectory(prefix="headgate-") as folder:
        database = Path(folder) / "mlflow.db"
        made = run([sys.executable, "-c", _MIGRATE, f"sqlite:///{database}", folder])
        if not made.ok:
            raise TrackingUnavailable(
                f"MLflow {installed_version()} could not make its database schema: {made.last_words}",
                hint="pip install 'headgate[mlflow]'",
            )
        with closing(sqlite3.connect(database)) as connection:
            return "\n".join(_statements(connection))


def keep(sql: str, path: Path) -> None:
    """Write `sql` compressed, the same bytes for the same text, whole or not at all."""
    atomic.replace(path, gzip.compress(sql.encode(), mtime=0))


def file_name(version: str) -> str:
    """What the schema of an MLflow version is called."""
    return f"mlflow-{version}.sql.gz"


def _statements(database: sqlite3.Connection) -> Iterator[str]:
    """The dump without its own transaction, and without rows that name a folder of this machine."""
    for statement in database.iterdump():
        if statement not in ("BEGIN TRANSACTION;", "COMMIT;") and not statement.startswith(_HOLDS_THIS_MACHINE):
            yield statement


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "headgate"


def _put_in_place(new: Path, path: Path) -> None:
    """A link fails where something is there already: two trainings at once end with one database."""
    try:
        path.hardlink_to(new)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        if not path.exists():
            new.replace(path)
