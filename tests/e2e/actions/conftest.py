"""A team's repository with headgate's workflows in it, a machine that runs them, and a GitHub that they can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.act import COMMIT, HEADGATE, Run, Runner
from support.github_server import GitHub, GitHubServer, github_server
from support.project import Project

REPOSITORY, FORK = "acme/animals", "hubot/animals"
TEMPLATES = ("pull-request", "comment-from-fork", "release", "rollback", "monitor", "retrain")
QUICK: dict[str, Any] = {  # training that starts no DVC: that has tests of its own, and takes seconds
    "train": {"command": "python3 train.py", "model": "models/model.json", "predictions": "reports/predictions.csv"},
    "data": {"push": False},
}


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
            secrets={"GITHUB_TOKEN": token},
            variables={"GITHUB_API_URL": self.server.url, "GITHUB_REPOSITORY": REPOSITORY},
            scratch=self.scratch / scratch,
        )


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """The machine."""
    return Runner.make(tmp_path_factory.mktemp("runner"))


@pytest.fixture(scope="session")
def _repository(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.make(tmp_path_factory.mktemp("repository") / "team" / "animals", rows=500, **QUICK)


def adopted(project: Project) -> Project:
    """The project with headgate's workflows; remotes are named by whole paths, since a runner works in a copy."""
    folder = project.folder.parent
    project.run("git", "remote", "set-url", "origin", str(folder / "origin.git"))
    project.dvc("remote", "modify", "storage", "url", str(folder / "storage"))
    project.write("requirements.txt", "# everything is there\n")
    project.write(".gitignore", "/.headgate/\n/models/\n/reports/\n/metrics.json\n")
    written = project.headgate(
        *("template", *TEMPLATES, "--uses", f"{HEADGATE}@{COMMIT}", "--branch", "main", "--to", ".github/workflows")
    )
    assert written.exit_code == 0, written.stderr
    project.commit("Release with headgate")
    return project


@pytest.fixture
def team(_repository: Project, runner: Runner, tmp_path: Path) -> Iterator[Team]:
    """Its data is pushed, nothing is trained, nothing is deployed."""
    with github_server() as server:
        yield Team(adopted(_repository.copy(tmp_path / "team")), runner, server, tmp_path)
