"""GitHub: the token opens this repository; what it may do there, as far as GitHub tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from headgate.github.client import Client, Request
from headgate.github.event import Here
from headgate.github.patience import Patience
from headgate.masking import register
from headgate.workflow.doctor.finding import Context, Said, fail, ok, warn
from headgate.workflow.job import Job

_ANSWER = 5.0  # seconds
_PATIENCE = 3.0
_LOOK = Request("GET", "", "look at the repository", "metadata: read")
_FOR_A_JOB = "contents: write (versions), pull-requests: write (comment), statuses: write, deployments: write"
_HAND_OVER = "env: {GITHUB_TOKEN: ${{ github.token }}} in the step, and permissions: in the job"


@dataclass(frozen=True)
class Seen:
    """What GitHub says to a token.

    Args:
        repository: `owner/name`.
        of_job: whether it is a token that GitHub made for one job.
        may_push: whether its owner may write; None where GitHub does not say.
        scopes: of a classic personal token; None for every other kind.
        archived: whether the repository takes no more writes at all.
        restricted: why this job's token is for reading alone; None where nothing says so.
    """

    repository: str
    of_job: bool
    may_push: bool | None
    scopes: tuple[str, ...] | None
    archived: bool
    restricted: str | None = None


def github(context: Context) -> Iterator[Said]:
    """The token that the comment, the statuses and the deployments would use."""
    job = context.job
    where = job.here or _from_origin(job)
    if where is None:
        yield ok("not in a workflow, and GITHUB_TOKEN is not set: nothing here talks to GitHub")
        return
    if not where.token:
        yield warn("this step was not given GITHUB_TOKEN: no comment, no status, no deployment is written", _HAND_OVER)
        return
    yield judged(look(where))


def look(where: Here) -> Seen:
    """Ask GitHub for the repository.

    Raises:
        GitHubTrouble: it does not answer, or not to this token; says which.
    """
    import requests

    session, headers = requests.Session(), dict[str, str]()
    session.hooks["response"].append(lambda answer, **_: headers.update(answer.headers.lower_items()))
    patience = Patience(_PATIENCE)
    client = Client(where.api, where.repository, where.token, patience=patience, session=session, timeout=_ANSWER)
    found: Mapping[str, Any] = client.get(_LOOK)
    said = headers.get("x-oauth-scopes")
    permissions = found.get("permissions")
    of_job = where.token.startswith("ghs_")
    return Seen(
        where.repository,
        of_job=of_job,
        may_push=None if of_job or not isinstance(permissions, dict) else bool(permissions.get("push")),
        scopes=None if said is None else tuple(scope.strip() for scope in said.split(",") if scope.strip()),
        archived=bool(found.get("archived")),
        restricted=where.pull.restricted if where.pull else None,
    )


def judged(seen: Seen) -> Said:
    """What that means for a release."""
    name = seen.repository
    if seen.archived:
        return fail(
            f"{name} is archived: GitHub takes no tag, comment or status for it", "Unarchive it in its settings."
        )
    if seen.restricted:
        return ok(f"{name} answers; the token may only read here: {seen.restricted}")
    if seen.scopes is not None and not {"repo", "public_repo"} & set(seen.scopes):
        return fail(f"the token opens {name} with the scopes {', '.join(seen.scopes) or 'none'}", "It needs: repo")
    if seen.may_push is False:
        return fail(f"the token's owner may read {name} and not write it", "A token of somebody who may push there.")
    if seen.may_push:
        return ok(f"{name} answers, and the token's owner may write it")
    return ok(f"{name} answers. GitHub does not tell what this token may do; a release needs {_FOR_A_JOB}")


def _from_origin(job: Job) -> Here | None:
    """On somebody's machine: their token, for the repository that `origin` is."""
    token = job.environ.get("GITHUB_TOKEN", "")
    found = re.search(r"github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", job.git.remote_url() or "")
    if not token or found is None:
        return None
    register(token)
    api = job.environ.get("GITHUB_API_URL") or "https://api.github.com"
    return Here(api, found[1], token, event_name="", run_url=None)
