"""The template for pull requests, run by act: one verdict, one comment, one status, one artifact."""

from typing import Any

import pytest

from .conftest import FORK, REPOSITORY, Team

SURE = {"metrics": {"accuracy": {"min": {"value": 0.8, "sure": True}}}}


@pytest.mark.parametrize(
    ("gate", "verdict", "state"),
    [
        ({"metrics": {"accuracy": {"min": 0.5}}}, "pass", "success"),
        ({"metrics": {"accuracy": {"min": 0.99}}}, "fail", "failure"),
        (SURE, "inconclusive", "failure"),
    ],
    ids=["pass", "fail", "inconclusive"],
)
def test_a_pull_request_is_judged(team: Team, gate: dict[str, Any], verdict: str, state: str) -> None:
    team.project.configure(gate=gate)
    run = team.pull_request()

    assert run.steps["Metrics analysis"] == ("success" if verdict == "pass" else "failure"), run.log
    assert run.exit_code == (0 if verdict == "pass" else 1)
    assert run.steps["Comment"] == "success"
    assert len(team.comments) == 1
    assert f"headgate: {verdict.upper()}" in team.comments[0]
    assert run.record["verdict"]["verdict"] == verdict
    assert (run.scratch / "artifacts/headgate/report.html").exists()
    commit = run.record["source"]["commit"]
    assert team.statuses(commit)[-1] == ("headgate/gate (animals)", state)


def test_what_could_not_be_evaluated_fails_the_job_and_says_why(team: Team) -> None:
    team.project.params(fails=True)
    run = team.pull_request()

    assert run.exit_code == 1
    assert run.steps["dvc repro, tracked; dvc push"] == "failure"
    assert "Metrics analysis" not in run.steps or run.steps["Metrics analysis"] == "skipped"
    assert "the pipeline's last words" in run.log
    assert "PASS" not in "".join(team.comments)


def test_the_second_run_brings_the_comment_up_to_date(team: Team) -> None:
    team.pull_request()
    team.project.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    team.pull_request()

    assert len(team.comments) == 1
    assert "headgate: FAIL" in team.comments[0]


def test_a_fork_is_judged_without_a_token_that_may_write_and_told_of_later(team: Team) -> None:
    run = team.pull_request(source=FORK)
    commit = run.record["source"]["commit"]

    assert run.exit_code == 0, run.log
    assert team.comments == []
    assert "This pull request comes from a fork" in run.log

    payload = {
        "workflow_run": {
            "id": 99,
            "event": "pull_request",
            "head_sha": commit,
            "head_branch": "topic",
            "head_repository": {"full_name": FORK},
            "html_url": f"https://github.com/{REPOSITORY}/actions/runs/99",
        }
    }
    permissions = {"actions": "read", "contents": "read", "pull-requests": "write", "statuses": "write"}
    later = team.run("workflow_run", payload, permissions, workflow="comment-from-fork")

    assert later.exit_code == 0, later.log
    assert "download-artifact headgate 99" in later.calls
    assert len(team.comments) == 1
    assert "headgate: PASS" in team.comments[0]
