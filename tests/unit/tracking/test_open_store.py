"""The URI decides where runs go."""

from pathlib import Path

import pytest

from headgate.errors import UsageError
from headgate.tracking import open_store


def test_a_relative_database_is_in_the_project(tmp_path: Path) -> None:
    assert open_store("sqlite:///.headgate/mlflow.db", tmp_path).uri == f"sqlite:///{tmp_path}/.headgate/mlflow.db"


def test_an_absolute_database_is_where_it_says(tmp_path: Path) -> None:
    assert open_store(f"sqlite:///{tmp_path}/x.db", Path("/")).uri == f"sqlite:///{tmp_path}/x.db"


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "postgresql://h/db", "mlruns", "databricks"])
def test_anything_else_is_a_mistake_in_the_configuration(tmp_path: Path, uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(uri, tmp_path)
    assert caught.value.exit_code == 2
