"""A repository that is ready for a release, made once and copied; each test breaks one thing in its copy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from support.project import Project


@pytest.fixture(scope="session")
def _ready(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.make(tmp_path_factory.mktemp("ready") / "team" / "animals", rows=200)


@pytest.fixture
def project(_ready: Project, tmp_path: Path) -> Project:
    """Its data is pushed, nothing is trained."""
    return _ready.copy(tmp_path / "team")


class Doctor:
    """`headgate doctor` in a project, as what it found."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def __call__(self, *checks: str, code: int, environ: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The findings of `checks`; it must have ended with `code`."""
        only = [word for check in checks for word in ("--only", check)]
        done = self._project.headgate("doctor", "--format", "json", *only, environ=environ)
        assert done.exit_code == code, done.stdout + done.stderr
        findings: list[dict[str, Any]] = done.json["findings"]
        return findings

    def failure(self, check: str, *, environ: Mapping[str, str] | None = None) -> str:
        """Why the one failure of `check` is one, and its fix, as one text."""
        (found,) = (one for one in self(check, code=3, environ=environ) if one["state"] == "fail")
        return f"{found['why']}\nfix: {found['fix']}"


@pytest.fixture
def doctor(project: Project) -> Doctor:
    return Doctor(project)
