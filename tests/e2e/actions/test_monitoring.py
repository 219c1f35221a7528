"""The template that watches production, run by act: what it finds, and what follows."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from headgate.config import load
from headgate.registry import open_registry
from support.act import Run
from support.telemetry import predicted

from .conftest import REPOSITORY, Team

JOB = {"contents": "read", "issues": "write", "actions": "write"}
AT = datetime.now(timezone.utc) - timedelta(minutes=5)


@pytest.fixture
def watched(team: Team) -> Team:
    """Version 1 is Production; half of what it answers are cats."""
    project = team.project
    team.github.repository(REPOSITORY)
    project.configure(
        monitor={
            "telemetry": "file:telemetry.jsonl",
            "drift": {"prediction": {"psi": 0.2}},
            "then": ["issue", "retrain"],
        }
    )
    project.commit("Watch production")
    released = project.headgate("release", "--until", "register", "--format", "json")
    assert released.exit_code == 0, released.stderr
    registry = open_registry(load(project.folder / "headgate.yaml"), project=project.folder)
    registry.promote("1", expected=None, actor="octocat")
    return team


def watch(team: Team, classes: list[str]) -> Run:
    (team.project.folder / "telemetry.jsonl").write_bytes(b"\n".join(predicted(classes, at=AT)))
    team.project.commit("What production answered")
    return team.run("schedule", {"schedule": "17 4 * * *"}, JOB, workflow="monitor")


def test_production_that_drifted_gets_an_issue_and_a_retraining(watched: Team) -> None:
    run = watch(watched, ["cat"] * 600)

    assert run.exit_code != 0, run.log
    (issue,) = watched.github.repository(REPOSITORY).issues.values()
    assert issue["title"] == "headgate: animals in production: worse than it should be"
    assert "against Production v1" in issue["body"]
    (started,) = watched.github.repository(REPOSITORY).dispatches
    assert started["workflow"] == "headgate-retrain.yml"


def test_production_that_answers_as_it_was_gated_is_left_alone(watched: Team) -> None:
    run = watch(watched, ["cat", "dog"] * 300)

    assert run.exit_code == 0, run.log
    assert watched.github.repository(REPOSITORY).issues == {}
