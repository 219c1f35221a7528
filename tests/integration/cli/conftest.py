"""Repositories to run the command line in: made once, copied for each test, because making one takes seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from support.github_job import REPOSITORY, TOKEN, Job
from support.github_server import GitHubServer, github_server
from support.project import Project

# Without `dvc repro` and `dvc push`, which have tests of their own and take seconds each.
TRAIN: Mapping[str, object] = {
    "command": "python train.py",
    "model": "models/model.json",
    "predictions": "reports/predictions.csv",
}


@pytest.fixture(scope="session")
def _untrained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("untrained") / "team" / "animals"
    return Project.make(folder, rows=500, train=dict(TRAIN), data={"push": False})


@pytest.fixture(scope="session")
def _gated(_untrained: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = _untrained.copy(tmp_path_factory.mktemp("gated") / "team")
    released = project.headgate("release", "--until", "gate")
    assert released.exit_code == 0, released.stderr
    return project


@pytest.fixture
def project(_untrained: Project, tmp_path: Path) -> Project:
    """Its data is pushed, nothing is trained."""
    return _untrained.copy(tmp_path / "team")


@pytest.fixture
def gated(_gated: Project, tmp_path: Path) -> Project:
    """Pulled, trained and gated; there is no Production yet."""
    return _gated.copy(tmp_path / "team")


@pytest.fixture
def elsewhere(project: Project) -> Project:
    """A fresh clone: no data, no cache, no record."""
    return project.clone("clone")


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    """GitHub, with the repository and a job's token that may do everything."""
    with github_server() as running:
        running.github.repository(REPOSITORY)
        running.github.token(TOKEN)
        yield running


@pytest.fixture
def job(server: GitHubServer, gated: Project, tmp_path: Path) -> Job:
    """A job on a pull request from a branch of the same repository, behind the gate."""
    made = Job(server, gated, tmp_path)
    made.pull_request()
    return made
