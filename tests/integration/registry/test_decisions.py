"""The decision that let a version in is kept with it, and comes back as it went."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.config import Config
from headgate.registry import ArtifactDamaged, Registry, open_registry
from support.team import Team, candidate


@pytest.fixture(params=["git", "tracking"])
def registry(team: Team, request: pytest.FixtureRequest) -> Registry:
    config = Config.model_validate({"version": 1, "model": "sentiment", "registry": {"uri": request.param}})
    return open_registry(config, project=team.dev)


def test_a_decision_is_kept_with_its_version(team: Team, registry: Registry, tmp_path: Path) -> None:
    decision = tmp_path / "decision.json"
    decision.write_text('{"verdict": "pass"}')

    version = registry.register(candidate(team.dev, b"a model", decision=decision))
    fetched = registry.fetch(registry.version("1"), "decision", tmp_path / "fetched")

    assert version.decision_digest is not None
    assert registry.version("1").decision_digest == version.decision_digest
    assert fetched.read_text() == '{"verdict": "pass"}'


def test_a_version_without_a_decision_says_so(team: Team, registry: Registry, tmp_path: Path) -> None:
    version = registry.register(candidate(team.dev, b"a model"))

    assert version.decision_digest is None
    with pytest.raises(ArtifactDamaged, match="v1 was registered without decision"):
        registry.fetch(version, "decision", tmp_path)
