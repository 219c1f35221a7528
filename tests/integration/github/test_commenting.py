"""Which pull request a finished run was about, what is told of whom, and a GitHub that says nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from headgate.console import Console
from headgate.github.client import Client
from headgate.github.comments import keep, marker
from headgate.github.event import Here, OtherRun
from headgate.github.patience import Patience
from headgate.workflow.commenting import Commented, comment_from_artifact
from support.github_server import GitHubServer, github_server
from support.verdicts import record, verdict

REPOSITORY, HEAD = "acme/animals", "a" * 40
RUN_URL = "https://git.example.com/acme/animals/actions/runs/41"


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as running:
        running.github.token("t")
        running.github.pull(REPOSITORY, 7, sha=HEAD)
        running.github.pull(REPOSITORY, 8, sha=HEAD, head="mallory/Animals")
        yield running


def posted(server: GitHubServer, folder: Path, *, event: str = "pull_request", head: str = REPOSITORY) -> Commented:
    """The verdict on a model, from the artifact of a run."""
    (folder / "release.json").write_text(json.dumps(record(verdict=verdict()).to_json()))
    run = OtherRun(event=event, head_sha=HEAD, head_branch="topic", head_repository=head, url=RUN_URL)
    where = Here(
        api=server.url, repository=REPOSITORY, token="t", event_name="workflow_run", run_url=None, other_run=run
    )
    return comment_from_artifact(Console(io.StringIO(), environ={}), where, folder)


def body(server: GitHubServer, pull: int) -> str:
    (comment,) = server.github.repository(REPOSITORY).comments[pull]
    return str(comment["body"])


def test_a_run_of_the_same_repository_is_nobody_elses_word(server: GitHubServer, tmp_path: Path) -> None:
    assert posted(server, tmp_path).pull == 7
    assert "Reported by" not in body(server, 7)
    assert RUN_URL in body(server, 7)


def test_a_forks_is_found_however_its_name_is_written(server: GitHubServer, tmp_path: Path) -> None:
    assert posted(server, tmp_path, head="mallory/animals").pull == 8
    assert "Reported by the run of the fork `mallory/animals`" in body(server, 8)


@pytest.mark.parametrize(
    ("event", "head", "why"),
    [("push", REPOSITORY, "about no pull request"), ("pull_request", "octocat/other", "no open pull request")],
)
def test_a_run_about_nothing_is_passed_by(
    server: GitHubServer, tmp_path: Path, event: str, head: str, why: str
) -> None:
    commented = posted(server, tmp_path, event=event, head=head)

    assert (commented.pull, commented.comments) == (None, ())
    assert why in str(commented.skipped)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_github_that_says_nothing_is_asked_again(server: GitHubServer, method: str) -> None:
    server.github.fault("silence", method=method, seconds=1)
    client = Client(server.url, REPOSITORY, "t", patience=Patience(sleep=lambda _seconds: None), timeout=0.2)

    made = keep(client, 7, "sentiment", f"{marker('sentiment')}\nhello")

    assert made.done == "created"
    assert body(server, 7).endswith("hello")
