"""A host that reboots, or whose engine crashes, during a deployment and after it: what served before serves again."""

import uuid
from collections.abc import Callable, Iterator

import docker
import pytest

from headgate.deploy import Release
from support.deployment import kill, until
from support.fleet import Fleet, push
from support.hosts import Host

Harm = Callable[[Host], None]
HARMS = [pytest.param(Host.reboot, id="reboot"), pytest.param(Host.crash_engine, id="crash of the engine")]
HOW = {"lease": 2.0, "max_parallel": 2}


@pytest.fixture
def fleet(engine: docker.DockerClient, hosts: list[Host]) -> Iterator[Fleet]:
    model = f"hg-{uuid.uuid4().hex[:8]}"
    fleet = Fleet(push(engine, model, "1"), model, [host.number for host in hosts[:2]])
    yield fleet
    fleet.clean()


@pytest.mark.parametrize("harm", HARMS)
def test_while_a_release_is_on_its_way(fleet: Fleet, harm: Harm) -> None:
    first, second, third = (fleet.release() for _ in range(3))
    fleet.deploy(first, **HOW)
    well, harmed = fleet.hosts
    deployer = fleet.deployer(second, variables={"SECONDS_TO_LOAD": "600"}, **HOW)
    until(lambda: all(second.container in fleet.standing(host).running for host in fleet.hosts), 60)

    with fleet.load(clients=2, pause=0.05) as (on_the_other, _):
        harm(harmed)
        code = deployer.wait(120)

    said = deployer.stdout.read()
    assert code in (5, 6), said
    assert (code == 5) == ("could not be put back" not in said)
    assert on_the_other.failures == []
    until(lambda: fleet.serves_on(harmed) == first.id, 60)
    assert fleet.serves_on(well) == first.id
    fleet.deploy(third, **HOW)
    _only(fleet, third)


@pytest.mark.parametrize("harm", HARMS)
def test_after_a_deployment_and_after_one_that_was_killed(fleet: Fleet, harm: Harm) -> None:
    first, second, third = (fleet.release() for _ in range(3))
    fleet.deploy(first, **HOW)
    for host in fleet.hosts:
        harm(host)
    until(lambda: all(fleet.serves_on(host) == first.id for host in fleet.hosts), 60)

    deployer = fleet.deployer(second, variables={"SECONDS_TO_LOAD": "600"}, **HOW)
    until(lambda: all(second.container in fleet.standing(host).running for host in fleet.hosts), 60)
    kill(deployer)
    harm(fleet.hosts[0])
    until(lambda: fleet.serves_on(fleet.hosts[0]) == first.id, 60)

    fleet.deploy(third, **HOW)
    _only(fleet, third)


def _only(fleet: Fleet, release: Release) -> None:
    for host in fleet.hosts:
        found = fleet.standing(host)
        assert (found.serves, found.running) == (release.id, [release.container])
        assert not fleet.locked_on(host)
