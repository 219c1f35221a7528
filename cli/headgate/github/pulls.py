"""The pull request that a finished run was about; of a fork's, GitHub's event does not say it."""

from __future__ import annotations

from typing import Any

from headgate.github.client import Client, Request
from headgate.github.event import OtherRun


def pull_of(run: OtherRun, client: Client) -> int | None:
    """The number of the open pull request whose head is the run's repository, branch and commit; None for none.

    All three are compared: a branch of the same name can be anybody's, and one that has moved on has a run of its own.
    """
    owner = run.head_repository.partition("/")[0]
    request = Request(
        "GET",
        "/pulls",
        "list pull requests",
        "pull-requests: read",
        query={"state": "open", "head": f"{owner}:{run.head_branch}"},
    )
    for pull in client.pages(request):
        if _head(pull) == (run.head_repository.lower(), run.head_branch, run.head_sha):
            return int(pull["number"])
    return None


def _head(pull: Any) -> tuple[str, str, str]:
    head = pull["head"]
    repository = (head.get("repo") or {}).get("full_name") or ""
    return repository.lower(), head["ref"], head["sha"]
