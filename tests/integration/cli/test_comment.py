"""One comment per pull request and model, whatever GitHub does meanwhile."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from headgate.github.comments import marker
from support.github_job import HEAD, REPOSITORY, TOKEN, Job
from support.github_server import JOB
from support.project import Project

MARK = marker("animals")
READ_ONLY = {"contents": "read", "pull-requests": "read"}


def test_a_pull_request_gets_one_comment_with_two_calls(job: Job) -> None:
    outcome = job.headgate("comment")

    assert outcome.exit_code == 0, outcome.stderr
    assert job.calls() == ["GET /issues/7/comments 200", "POST /issues/7/comments 201"]
    (comment,) = job.comments()
    assert comment["body"].startswith(f"{MARK}\n### headgate: PASS: animals may become Production\n")
    assert "[the run](https://git.example.com/acme/animals/actions/runs/7)" in comment["body"]
    assert job.project.record["source"]["commit"] in comment["body"]


def test_the_next_run_changes_it_with_two_calls(job: Job) -> None:
    job.headgate("comment")
    job.calls()
    job.project.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    assert job.headgate("gate").exit_code == 1
    job.calls()
    outcome = job.headgate("comment")

    assert outcome.exit_code == 0, outcome.stderr
    (comment,) = job.comments()
    assert job.calls() == ["GET /issues/7/comments 200", f"PATCH /issues/comments/{comment['id']} 200"]
    assert "### headgate: FAIL: animals may not become Production" in comment["body"]


def test_a_comment_that_says_it_already_is_left_alone(job: Job) -> None:
    job.headgate("comment")
    job.calls()
    outcome = job.headgate("comment", "--format", "json")

    assert outcome.json["comments"][0]["done"] == "unchanged"
    assert job.calls() == ["GET /issues/7/comments 200"]


def test_it_is_found_behind_five_hundred_others(job: Job) -> None:
    for number in range(499):
        job.github.comment(REPOSITORY, 7, f"comment {number}", author="octocat")
    job.github.comment(REPOSITORY, 7, f"{MARK}\nold")
    outcome = job.headgate("comment")

    assert outcome.exit_code == 0, outcome.stderr
    assert job.calls().count("GET /issues/7/comments 200") == 5
    assert len(job.comments()) == 500
    assert "### headgate: PASS" in job.comments()[-1]["body"]


def test_the_marker_of_somebody_else_is_not_ours(job: Job) -> None:
    job.github.comment(REPOSITORY, 7, f"{MARK}\n### headgate: PASS: ship it", author="mallory")
    job.github.comment(REPOSITORY, 7, f"> quoted by another bot\n{MARK}")
    job.headgate("comment")

    theirs, quoted, ours = job.comments()
    assert (theirs["body"], ours["user"]["login"]) == (f"{MARK}\n### headgate: PASS: ship it", JOB)
    assert quoted["body"].startswith("> quoted")


def test_each_model_of_a_repository_has_its_own(job: Job, gated: Project, tmp_path: Path) -> None:
    job.headgate("comment")
    other = gated.copy(tmp_path / "other", model="animals-2", port=gated.port)
    job.project = other
    other.headgate("release", "--until", "gate")
    for _ in range(2):
        outcome = job.headgate("comment")
        assert outcome.exit_code == 0, outcome.stderr

    assert [comment["body"].splitlines()[0] for comment in job.comments()] == [MARK, marker("animals-2")]


def test_what_two_runs_at_once_made_twice_becomes_one(job: Job) -> None:
    for _ in range(2):
        job.github.comment(REPOSITORY, 7, f"{MARK}\nan old verdict")
    job.headgate("comment")

    (comment,) = job.comments()
    assert "### headgate: PASS" in comment["body"]


def test_a_run_that_ended_before_the_gate_says_that(job: Job) -> None:
    job.project.commit("Nothing of this was judged")
    outcome = job.headgate("comment")

    assert outcome.exit_code == 0, outcome.stderr
    assert "### headgate: no verdict on animals" in job.comments()[0]["body"]


@pytest.mark.parametrize(
    ("event", "payload"), [("push", {}), ("schedule", {}), ("pull_request", {"pull_request": "nonsense"})]
)
def test_outside_of_a_pull_request_there_is_nothing_to_do(job: Job, event: str, payload: dict[str, Any]) -> None:
    job.event(event, payload)
    outcome = job.headgate("comment")

    assert outcome.exit_code == 0
    assert f"::notice title=headgate::No comment: the event '{event}' is about no pull request." in outcome.stderr
    assert job.calls() == []


def test_outside_of_github_there_is_nothing_to_do(gated: Project) -> None:
    outcome = gated.headgate("comment")

    assert outcome.exit_code == 0
    assert "not in GitHub Actions" in outcome.stderr


# What the token may not do


def test_a_missing_permission_is_named_with_the_line_to_write(job: Job) -> None:
    job.github.token(TOKEN, permissions=READ_ONLY)
    outcome = job.headgate("comment")

    assert outcome.exit_code == 3
    assert "GITHUB_TOKEN may not comment on pull request 7" in outcome.stderr
    assert "permissions: {contents: read, pull-requests: write}" in outcome.stderr


def test_on_a_fork_a_read_only_token_is_the_rule(job: Job) -> None:
    job.github.token(TOKEN, permissions=READ_ONLY)
    job.pull_request(8, head="mallory/animals")
    outcome = job.headgate("comment", "--format", "json")

    assert outcome.exit_code == 0, outcome.stderr
    assert "::notice title=headgate::No comment: This pull request comes from a fork" in outcome.stderr
    assert "headgate comment --from-artifact" in outcome.json["skipped"]
    assert (job.project.folder / ".headgate/release.json").exists()


@pytest.mark.parametrize("token", ["", "expired-token"])
def test_no_token_is_a_notice_on_a_fork_and_an_error_elsewhere(job: Job, token: str) -> None:
    assert job.headgate("comment", GITHUB_TOKEN=token).exit_code == 3
    job.pull_request(8, head="mallory/animals")
    assert job.headgate("comment", GITHUB_TOKEN=token).exit_code == 0


def test_dependabot_gets_no_more_than_a_fork(job: Job) -> None:
    job.github.token(TOKEN, permissions=READ_ONLY)
    outcome = job.headgate("comment", GITHUB_ACTOR="dependabot[bot]")

    assert outcome.exit_code == 0
    assert "Dependabot opened this pull request" in outcome.stderr


def test_the_token_of_an_app_finds_its_own_comment_once_it_is_told_whose_it_is(job: Job) -> None:
    job.github.token(TOKEN, login="octo-app[bot]")
    first = job.headgate("comment")
    second = job.headgate("comment", "--author", "octo-app[bot]")

    assert "Give --author 'octo-app[bot]'" in first.stderr
    assert second.exit_code == 0
    assert len(job.comments()) == 1


# What goes wrong on the way


@pytest.mark.parametrize("kind", ["429", "secondary", "primary", "unavailable"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_passes_is_waited_for(job: Job, kind: Any, method: str) -> None:
    job.github.fault(kind, method=method, times=1, seconds=1)
    outcome = job.headgate("comment")

    assert outcome.exit_code == 0, outcome.stderr
    assert len(job.comments()) == 1


@pytest.mark.parametrize("kind", ["lost", "unavailable"])
def test_a_comment_whose_answer_was_lost_is_looked_for_before_it_is_repeated(job: Job, kind: Any) -> None:
    job.github.fault(kind, method="POST")
    outcome = job.headgate("comment")

    assert outcome.exit_code == 0, outcome.stderr
    assert len(job.comments()) == 1
    calls = [call.rpartition(" ")[0] for call in job.calls()]
    assert calls[:3] == ["GET /issues/7/comments", "POST /issues/7/comments", "GET /issues/7/comments"]


def test_a_limit_that_lasts_longer_than_two_minutes_is_told_at_once(job: Job) -> None:
    job.github.fault("primary", times=9, seconds=1800)
    outcome = job.headgate("comment")

    assert outcome.exit_code == 3
    assert re.search(r"asks for 1[78]\d\d s of silence", outcome.stderr)
    assert len(job.calls()) == 1


def test_a_proxy_that_answers_in_githubs_place_is_recognised(job: Job) -> None:
    job.github.fault("not-json", times=9)
    outcome = job.headgate("comment")

    assert outcome.exit_code == 3
    assert "is not GitHub" in outcome.stderr


def test_the_token_is_in_nothing_that_is_printed_but_the_mask(job: Job) -> None:
    job.github.token(TOKEN, permissions={})
    outcome = job.headgate("comment", "-v")

    masks = [line for line in outcome.stderr.splitlines() if line.startswith("::add-mask::")]
    assert f"::add-mask::{TOKEN}" in masks
    assert outcome.stderr.splitlines()[: len(masks)] == masks, "something was printed before the masks"
    assert TOKEN not in outcome.stdout + "".join(line for line in outcome.stderr.splitlines() if line not in masks)


def test_another_github_has_its_api_below_a_path(job: Job) -> None:
    outcome = job.headgate("comment", GITHUB_API_URL=f"{job.server.url}/api/v3/")

    assert outcome.exit_code == 0, outcome.stderr
    assert len(job.comments()) == 1


# Of a fork, by another workflow


@pytest.fixture
def fork(job: Job, tmp_path: Path) -> Job:
    """A job on `workflow_run`: the run of a fork's pull request has ended, and its artifact was downloaded."""
    job.pull_request(9, head="mallory/animals")
    artifact = tmp_path / "artifact"
    artifact.mkdir()
    record = job.project.record
    record["source"]["commit"] = HEAD
    (artifact / "release.json").write_text(json.dumps(record))
    run = {
        "id": 41,
        "event": "pull_request",
        "head_sha": HEAD,
        "head_branch": "topic",
        "head_repository": {"full_name": "mallory/animals"},
        "html_url": "https://git.example.com/acme/animals/actions/runs/41",
        "pull_requests": [],
    }
    job.event("workflow_run", {"workflow_run": run})
    job.project.folder.joinpath("headgate.yaml").unlink()  # such a job checks nothing out
    return job


def _from_artifact(fork: Job, tmp_path: Path) -> Any:
    return fork.headgate("comment", "--from-artifact", str(tmp_path / "artifact"))


def test_the_pull_request_of_a_fork_is_found_by_repository_branch_and_commit(fork: Job, tmp_path: Path) -> None:
    fork.github.pull(REPOSITORY, 10, sha=HEAD, head="somebody/animals")
    fork.github.pull(REPOSITORY, 11, sha=HEAD, head="mallory/animals", branch="another")
    outcome = _from_artifact(fork, tmp_path)

    assert outcome.exit_code == 0, outcome.stderr
    assert fork.calls() == ["GET /pulls 200", "GET /issues/9/comments 200", "POST /issues/9/comments 201"]
    (comment,) = fork.comments(9)
    assert comment["body"].splitlines()[3].startswith("Reported by the run of the fork `mallory/animals`")
    assert "[the run](https://git.example.com/acme/animals/actions/runs/41)" in comment["body"]


def test_a_pull_request_that_has_moved_on_is_left_alone(fork: Job, tmp_path: Path) -> None:
    fork.github.repository(REPOSITORY).pulls[9]["head"]["sha"] = "b" * 40
    outcome = _from_artifact(fork, tmp_path)

    assert outcome.exit_code == 0
    assert "has moved on" in outcome.stderr
    assert fork.comments(9) == []


def test_a_record_of_another_commit_is_refused(fork: Job, tmp_path: Path) -> None:
    file = tmp_path / "artifact/release.json"
    record = json.loads(file.read_text())
    record["source"]["commit"] = "c" * 40
    file.write_text(json.dumps(record))
    outcome = _from_artifact(fork, tmp_path)

    assert outcome.exit_code == 3
    assert "A record speaks of commit ccccccc, and the run was of aaaaaaa" in outcome.stderr
    assert fork.comments(9) == []


def test_without_the_artifact_a_workflow_run_says_what_is_missing(fork: Job) -> None:
    outcome = fork.headgate("comment")

    assert outcome.exit_code == 2
    assert "headgate comment --from-artifact FOLDER" in outcome.stderr
