"""What the tests of the hooks share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.hook_repository import HookRepository


@pytest.fixture
def repository(tmp_path: Path) -> HookRepository:
    """An empty repository whose path has a space and an umlaut in it."""
    return HookRepository.make(tmp_path / "the tëam" / "project")
