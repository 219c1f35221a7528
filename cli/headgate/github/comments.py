"""One comment per pull request and model: found again by its marker and its author, and changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from headgate.github.client import Client, Request
from headgate.github.refusals import NotThere

JOB = "github-actions[bot]"
"""Who writes what is written with a job's own token."""
LONGEST = 65_536
"""Characters of a comment, as GitHub's refusal counts them: Unicode code points."""
PERMISSION = "pull-requests: write"


@dataclass(frozen=True)
class Posted:
    """What became of a comment.

    Args:
        done: `created`, `updated`, or `unchanged`.
        url: its page, where GitHub says.
        author: who GitHub says wrote it.
    """

    done: str
    url: str | None
    author: str | None


def marker(model: str) -> str:
    """The hidden first line that makes a comment this model's. No name can end it early."""
    return f"<!-- headgate: {quote(model, safe='').replace('-', '%2D')} -->"


def keep(client: Client, pull: int, model: str, body: str, *, authors: Sequence[str] = (JOB,)) -> Posted:
    """Make `body`, which begins with the marker, the one comment about `model` on the pull request.

    A second one, which two runs at the same moment can make, is deleted: it would go on telling an old verdict.

    Raises:
        GitHubTrouble: refused or unreachable.
    """
    ours = _ours(client, pull, marker(model), authors)
    if not ours:
        request = _request("POST", f"/issues/{pull}/comments", f"comment on pull request {pull}", {"body": body})
        made = client.create(request, made=lambda: next(iter(_ours(client, pull, marker(model), authors)), None))
        return _posted("created", made)
    kept, *others = ours
    for other in others:
        with suppress(NotThere):  # an answer was lost, and it is gone already
            client.change(_request("DELETE", f"/issues/comments/{other['id']}", "delete what is there twice"))
    if kept["body"] == body:
        return _posted("unchanged", kept)
    path = f"/issues/comments/{kept['id']}"
    changed = client.change(_request("PATCH", path, f"change its comment on pull request {pull}", {"body": body}))
    return _posted("updated", changed)


def _ours(client: Client, pull: int, mark: str, authors: Sequence[str]) -> list[Any]:
    listed = client.pages(_request("GET", f"/issues/{pull}/comments", f"read the comments of pull request {pull}"))
    return [one for one in listed if str(one.get("body", "")).startswith(mark) and _author(one) in authors]


def _author(comment: Any) -> str | None:
    user = comment.get("user") or {}
    return user.get("login")


def _posted(done: str, comment: Any) -> Posted:
    return Posted(done, comment.get("html_url"), _author(comment))


def _request(method: str, path: str, what: str, body: dict[str, str] | None = None) -> Request:
    return Request(method, path, what, PERMISSION, body)
