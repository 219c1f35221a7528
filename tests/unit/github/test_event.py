"""Where a job runs, and what it is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headgate.github.event import Here, here

PULL = {
    "number": 7,
    "head": {"sha": "a" * 40, "ref": "topic", "repo": {"full_name": "acme/animals"}},
    "base": {"repo": {"full_name": "acme/animals"}},
}
FORK = {**PULL, "head": {**PULL["head"], "repo": {"full_name": "mallory/animals"}}}  # type: ignore[dict-item]
GONE = {**PULL, "head": {**PULL["head"], "repo": None}}  # type: ignore[dict-item]


def job(folder: Path, name: str, payload: Any, **environ: str) -> Here:
    file = folder / "event.json"
    file.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    found = here(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/animals",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_TOKEN": "the-token",
            **environ,
        }
    )
    assert found is not None
    return found


def test_outside_of_actions_there_is_no_job() -> None:
    assert here({}) is None
    assert here({"GITHUB_ACTIONS": "true"}) is None


def test_the_pull_requests_number_and_head_come_from_the_event(tmp_path: Path) -> None:
    pull = job(tmp_path, "pull_request", {"pull_request": PULL}).pull

    assert pull is not None
    assert (pull.number, pull.head_sha, pull.restricted) == (7, "a" * 40, None)


@pytest.mark.parametrize(
    ("event", "payload", "actor", "restricted"),
    [
        ("pull_request", FORK, "mallory", True),
        ("pull_request", GONE, "mallory", True),
        ("pull_request", PULL, "dependabot[bot]", True),
        ("pull_request", PULL, "octocat", False),
        ("pull_request_target", FORK, "mallory", False),
    ],
)
def test_who_gets_no_secrets(tmp_path: Path, event: str, payload: Any, actor: str, restricted: bool) -> None:
    pull = job(tmp_path, event, {"pull_request": payload}, GITHUB_ACTOR=actor).pull

    assert pull is not None
    assert (pull.restricted is not None) is restricted


@pytest.mark.parametrize(
    "payload", ["", "[]", "{", "{}", '{"pull_request": null}', '{"pull_request": {"number": "x"}}']
)
def test_an_event_that_says_nothing_is_about_no_pull_request(tmp_path: Path, payload: str) -> None:
    assert job(tmp_path, "pull_request", payload).pull is None
    assert job(tmp_path, "workflow_run", payload).other_run is None


def test_another_github_is_asked_where_it_says(tmp_path: Path) -> None:
    found = job(tmp_path, "push", {}, GITHUB_API_URL="https://git.example.com/api/v3")

    assert found.api == "https://git.example.com/api/v3"
    assert job(tmp_path, "push", {}).api == "https://api.github.com"


def test_the_token_is_in_no_representation(tmp_path: Path) -> None:
    assert "the-token" not in repr(job(tmp_path, "push", {}))
