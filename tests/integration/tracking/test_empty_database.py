"""The database that ships with headgate is the one MLflow's own migrations make."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from headgate.process import Completed, run
from headgate.tracking import TrackingUnavailable, empty_database


def shape(sql: str) -> list[list[str]]:
    """Statements and their lines, sorted: MLflow's migrations write constraints and indexes in any order."""
    return sorted(sorted(line.strip(" \t,") for line in statement.splitlines()) for statement in sql.split(";\n"))


def test_the_shipped_schema_is_what_the_pinned_mlflow_migrates_to_and_another_version_makes_its_own_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert empty_database.installed_version() == empty_database.SHIPPED
    shipped = empty_database.schema()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(empty_database, "SHIPPED", "0.0")
    calls: list[object] = []

    def counting(argv: list[str], **options: object) -> Completed:
        calls.append(argv)
        return run(argv, **options)  # type: ignore[arg-type]

    for name in ("one.db", "two.db"):
        empty_database.create_database(tmp_path / name, artifacts=tmp_path, run=counting)  # type: ignore[arg-type]

    assert len(calls) == 1
    with closing(sqlite3.connect(tmp_path / "two.db")) as database:
        assert database.execute("SELECT name FROM experiments").fetchall() == [("Default",)]
    (kept,) = (tmp_path / "cache" / "headgate").iterdir()
    assert shape(gzip.decompress(kept.read_bytes()).decode()) == shape(shipped)


def test_a_schema_that_mlflow_cannot_make_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(empty_database, "SHIPPED", "0.0")

    def failing(argv: list[str], **_options: object) -> Completed:
        return Completed(tuple(argv), 1, "", "ModuleNotFoundError: No module named 'alembic'")

    with pytest.raises(TrackingUnavailable, match="No module named 'alembic'"):
        empty_database.create_database(tmp_path / "x.db", artifacts=tmp_path, run=failing)  # type: ignore[arg-type]
    assert not (tmp_path / "x.db").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TrackingUnavailable, match=r"file/mlflow\.db cannot be made"):
        empty_database.create_database(tmp_path / "file" / "mlflow.db", artifacts=tmp_path)
