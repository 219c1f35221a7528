"""What the verbs say to GitHub on their way: statuses, masks, outputs, and what a fork's run leaves out."""

from __future__ import annotations

import pytest

from support.github_job import HEAD, REPOSITORY, TOKEN, Job


def states(job: Job, commit: str = HEAD) -> list[tuple[str, str]]:
    made = job.github.repository(REPOSITORY).statuses.get(commit, [])
    return [(status["context"], status["state"]) for status in made]


def test_a_commit_is_pending_while_it_trains_and_gets_the_verdict(job: Job) -> None:
    outcome = job.headgate("release", "--from", "train", "--until", "gate")

    assert outcome.exit_code == 0, outcome.stderr
    gate = f"headgate/gate ({job.project.model})"
    assert states(job) == [(gate, "pending"), (gate, "success")]


def test_a_refusal_and_a_gate_that_could_not_be_asked_differ(job: Job) -> None:
    job.project.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    refused = job.headgate("gate")
    (job.project.folder / "reports/predictions.csv").write_text("nothing")
    unasked = job.headgate("gate")

    assert (refused.exit_code, unasked.exit_code) == (1, 3)
    assert [state for _, state in states(job)] == ["failure", "error"]


def test_a_training_that_fails_is_an_error(job: Job) -> None:
    job.project.configure(train={**job.project.config["train"], "command": "false"})
    outcome = job.headgate("train")

    assert outcome.exit_code == 3
    assert [state for _, state in states(job)] == ["pending", "error"]


def test_outside_of_a_pull_request_it_is_the_commit_at_hand(job: Job) -> None:
    job.event("push", {})
    job.headgate("gate")

    assert [state for _, state in states(job, job.project.record["source"]["commit"])] == ["success"]


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "GITHUB_ACTIONS"])
def test_without_a_token_or_outside_of_actions_nobody_is_told(job: Job, missing: str) -> None:
    outcome = job.headgate("gate", **{missing: ""})

    assert outcome.exit_code == 0, outcome.stderr
    assert job.calls() == []
    assert "warning" not in outcome.stderr


def test_a_missing_permission_warns_and_changes_nothing(job: Job) -> None:
    job.github.token(TOKEN, permissions={"contents": "read"})
    outcome = job.headgate("gate")

    assert outcome.exit_code == 0
    assert outcome.stderr.count("::warning") == 1
    assert "permissions: {contents: read, statuses: write}" in outcome.stderr


def test_a_forks_run_pushes_nothing_tracks_here_and_says_so(job: Job) -> None:
    job.pull_request(8, head="mallory/animals")
    job.project.configure(data={"push": True}, tracking={"uri": "http://127.0.0.1:9", "experiment": "animals"})
    outcome = job.headgate("train")

    assert outcome.exit_code == 0, outcome.stderr
    notices = [line for line in outcome.stderr.splitlines() if line.startswith("::notice")]
    assert [notice.rpartition(": ")[2] for notice in notices] == [
        "what the training makes is not pushed to the DVC remote.",
        "the training is tracked on this runner alone.",
    ]
    assert all("This pull request comes from a fork" in notice for notice in notices)
    assert job.project.record["run"]["tracking"].startswith("sqlite:")
    assert job.calls() == []


def test_every_line_of_a_secret_is_masked_before_anything_is_printed(job: Job) -> None:
    secret = "first-line-of-it\nsecond 100% line\nthird-line-of-it"
    job.project.configure(deploy={**job.project.config["deploy"], "secrets": ["THE_SECRET"]})
    outcome = job.headgate("gate", THE_SECRET=secret)
    lines = outcome.stderr.splitlines()
    masks = [line for line in lines if line.startswith("::add-mask::")]

    assert lines[: len(masks)] == masks
    assert {f"::add-mask::{line.replace('%', '%25')}" for line in secret.splitlines()} <= set(masks)
    assert "::add-mask::first-line-of-it%0Asecond 100%25 line%0Athird-line-of-it" in masks
    assert "::add-mask::" not in job.headgate("gate", THE_SECRET=secret, GITHUB_ACTIONS="").stderr


def test_the_report_is_an_output(job: Job) -> None:
    page = (job.project.folder / "reports" / "gate.html").resolve()

    job.headgate("gate", "--report", "reports/gate.html")

    assert job.outputs["report"] == str(page)
    assert page.exists()


def test_of_many_failing_checks_ten_annotations_are_left(job: Job) -> None:
    limits = {f"f1[{label}]": {"min": 0.99} for label in ("cat", "dog")}
    names = ("accuracy", "balanced_accuracy", "f1_macro", "f1_micro", "precision_macro", "recall_macro", "mcc")
    job.project.configure(gate={"metrics": {**limits, **{name: {"min": 0.99, "max": 0.1} for name in names}}})
    outcome = job.headgate("gate")
    errors = [line for line in outcome.stderr.splitlines() if line.startswith("::error")]

    assert outcome.exit_code == 1, outcome.stderr
    assert len(errors) == 10
    assert errors[-1].startswith("::error title=headgate%3A the gate refused the candidate::")
    assert not [line for line in outcome.stdout.splitlines() if line.startswith("::")]
