"""A team's repository with headgate's workflows in it, a machine that runs them, and a GitHub that they can tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.act import Run, Runner
from support.adoption import add_workflows, adopt, edit, without_headgate
from support.github_server import GitHub, GitHubServer, github_server
from support.project import Project

REPOSITORY, FORK = "acme/animals", "hubot/animals"
JOBS = {"contents": "write", "packages": "write", "statuses": "write", "deployments": "write"}
CHECK = {"path": "/predict", "method": "POST", "json": {}, "expect": {"json": {"label": "cat"}}}


@dataclass(frozen=True)
class Team:
    """The repository, and what runs its workflows; everything a run leaves goes below `scratch`."""

    project: Project
    runner: Runner
    server: GitHubServer
    scratch: Path

    @property
    def github(self) -> GitHub:
        """What GitHub knows."""
        return self.server.github

    @property
    def comments(self) -> list[str]:
        """The comments on pull request 7."""
        return [str(one["body"]) for one in self.github.repository(REPOSITORY).comments.get(7, [])]

    def statuses(self, commit: str) -> list[tuple[str, str]]:
        """Context and state of the commit's statuses, oldest first."""
        return [(one["context"], one["state"]) for one in self.github.repository(REPOSITORY).statuses.get(commit, [])]

    def pull_request(self, *, source: str = REPOSITORY, name: str = "pull-request") -> Run:
        """What a push to pull request 7 starts; the token of a fork's run may read alone."""
        commit = self.project.commit("A change")
        self.github.pull(REPOSITORY, 7, sha=commit, branch="topic", head=source)
        pull = {
            "number": 7,
            "head": {"sha": commit, "ref": "topic", "repo": {"full_name": source}},
            "base": {"ref": "main", "sha": commit, "repo": {"full_name": REPOSITORY}},
        }
        permissions = {"contents": "read", "pull-requests": "write", "statuses": "write"}
        if source != REPOSITORY:
            permissions = dict.fromkeys(permissions, "read")
        return self.run("pull_request", {"number": 7, "pull_request": pull}, permissions, workflow=name)

    def run(
        self,
        event: str,
        payload: dict[str, Any],
        permissions: dict[str, str],
        *,
        workflow: str,
        scratch: str = "run",
        inputs: dict[str, str] | None = None,
        secrets: dict[str, str] | None = None,
    ) -> Run:
        """Send an event to one of headgate's workflows; its token may do what `permissions` say."""
        token = f"ghs_{event}-token"
        self.github.token(token, permissions={"metadata": "read", **permissions})
        return self.runner.run(
            self.project.folder,
            event,
            {"repository": {"full_name": REPOSITORY, "default_branch": "main"}, **payload},
            workflow=f"headgate-{workflow}.yml",
            inputs=inputs,
            secrets={"GITHUB_TOKEN": token, **(secrets or {})},
            variables={"GITHUB_API_URL": self.server.url, "GITHUB_REPOSITORY": REPOSITORY},
            scratch=self.scratch / scratch,
        )


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """The machine."""
    return Runner.make(tmp_path_factory.mktemp("runner"))


@pytest.fixture(scope="session")
def _repository(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What `headgate init` makes of a repository, and a person of that: it goes live on the machine it runs on."""
    folder = tmp_path_factory.mktemp("repository") / "team" / "animals"
    project = adopt(without_headgate(folder, rows=500), ["ssh://deploy@203.0.113.10"])
    add_workflows(project, "monitor", "retrain")
    edit(project, deploy={"hosts": ["local"], "drain": "3s"}, health={"timeout": "20s", "checks": [CHECK]})
    project.commit("Release with headgate")
    return project


def at_whole_paths(project: Project) -> None:
    """The remotes beside the repository, by their whole paths: a runner works in a copy that is elsewhere."""
    beside = project.folder.parent
    project.run("git", "remote", "set-url", "origin", str(beside / "origin.git"))
    settings = (project.folder / ".dvc/config").read_text()
    project.write(".dvc/config", re.sub(r"(?m)url = .*/storage$", f"url = {beside / 'storage'}", settings))


@pytest.fixture
def adopted(_repository: Project, tmp_path: Path) -> Callable[..., Project]:
    """A copy of that repository, perhaps under another model's name and on another port."""

    def copied(**other: Any) -> Project:
        project = _repository.copy(tmp_path / "team", **other)
        at_whole_paths(project)
        project.commit("Remotes that a runner finds")
        return project

    return copied


@pytest.fixture
def team(adopted: Callable[..., Project], runner: Runner, tmp_path: Path) -> Iterator[Team]:
    """Its data is pushed, its model trained, nothing is deployed."""
    with github_server() as server:
        yield Team(adopted(), runner, server, tmp_path)
