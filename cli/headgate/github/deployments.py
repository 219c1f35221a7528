"""GitHub Deployments: one for each release in each environment, with its states through its life.

A release is found again by what its payload says, so that another job, or a rollback weeks later, can go on with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from headgate.github.client import Client, Request

PERMISSION = "deployments: write"
State = Literal["in_progress", "success", "failure", "error", "inactive"]
_LONGEST = 140  # characters of a description, as GitHub takes them
_AS_FAR_BACK = 200  # deployments of one model in one environment that are searched for a release


@dataclass(frozen=True)
class Place:
    """Where releases of one model replace each other: what is active in one place says nothing of another."""

    model: str
    environment: str
    production: bool

    @property
    def task(self) -> str:
        """Keeps the models of a repository apart, which may share an environment."""
        return f"headgate:{self.model}"


@dataclass(frozen=True)
class Deployments:
    """The deployments of one place.

    Args:
        client: GitHub.
        place: the model and the environment.
        log_url: the run's page.
    """

    client: Client
    place: Place
    log_url: str | None
    _known: dict[str, int] = field(default_factory=dict, repr=False)

    def begin(self, release: str, commit: str, facts: Mapping[str, str]) -> None:
        """The release is on its way."""
        body = {
            "ref": commit,
            "task": self.place.task,
            "environment": self.place.environment,
            "production_environment": self.place.production,
            "auto_merge": False,
            "required_contexts": [],  # headgate's own gate has decided; a pending check of somebody else's does not
            "description": _cut(f"{self.place.model}: {release}"),
            "payload": {**facts, "release": release},
        }
        request = Request("POST", "/deployments", "create a deployment", PERMISSION, body)
        if self._find(release) is None:
            made = self.client.create(request, made=lambda: self._find(release))
            self._known[release] = int(made["id"])
        self.say(release, "in_progress", f"{release} is being rolled out")

    def say(self, release: str, state: State, description: str, *, url: str | None = None) -> None:
        """What became of the release; nothing where GitHub has never heard of it."""
        found = self._find(release)
        if found is None:
            return
        body = {
            "state": state,
            "description": _cut(description),
            "auto_inactive": False,  # GitHub would retire the other models of this environment too
            **({"log_url": self.log_url} if self.log_url else {}),
            **({"environment_url": url} if url else {}),
        }
        path = f"/deployments/{found['id']}/statuses"
        self.client.change(Request("POST", path, "say how a deployment stands", PERMISSION, body))

    def _find(self, release: str) -> Mapping[str, Any] | None:
        if release in self._known:
            return {"id": self._known[release]}
        query = {"task": self.place.task, "environment": self.place.environment}
        request = Request("GET", "/deployments", "list deployments", PERMISSION, query=query)
        for deployment in islice(self.client.pages(request), _AS_FAR_BACK):
            known = _release(deployment)
            if known is not None:
                self._known.setdefault(known, int(deployment["id"]))
            if known == release:
                return {"id": self._known[release]}
        return None


def _release(deployment: Mapping[str, Any]) -> str | None:
    payload = deployment.get("payload")
    return payload.get("release") if isinstance(payload, Mapping) else None


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
