"""One issue per model and environment that is watched: found again by label, marker and author, and kept up to date.

When a retraining was started stands in the issue itself: a runner's disk is gone with its job.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from headgate import utc
from headgate.github.client import Client, Request
from headgate.github.comments import JOB, LONGEST

LABEL = "headgate-monitor"
PERMISSION = "issues: write"
_RETRAINED = re.compile(r"^<!-- headgate-retrained: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) -->$", re.MULTILINE)


@dataclass(frozen=True)
class Issue:
    """The issue as it stands. `retrained_at` is when it last started a retraining."""

    number: int
    open: bool
    url: str | None
    retrained_at: datetime | None


@dataclass(frozen=True)
class WatchIssue:
    """The issue about one model in one environment.

    Args:
        client: GitHub.
        model: the model's name.
        environment: where it is watched.
        authors: whose issues are ours.
    """

    client: Client
    model: str
    environment: str
    authors: Sequence[str] = (JOB,)

    def find(self) -> Issue | None:
        """The newest of ours, open or closed.

        Raises:
            GitHubTrouble: refused or unreachable.
        """
        query = {"state": "all", "labels": LABEL}
        listed = self.client.pages(_request("GET", "/issues", f"list the issues labelled {LABEL}", query=query))
        ours = (one for one in listed if str(one.get("body")).startswith(self._marker) and _author(one) in self.authors)
        return next(map(_issue, ours), None)

    def tell(self, found: Issue | None, title: str, text: str, retrained_at: datetime | None) -> Issue:
        """Have the issue say `text`, open: the one that was `found`, or a new one."""
        body = {"title": title, "body": self._body(text, retrained_at), "labels": [LABEL]}
        if found is None:
            request = _request("POST", "/issues", "open an issue", body)
            made = self.client.create(request, made=self._found_again)
            return made if isinstance(made, Issue) else _issue(made)
        changed = _request(
            "PATCH", f"/issues/{found.number}", f"change issue {found.number}", {**body, "state": "open"}
        )
        return _issue(self.client.change(changed))

    def close(self, found: Issue, title: str, text: str) -> Issue:
        """Have the issue say `text`, and close it."""
        body = {"title": title, "body": self._body(text, found.retrained_at), "state": "closed"}
        request = _request("PATCH", f"/issues/{found.number}", f"close issue {found.number}", body)
        return _issue(self.client.change(request))

    def _found_again(self) -> Issue | None:
        """What a POST whose answer was lost has made."""
        found = self.find()
        return found if found and found.open else None

    def _body(self, text: str, retrained_at: datetime | None) -> str:
        at = f"<!-- headgate-retrained: {utc.written(retrained_at)} -->\n" if retrained_at else ""
        head = f"{self._marker}\n{at}"
        return head + text[: LONGEST - len(head)]

    @property
    def _marker(self) -> str:
        """Hidden; no name can end it early."""
        names = (quote(name, safe="").replace("-", "%2D") for name in (self.model, self.environment))
        return f"<!-- headgate-monitor: {' '.join(names)} -->"


def start_workflow(client: Client, workflow: str, ref: str, *, reason: str, since: datetime) -> None:
    """Start a workflow by `workflow_dispatch`, once: where the answer is lost, a run begun `since` is looked for.

    Raises:
        GitHubTrouble: refused, e.g. because there is no such workflow, or unreachable.
    """
    base = f"/actions/workflows/{quote(workflow, safe='')}"
    what, needs = f"start the workflow {workflow} on {ref}", "actions: write"

    def begun() -> Any:
        query = {"event": "workflow_dispatch", "created": f">={utc.written(since)}"}
        runs = client.get(Request("GET", f"{base}/runs", f"list the runs of {workflow}", needs, query=query))
        return next(iter(runs["workflow_runs"]), None)

    body = {"ref": ref, "inputs": {"reason": reason}}
    client.create(Request("POST", f"{base}/dispatches", what, needs, body), made=begun)


def _issue(values: Any) -> Issue:
    found = _RETRAINED.search(str(values.get("body") or ""))
    return Issue(
        number=int(values["number"]),
        open=values.get("state") == "open",
        url=values.get("html_url"),
        retrained_at=utc.read(found[1]) if found else None,
    )


def _author(issue: Any) -> str | None:
    return (issue.get("user") or {}).get("login")


def _request(
    method: str, path: str, what: str, body: dict[str, Any] | None = None, query: dict[str, str] | None = None
) -> Request:
    return Request(method, path, what, PERMISSION, body, query or {})
