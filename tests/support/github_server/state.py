"""What GitHub knows: repositories with what hangs on them, tokens with what they may do, and the faults ordered."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

JOB = "github-actions[bot]"
"""The author of everything that a job's own token writes."""
ALL_PERMISSIONS = dict.fromkeys(
    ("actions", "checks", "contents", "deployments", "issues", "pull-requests", "statuses"), "write"
)

FaultKind = Literal["429", "secondary", "primary", "unavailable", "silence", "lost", "not-json", "other-json"]


@dataclass
class Token:
    """Who writes with a token, and what it may do: a workflow's `permissions:`."""

    login: str = JOB
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(ALL_PERMISSIONS))

    def may(self, permission: str, level: str) -> bool:
        """Whether `permission` is granted at `level`, which is `read` or `write`."""
        granted = self.permissions.get(permission, "none")
        return granted == "write" or granted == level


@dataclass
class Fault:
    """An answer that goes wrong.

    Args:
        kind: `429`, `secondary` and `primary` are rate limits (429 and 403 with their headers); `unavailable` is a
            502; `silence` says nothing for `seconds` and does nothing; `lost` does what was asked and answers nothing;
            `not-json` answers 200 with a page, `other-json` with JSON that is not GitHub's.
        method: of the requests that meet it; empty for all.
        path: a regular expression that is looked for in their path.
        times: so many requests meet it.
        seconds: what Retry-After or X-RateLimit-Reset say, and how long silence lasts.
    """

    kind: FaultKind
    method: str = ""
    path: str = ""
    times: int = 1
    seconds: float = 1.0

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one of them."""
        return self.times > 0 and self.method in ("", method) and re.search(self.path, path) is not None


@dataclass
class Call:
    """One request as it came, and the status it was answered with; 0 where there was no answer."""

    method: str
    path: str
    status: int
    login: str | None
    body: Any = None


Json = dict[str, Any]


@dataclass
class Repository:
    """One repository; everything in it is as GitHub's JSON has it."""

    full_name: str
    default_branch: str = "main"
    private: bool = False
    pulls: dict[int, Json] = field(default_factory=dict)
    issues: dict[int, Json] = field(default_factory=dict)
    comments: dict[int, list[Json]] = field(default_factory=dict)
    statuses: dict[str, list[Json]] = field(default_factory=dict)
    check_runs: list[Json] = field(default_factory=list)
    deployments: list[Json] = field(default_factory=list)
    deployment_statuses: dict[int, list[Json]] = field(default_factory=dict)
    dispatches: list[Json] = field(default_factory=list)

    def every_comment(self) -> Iterator[Json]:
        """The comments of all issues and pull requests."""
        for comments in self.comments.values():
            yield from comments


class GitHub:
    """All of it. Safe to use from several threads: handlers hold `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, Token] = {}
        self.faults: list[Fault] = []
        self.calls: list[Call] = []
        self._last_id = 1000

    def repository(self, full_name: str, **how: Any) -> Repository:
        """The repository of that name, made where there is none."""
        return self.repositories.setdefault(full_name, Repository(full_name, **how))

    def token(self, token: str, login: str = JOB, permissions: Mapping[str, str] | None = None) -> str:
        """Let `token` do what `permissions` say; default: everything."""
        self.tokens[token] = Token(login, dict(ALL_PERMISSIONS if permissions is None else permissions))
        return token

    def pull(
        self,
        repository: str,
        number: int,
        *,
        sha: str,
        branch: str = "topic",
        head: str | None = None,
        base: str = "main",
        state: str = "open",
        author: str = "octocat",
    ) -> Json:
        """A pull request; `head` is the repository it comes from, by default the same."""
        into, source = self.repository(repository), head or repository
        owner = source.partition("/")[0]
        made: Json = {
            "number": number,
            "state": state,
            "user": {"login": author},
            "labels": [],
            "head": {"ref": branch, "sha": sha, "label": f"{owner}:{branch}", "repo": {"full_name": source}},
            "base": {"ref": base, "repo": {"full_name": repository}},
        }
        into.pulls[number] = made
        return made

    def comment(self, repository: str, number: int, body: str, *, author: str = JOB) -> Json:
        """A comment on an issue or pull request."""
        number_of_it = self.next_id()
        made: Json = {
            "id": number_of_it,
            "html_url": f"https://git.example.com/{repository}/pull/{number}#issuecomment-{number_of_it}",
            "body": body,
            "user": {"login": author, "type": "Bot" if author.endswith("[bot]") else "User"},
            "created_at": moment(),
            "updated_at": moment(),
        }
        self.repository(repository).comments.setdefault(number, []).append(made)
        return made

    def fault(self, kind: FaultKind, **how: Any) -> Fault:
        """Order a fault; see `Fault`."""
        ordered = Fault(kind, **how)
        self.faults.append(ordered)
        return ordered

    def next_id(self) -> int:
        """An id that nothing else has."""
        self._last_id += 1
        return self._last_id

    def seed(self, values: Json) -> None:
        """What is to be there, as JSON: `tokens`, `repositories` with `pulls` and `comments`, `faults`."""
        for token, how in values.get("tokens", {}).items():
            self.token(token, **how)
        for name, how in values.get("repositories", {}).items():
            self.repository(name)
            for pull in how.get("pulls", []):
                self.pull(name, **pull)
            for comment in how.get("comments", []):
                self.comment(name, **comment)
        for fault in values.get("faults", []):
            self.fault(**fault)

    def to_json(self) -> Json:
        """Everything but the tokens."""
        return {
            "repositories": {name: asdict(repository) for name, repository in self.repositories.items()},
            "calls": [asdict(call) for call in self.calls],
        }


def moment() -> str:
    """Now, as GitHub writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
