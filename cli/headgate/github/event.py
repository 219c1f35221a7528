"""Where this job runs: the repository, the event that started it, and the pull request that the event is about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headgate.github.client import ANSWER, Client
from headgate.github.patience import Patience
from headgate.github.refusals import NoToken
from headgate.lineage.source import run_url

_LARGEST_PAYLOAD = 25_000_000  # bytes; GitHub's own cap for events
PULL_REQUEST_EVENTS = ("pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment")


@dataclass(frozen=True)
class Pull:
    """A pull request, as the event tells of it.

    Args:
        number: its number.
        head_sha: the commit that branch protection looks at, which is not the merge commit that is checked out.
        head_repository: where it comes from; None where that repository is gone.
        restricted: why its runs get no secrets, and a token that may not write; None where they get both.
    """

    number: int
    head_sha: str
    head_repository: str | None
    restricted: str | None


@dataclass(frozen=True)
class OtherRun:
    """The run that a `workflow_run` event is about."""

    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    url: str


@dataclass(frozen=True)
class Here:
    """This job of GitHub Actions.

    Args:
        api: GitHub's address for programs; another GitHub than github.com has its own.
        repository: `owner/name`.
        token: GITHUB_TOKEN; empty where the step was not given it.
        event_name: what started the workflow.
        run_url: the page of this run.
        pull: the pull request it is about, where it is about one.
        other_run: the run it is about, where it is about one.
    """

    api: str
    repository: str
    token: str = field(repr=False)
    event_name: str
    run_url: str | None
    pull: Pull | None = None
    other_run: OtherRun | None = None

    def client(self, *, patience: Patience | None = None, timeout: float = ANSWER) -> Client:
        """GitHub, asked with the job's token.

        Raises:
            NoToken: the step was given none.
        """
        if not self.token:
            raise NoToken
        return Client(self.api, self.repository, self.token, patience=patience, timeout=timeout)


def here(environ: Mapping[str, str]) -> Here | None:
    """This job; None outside of GitHub Actions."""
    if environ.get("GITHUB_ACTIONS") != "true" or not environ.get("GITHUB_REPOSITORY"):
        return None
    payload = _payload(environ.get("GITHUB_EVENT_PATH"))
    name = environ.get("GITHUB_EVENT_NAME", "")
    return Here(
        api=environ.get("GITHUB_API_URL") or "https://api.github.com",
        repository=environ["GITHUB_REPOSITORY"],
        token=environ.get("GITHUB_TOKEN", ""),
        event_name=name,
        run_url=run_url(environ),
        pull=_pull(payload, name, environ.get("GITHUB_ACTOR", "")) if name in PULL_REQUEST_EVENTS else None,
        other_run=_other_run(payload) if name == "workflow_run" else None,
    )


def _payload(path: str | None) -> dict[str, Any]:
    """The event; empty where there is none that can be read: it is the runner's to write."""
    try:
        file = Path(path or "")
        if not path or file.stat().st_size > _LARGEST_PAYLOAD:
            return {}
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _pull(payload: Mapping[str, Any], name: str, actor: str) -> Pull | None:
    try:
        pull = payload["pull_request"]
        head, base = pull["head"], pull["base"]
        source = (head.get("repo") or {}).get("full_name")  # null once the fork was deleted
        restricted = _restricted(name, source, base["repo"]["full_name"], actor)
        return Pull(int(pull["number"]), str(head["sha"]), source, restricted)
    except (KeyError, TypeError, ValueError):
        return None


def _restricted(event: str, source: str | None, into: str, actor: str) -> str | None:
    """GitHub keeps secrets from what strangers, and dependencies, can change; `pull_request_target` runs our own."""
    if event == "pull_request_target":
        return None
    if source != into:
        return "This pull request comes from a fork"
    return "Dependabot opened this pull request" if actor == "dependabot[bot]" else None


def _other_run(payload: Mapping[str, Any]) -> OtherRun | None:
    try:
        run = payload["workflow_run"]
        return OtherRun(
            event=str(run["event"]),
            head_sha=str(run["head_sha"]),
            head_branch=str(run["head_branch"]),
            head_repository=str(run["head_repository"]["full_name"]),
            url=str(run["html_url"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
