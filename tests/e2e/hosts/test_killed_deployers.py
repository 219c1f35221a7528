"""Deployers that are killed at any moment of a deployment to three hosts: the next one needs no hand."""

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress

import docker
import pytest
from docker.errors import ImageNotFound

from headgate.deploy import Release
from support.deployment import kill, until
from support.fleet import Fleet, Standing, push
from support.hosts import Host

from .conftest import left_behind

KILLED = 20
SEED = 20261127
IMAGES = 4


@pytest.fixture(scope="module")
def images(engine: docker.DockerClient) -> Iterator[list[str]]:
    """More of them than a host keeps, so that each deployment pulls."""
    path = f"hg-{uuid.uuid4().hex[:8]}"
    made = [push(engine, path, str(number)) for number in range(IMAGES)]
    yield made
    for one in made:
        with suppress(ImageNotFound):
            engine.images.remove(engine.images.get(one).id, force=True)


@pytest.fixture
def fleet(hosts: list[Host], images: list[str]) -> Iterator[Fleet]:
    model = images[0].partition("@")[0].rpartition("/")[2]
    fleet = Fleet(images[0], model, [host.number for host in hosts])
    yield fleet
    fleet.clean()


HOW = {"lease": 1.0, "retain": 1, "max_parallel": 2}


@pytest.mark.timeout(1200)
def test_twenty_killed_deployers_leave_nothing_that_the_next_does_not_mend(fleet: Fleet, images: list[str]) -> None:
    before = {host: fleet.standing(host).others for host in fleet.hosts}
    left_before = set(left_behind())
    numbers = iter(range(10_000))

    def release() -> Release:
        return fleet.release(images[next(numbers) % IMAGES])

    fleet.deploy(release(), **HOW)
    whole = _seconds_of_one(fleet, release())
    chance = random.Random(SEED)  # noqa: S311
    caught = []

    for number in range(KILLED):
        killed, following = release(), release()
        with fleet.load(clients=2, pause=0.05) as loads:
            deployer = _begun(fleet, killed)
            time.sleep(whole * (number + chance.random()) / KILLED)
            caught.append(deployer.poll() is None)
            kill(deployer)
            fleet.deploy(following, **HOW)

        moment = f"killed deployer {number + 1} of {KILLED}, seed {SEED}"
        assert [load.failures for load in loads] == [[], [], []], moment
        for host in fleet.hosts:
            assert fleet.standing(host) == Standing(
                serves=following.id,
                running=[following.container],
                stopped=fleet.standing(host).stopped,
                images=2,
                others=before[host],
            ), moment
            assert len(fleet.standing(host).stopped) <= 1, moment
        assert set(left_behind()) <= left_before, moment

    assert sum(caught) >= KILLED / 4  # the rest had ended: how fast one is depends on the machine
    until(lambda: all(host.sessions == 0 for host in fleet.hosts))


def _begun(fleet: Fleet, release: Release):
    deployer = fleet.deployer(release, **HOW)
    assert deployer.stdout.readline() == "deploying\n"
    return deployer


def _seconds_of_one(fleet: Fleet, release: Release) -> float:
    """What a deployment takes that nobody kills, from its first login on."""
    deployer = _begun(fleet, release)
    began = time.monotonic()
    assert deployer.wait(120) == 0, deployer.stdout.read()
    return time.monotonic() - began
