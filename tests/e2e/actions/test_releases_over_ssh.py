"""The templates for release and rollback, run by act against hosts that a workflow reaches over SSH."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from support.act import Run, Runner
from support.adoption import edit
from support.deployment import free_port
from support.fleet import Fleet
from support.github_server import github_server
from support.hosts import KNOWN_HOSTS, REGISTRY, REGISTRY_USER, Host, identity, registry_password
from support.project import Project

from .conftest import JOBS, Team

pytestmark = pytest.mark.hosts
PRODUCTION = 2  # of the lab's hosts


@dataclass(frozen=True)
class Production:
    """A team whose repository names hosts, and these."""

    team: Team
    fleet: Fleet

    @property
    def serves(self) -> set[str | None]:
        """The releases that answer, each host asked as its users do."""
        return {self.fleet.serves_on(host) for host in self.fleet.hosts}

    @property
    def secrets(self) -> dict[str, str]:
        """What the team has put into its repository's settings."""
        return {"HEADGATE_SSH_KEY": identity()["HEADGATE_SSH_KEY"], "REGISTRY_PASSWORD": registry_password()}

    @contextmanager
    def logging_in_once(self) -> Iterator[None]:
        """What runs meanwhile, with all its jobs and steps, has one login at each host."""
        before = self.fleet.logins
        yield
        assert self.fleet.logins == [count + 1 for count in before]

    def push(self, message: str) -> Run:
        """What a merge to main starts."""
        commit = self.team.project.commit(message)
        payload = {"ref": "refs/heads/main", "after": commit}
        return self.team.run("push", payload, JOBS, workflow="release", secrets=self.secrets, scratch=commit)

    def roll_back(self, reason: str) -> Run:
        """What a person starts by hand."""
        inputs = {"reason": reason, "release": ""}
        payload = {"ref": "refs/heads/main"}
        return self.team.run(
            "workflow_dispatch",
            payload,
            JOBS,
            workflow="rollback",
            inputs=inputs,
            secrets=self.secrets,
            scratch="rollback",
        )


@pytest.fixture
def production(
    adopted: Callable[..., Project], runner: Runner, engine: docker.DockerClient, hosts: list[Host], tmp_path: Path
) -> Iterator[Production]:
    port = free_port()
    fleet = Fleet("", f"hg-{port}", [host.number for host in hosts[:PRODUCTION]], port)
    project = adopted(model=fleet.model, port=port)
    goes_to(project, fleet)
    try:
        with github_server() as server:
            yield Production(Team(project, runner, server, tmp_path), fleet)
    finally:
        fleet.clean()


def goes_to(project: Project, fleet: Fleet) -> None:
    """What init leaves to a person: where the hosts are, their keys, and the registry that they pull from."""
    edit(
        project,
        deploy={"hosts": [host.address for host in fleet.hosts]},
        image={"repository": f"{REGISTRY}/{fleet.model}"},
    )
    pinned = project.folder / project.config["deploy"]["known_hosts"]
    pinned.write_text(pinned.read_text() + KNOWN_HOSTS.read_text())
    for path in (project.folder / ".github/workflows").glob("*.yml"):
        text = path.read_text().replace("registry: ghcr.io", f"registry: {REGISTRY}")
        text = text.replace("username: ${{ github.actor }}", f"username: {REGISTRY_USER}")
        path.write_text(text.replace("password: ${{ github.token }}", "password: ${{ secrets.REGISTRY_PASSWORD }}"))
    project.commit("Where the model is served")


def kept(secret: str, *folders: Path) -> list[Path]:
    """Files below the folders with a line of the secret in them."""
    lines = [line.encode() for line in lines_of(secret)]
    files = (path for folder in folders for path in folder.rglob("*"))
    return [path for path in files if any(line in content(path) for line in lines)]


def content(path: Path) -> bytes:
    """Of a file; folders have none, and neither has what another program has removed meanwhile."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def lines_of(key: str) -> list[str]:
    """The lines of a private key that are its own."""
    return [line for line in key.splitlines() if line and not line.startswith("-----")]


def test_a_merge_reaches_the_hosts_and_is_taken_back_by_hand(production: Production, tmp_path: Path) -> None:
    with production.logging_in_once():
        first = production.push("The first release")
    assert first.exit_code == 0, first.log
    served = production.serves
    assert served == {first.record["image"]["release"]}

    production.team.project.params(quality=0.9)
    with production.logging_in_once():
        second = production.push("A better model")
    assert second.exit_code == 0, second.log
    assert production.serves == {second.record["image"]["release"]} != served

    with production.logging_in_once():
        back = production.roll_back("worse than it looked")
    assert back.exit_code == 0, back.log
    assert production.serves == served

    key = identity()["HEADGATE_SSH_KEY"]
    for run in (first, second, back):
        assert run.masked >= set(lines_of(key))
        assert [line for line in lines_of(key) if line in run.shown] == []
    private = Path("/tmp").glob("*headgate-ssh-*")  # noqa: S108
    assert kept(key, tmp_path, production.team.runner.folder, *private) == []
