"""Repositories to run the command line in: made once, copied for each test, because making one takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

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
