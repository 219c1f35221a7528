"""`headgate release`, from training to promotion, with hosts that are reached over SSH."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.deployment import until
from support.fleet import Fleet
from support.hosts import KNOWN_HOSTS, REGISTRY, REGISTRY_USER, Host, identity, registry_password
from support.project import Project

from .conftest import left_behind

PORT = 8400


@pytest.fixture
def fleet(hosts: list[Host]) -> Iterator[Fleet]:
    """Two hosts to release to."""
    fleet = Fleet("", f"hg-{PORT}", [host.number for host in hosts[:2]], PORT)
    yield fleet
    fleet.clean()


@pytest.fixture
def project(fleet: Fleet, tmp_path: Path) -> Project:
    """A repository that names them, on a machine that may push to their registry; nothing is trained yet."""
    project = Project.make(tmp_path / "team" / "animals", model=fleet.model, port=PORT, rows=100)
    project.write(".known_hosts", KNOWN_HOSTS.read_text())
    hosts = {"hosts": fleet.addresses, "known_hosts": ".known_hosts"}
    project.configure(
        image={"repository": f"{REGISTRY}/{fleet.model}"}, deploy={**project.config["deploy"], **hosts, "drain": "1s"}
    )
    project.commit("To two hosts")
    project.environ = {**identity(), "DOCKER_CONFIG": str(tmp_path / "docker")}
    login = ["docker", "login", f"--username={REGISTRY_USER}", "--password-stdin", REGISTRY]
    environ = {**os.environ, "DOCKER_CONFIG": project.environ["DOCKER_CONFIG"]}
    subprocess.run(login, input=registry_password(), text=True, check=True, capture_output=True, env=environ)
    return project


def test_a_release_logs_in_to_look_and_to_deploy_and_not_while_it_trains(project: Project, fleet: Fleet) -> None:
    waits = "touch training-started; until test -e go-on; do sleep 0.1; done; dvc repro"
    project.configure(train={**project.config["train"], "command": f"sh -c '{waits}'"})
    project.commit("A training that takes its time")
    before = fleet.logins
    running = project.start("release")
    until(lambda: (project.folder / "training-started").exists() or running.poll() is not None, 60)
    looked, logged_in = fleet.logins, [host.sessions for host in fleet.hosts]
    (project.folder / "go-on").touch()
    _, said = running.communicate()

    assert running.returncode == 0, said
    assert looked == [count + 1 for count in before]
    assert logged_in == [0, 0]
    assert fleet.logins == [count + 2 for count in before]
    assert {fleet.serves_on(host) for host in fleet.hosts} == {project.record["deployment"]["release"]}
    assert left_behind() == []
