"""What follows from watching production: an issue, and a retraining, on a stand-in for GitHub."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from support.github_job import REPOSITORY, TOKEN, Job
from support.github_server import Fault
from support.telemetry import predicted

AT = datetime.now(timezone.utc) - timedelta(minutes=5)
AS_BEFORE, DRIFTED = ["cat", "dog"] * 300, ["cat"] * 600
RETRAINING = ["issue", "retrain"]


@pytest.fixture
def watching(job: Job) -> Job:
    """A scheduled job on main."""
    job.event("schedule", {})
    job.environ["GITHUB_REF_NAME"] = "main"
    policy(job, ["issue"])
    return job


def policy(job: Job, then: list[str], **changed: Any) -> None:
    job.project.configure(
        monitor={
            "telemetry": "file:telemetry.jsonl",
            "reference": "reports/predictions.csv",
            "drift": {"prediction": {"psi": 0.2}},
            "then": then,
            **changed,
        }
    )


def watch(job: Job, classes: list[str]) -> int:
    (job.project.folder / "telemetry.jsonl").write_bytes(b"\n".join(predicted(classes, at=AT)))
    job.calls()
    outcome = job.headgate("monitor")
    job.said = outcome.stderr
    return outcome.exit_code


def issues(job: Job) -> list[dict[str, Any]]:
    return list(job.github.repository(REPOSITORY).issues.values())


def retrainings(job: Job) -> list[dict[str, Any]]:
    return job.github.repository(REPOSITORY).dispatches


def test_what_drifted_is_told_in_an_issue_with_its_evidence(watching: Job) -> None:
    assert watch(watching, DRIFTED) == 1

    (issue,) = issues(watching)
    assert issue["title"] == "headgate: animals in production: worse than it should be"
    assert "population stability index" in issue["body"]
    assert "actions/runs/7" in issue["body"]
    assert watching.calls() == ["GET /issues 200", "POST /issues 201"]


def test_the_same_issue_is_changed_closed_and_opened_again(watching: Job) -> None:
    states = []
    for classes in (DRIFTED, DRIFTED, AS_BEFORE, DRIFTED):
        watch(watching, classes)
        (issue,) = issues(watching)
        states.append(issue["state"])

    assert states == ["open", "open", "closed", "open"]


def test_an_issue_of_somebody_else_is_not_ours(watching: Job) -> None:
    watch(watching, DRIFTED)
    issues(watching)[0]["user"] = {"login": "mallory"}
    watch(watching, DRIFTED)

    assert len(issues(watching)) == 2


def test_production_that_is_well_opens_no_issue(watching: Job) -> None:
    assert watch(watching, AS_BEFORE) == 0
    assert issues(watching) == []


def test_a_quiet_night_opens_no_issue(watching: Job) -> None:
    assert watch(watching, ["cat"] * 3) == 4
    assert issues(watching) == []


def test_drift_starts_one_retraining_within_the_cooldown(watching: Job) -> None:
    policy(watching, RETRAINING)
    for _ in range(3):
        assert watch(watching, DRIFTED) == 1

    (started,) = retrainings(watching)
    assert (started["workflow"], started["ref"]) == ("headgate-retrain.yml", "main")
    assert "population stability index" in started["inputs"]["reason"]
    assert "No retraining: one was started" in watching.said


def test_the_cooldown_outlasts_a_closed_issue(watching: Job) -> None:
    policy(watching, RETRAINING)
    for classes in (DRIFTED, AS_BEFORE, DRIFTED):
        watch(watching, classes)

    assert len(retrainings(watching)) == 1


def test_after_the_cooldown_another_retraining_is_started(watching: Job) -> None:
    policy(watching, RETRAINING, cooldown="1ms")
    for _ in range(2):
        watch(watching, DRIFTED)

    assert len(retrainings(watching)) == 2


def test_a_retraining_whose_answer_was_lost_is_not_started_twice(watching: Job) -> None:
    policy(watching, RETRAINING)
    watching.github.faults.append(Fault("lost", method="POST", path="dispatches", times=1))
    assert watch(watching, DRIFTED) == 1

    assert len(retrainings(watching)) == 1


def test_a_retraining_that_was_refused_is_tried_again_the_next_time(watching: Job) -> None:
    policy(watching, RETRAINING)
    watching.github.token(TOKEN, permissions={"issues": "write"})
    watch(watching, DRIFTED)
    assert "actions: write" in watching.said
    watching.github.token(TOKEN)
    watch(watching, DRIFTED)

    assert len(retrainings(watching)) == 1


def test_an_issue_whose_answer_was_lost_is_not_opened_twice(watching: Job) -> None:
    watching.github.faults.append(Fault("lost", method="POST", path="issues", times=1))
    watch(watching, DRIFTED)

    assert len(issues(watching)) == 1


def test_without_permission_the_decision_stands_and_the_missing_line_is_named(watching: Job) -> None:
    watching.github.token(TOKEN, permissions={"contents": "read"})

    assert watch(watching, DRIFTED) == 1
    assert "issues: write" in watching.said


def test_a_release_that_claims_a_hostile_name_is_shown_as_text(watching: Job) -> None:
    hostile = "<img src=x onerror=alert(1)> @octocat [x](https://example.com)"
    lines = predicted(DRIFTED, at=AT, release=hostile)
    (watching.project.folder / "telemetry.jsonl").write_bytes(b"\n".join(lines))
    watching.headgate("monitor")

    (issue,) = issues(watching)
    assert "<img" not in issue["body"]
    assert "@octocat" not in issue["body"]
    assert "](https://example.com)" not in issue["body"]
