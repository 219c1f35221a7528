from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from headgate.config import Config
from headgate.errors import UsageError
from headgate.process import Completed
from headgate.registry import ProductionMoved, open_registry
from headgate.registry.mlflow_client import located


def no_program(argv: Any, **_options: Any) -> Completed:
    """A repository without remotes."""
    return Completed(tuple(argv), 0, "", "")


def config(**changes: Any) -> Config:
    return Config.model_validate({"version": 1, "model": "sentiment", **changes})


@pytest.mark.parametrize(
    ("registry", "tracking", "name"),
    [
        ("git", "sqlite:///.headgate/mlflow.db", "git"),
        ("tracking", "https://octocat:hunter22@mlflow.example.com", "https://***@mlflow.example.com"),
        ("tracking", "sqlite:///.headgate/mlflow.db", "sqlite:///{project}/.headgate/mlflow.db"),
        ("sqlite:////srv/registry.db", "https://mlflow.example.com", "sqlite:////srv/registry.db"),
    ],
)
def test_the_registry_that_headgate_yaml_names_is_opened(
    tmp_path: Path, registry: str, tracking: str, name: str
) -> None:
    opened = open_registry(
        config(registry={"uri": registry}, tracking={"uri": tracking}), project=tmp_path, run=no_program
    )

    assert opened.name == name.format(project=tmp_path)


@pytest.mark.parametrize("uri", ["gti", "ftp://example.com", "mlflow", "databricks", ""])
def test_a_registry_that_does_not_exist_is_an_error_of_the_configuration(tmp_path: Path, uri: str) -> None:
    with pytest.raises(UsageError, match="is no registry headgate knows"):
        open_registry(config(registry={"uri": uri}), project=tmp_path, run=no_program)


def test_a_name_that_git_takes_for_no_tag_is_refused_before_anything_is_uploaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"takes no '\.\.' in a tag: topics\.\.en"):
        open_registry(config(model="topics..en"), project=tmp_path, run=no_program)


@pytest.mark.parametrize("alias", ["latest", "v7", "candidate"])
def test_an_alias_that_means_something_already_is_refused(alias: str) -> None:
    with pytest.raises(ValidationError, match="take another word"):
        config(registry={"alias": alias})


@pytest.mark.parametrize("alias", ["production", "champion", "Champion", "vision", "v7-eu"])
def test_any_other_alias_will_do(alias: str) -> None:
    assert config(registry={"alias": alias}).registry.alias == alias


def test_a_sqlite_file_is_relative_to_the_project(tmp_path: Path) -> None:
    assert located("sqlite:///a/b.db", tmp_path) == f"sqlite:///{tmp_path}/a/b.db"
    assert located("sqlite:////a/b.db", tmp_path) == "sqlite:////a/b.db"
    assert located("https://mlflow.example.com", tmp_path) == "https://mlflow.example.com"


def test_who_was_overtaken_is_told_what_was_and_what_is() -> None:
    moved = ProductionMoved("sentiment", "production", expected=None, found=None, move=None)

    assert str(moved) == (
        "The alias 'production' of sentiment names no version by now; when the candidate was compared, it named no "
        "version. It was left there."
    )
