"""A clean machine, and teams on it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.team import Team, candidate, founded

CONTENTS = (b"the first model", b"the second model", b"the third model")


@pytest.fixture(autouse=True)
def _a_machine_like_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name for git, no settings of whoever runs the tests."""
    home = tmp_path / "home"
    home.mkdir()
    for name, value in {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "DVC_NO_ANALYTICS": "1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """Before the first model ever."""
    return founded(tmp_path / "team")


@pytest.fixture(scope="session")
def _published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    team = founded(tmp_path_factory.mktemp("published") / "team")
    registry = team.registry(team.dev)
    for content in CONTENTS:
        predictions = None if content == CONTENTS[1] else b"id,prediction\n1,a\n" + content
        team.commit(team.dev, f"train {content.decode()}")
        registry.register(candidate(team.dev, content, predictions=predictions))
    registry.promote("1", expected=None, actor="octocat")
    return team.folder


@pytest.fixture
def published(tmp_path: Path, _published: Path) -> Team:
    """Versions 1, 2 (without predictions) and 3; version 1 in production."""
    return Team(shutil.copytree(_published, tmp_path / "team"))
