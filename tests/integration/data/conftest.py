"""Repositories with data: made once, copied for each test, because making one takes seconds."""

from __future__ import annotations

import pytest

from support.project import Project


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Trained, and nothing of that pushed."""
    project = Project.make(tmp_path_factory.mktemp("made") / "team" / "animals", rows=100)
    project.dvc("repro", "--quiet")
    return project


@pytest.fixture(scope="session")
def released(made: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Trained, committed and pushed."""
    project = made.copy(tmp_path_factory.mktemp("released") / "team")
    project.commit("Trained")
    project.dvc("push", "--quiet")
    return project
