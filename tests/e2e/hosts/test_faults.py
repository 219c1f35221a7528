"""What happens to a rollout over SSH when something breaks in the middle: who serves, what is left, which exit code.

docs/deploy-faults.md is the table of what is asserted here.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import docker
import pytest

from headgate.lineage.source import now
from support.bad_registry import Mode, bad_registry
from support.deployment import SERVER, until
from support.fleet_in_trouble import STEPS, TroubledFleet, cut, exit_code
from support.foreign_image import image_for_arm
from support.hosts import OWN_REGISTRIES, REGISTRY, REGISTRY_USER, Host, registry_password

Push = Callable[..., str]


@pytest.fixture(scope="session")
def push(engine: docker.DockerClient, fleet_model: str) -> Iterator[Push]:
    """Push one more image of the model server, with some text in it; gives `repository@sha256:…`."""
    repository, made = f"{REGISTRY}/{fleet_model}", []

    def push(text: str = "") -> str:
        version = uuid.uuid4().hex
        image, _ = engine.images.build(
            path=str(SERVER), tag=f"{repository}:{version}", rm=True, buildargs={"VERSION": version + text}
        )
        made.append(image.id)
        login = {"username": REGISTRY_USER, "password": registry_password()}
        engine.images.push(repository, tag=version, auth_config=login)
        image.reload()
        return next(one for one in image.attrs["RepoDigests"] if one.startswith(repository))

    yield push
    for one in made:
        engine.images.remove(one, force=True)


@pytest.fixture(scope="session")
def fleet_model() -> str:
    return f"hg-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def deployed(hosts: list[Host], push: Push, fleet_model: str) -> Iterator[TroubledFleet]:
    """Two hosts that serve a release; each test leaves them serving some release, and nothing else."""
    fleet = TroubledFleet(hosts[:2], [push()], fleet_model, 8101)
    try:
        fleet.deploy()
        yield fleet
    finally:
        fleet.clean()


@pytest.fixture
def fleet(deployed: TroubledFleet) -> Iterator[TroubledFleet]:
    """After whatever happened the next deployment succeeds by itself, and leaves what a deployment leaves."""
    yield deployed
    release = deployed.release()
    deployed.deploy(release, max_parallel=2)
    assert deployed.serves() == [release.id, release.id]
    assert deployed.strays() == []
    assert all(one.journal[-1].release == release.id for one in deployed.status())


NOTHING_BEGUN, PUT_BACK, ARRIVED = 3, 5, 0
CUT = {
    "preflight": NOTHING_BEGUN,
    "lock": NOTHING_BEGUN,
    "pull": NOTHING_BEGUN,
    "start": PUT_BACK,
    "probe": PUT_BACK,
    "switch": PUT_BACK,
    "journal": PUT_BACK,
    "drain": ARRIVED,
    "prune": ARRIVED,
    "unlock": ARRIVED,
}


@pytest.mark.parametrize("step", STEPS)
def test_the_line_to_the_last_host_is_cut(fleet: TroubledFleet, step: str, push: Push) -> None:
    """By then the first host may serve the new release already."""
    release = fleet.release(push() if step == "pull" else None)
    (before,) = set(fleet.serves())

    with fleet.asked() as loads:
        code, said = exit_code(lambda: fleet.deploy(release, at=step, happens=cut))

    assert code == CUT[step], said
    assert [load.failures for load in loads] == [[], []]
    assert set(fleet.serves()) == {release.id if code == ARRIVED else before}
    if step != "drain":  # what served before may still run, until the next deployment
        assert fleet.strays() == []
    last = [one.journal[-1] for one in fleet.status()]
    if code == ARRIVED:
        assert {(one.release, one.result) for one in last} == {(release.id, "deployed")}
    elif code == PUT_BACK:
        assert (last[0].release, last[0].result) == (release.id, "failed")
        assert "the connection was cut" in last[0].why
    else:
        assert {one.release for one in last} == {before}


def test_the_line_goes_silent(fleet: TroubledFleet) -> None:
    """Packets vanish, and nobody says so: it is noticed, and once they get through again the hosts are put back."""
    (before,) = set(fleet.serves())
    with ExitStack() as silence, fleet.asked() as loads:

        def vanish(host: Host) -> None:
            silence.enter_context(host.refusing_ssh())
            fleet.when_given_up(silence.close)

        code, said = exit_code(lambda: fleet.deploy(at="probe", happens=vanish))

    assert code == PUT_BACK
    assert "the host went silent" in said
    assert [load.failures for load in loads] == [[], []]
    assert set(fleet.serves()) == {before}
    assert fleet.strays() == []


def test_a_host_cannot_be_reached_from_the_beginning(fleet: TroubledFleet) -> None:
    (before,) = set(fleet.serves())
    with fleet.hosts[1].refusing_ssh(), fleet.asked() as loads:
        code, said = exit_code(fleet.deploy)

    assert code == NOTHING_BEGUN
    assert f"deploy@{fleet.hosts[1].ip} does not answer on port 22" in said
    assert [load.failures for load in loads] == [[], []]
    assert set(fleet.serves()) == {before}
    assert fleet.strays() == []


def test_a_host_is_gone_after_the_switch(fleet: TroubledFleet) -> None:
    """It goes on serving what it was switched to; the next deployment, once it is back, finds and mends it."""
    (before,) = set(fleet.serves())
    release = fleet.release()
    with ExitStack() as gone, fleet.asked() as loads:

        def disappear(host: Host) -> None:
            gone.enter_context(host.refusing_ssh())
            host.cut_sessions()

        code, said = exit_code(lambda: fleet.deploy(release, at="journal", happens=disappear))

    assert code == 6
    assert f"deploy@{fleet.hosts[1].ip} could not be put back to {before}" in said
    assert f"what was started there: {release.id}" in said
    assert f"docker start {fleet.model}-{before}" in said
    assert [load.failures for load in loads] == [[], []]
    assert fleet.serves() == [before, release.id]


def test_an_engine_is_stopped_before(fleet: TroubledFleet) -> None:
    (before,) = set(fleet.serves())
    with fleet.hosts[1].without_engine(), fleet.asked() as loads:
        code, said = exit_code(fleet.deploy)

    assert code == NOTHING_BEGUN
    assert f"deploy@{fleet.hosts[1].ip}" in said
    assert "is it running?" in said
    assert loads[0].failures == []
    until(lambda: fleet.serves() == [before, before], 60)
    assert fleet.strays() == []


def test_an_engine_is_stopped_while_a_release_is_asked(fleet: TroubledFleet) -> None:
    """With everything that it runs: when it comes up again it serves what it served."""
    (before,) = set(fleet.serves())
    with fleet.asked() as loads:
        code, said = exit_code(lambda: fleet.deploy(at="probe", happens=Host.stop_engine))
    fleet.hosts[1].start_engine()

    assert code == 6
    assert f"deploy@{fleet.hosts[1].ip} could not be put back to {before}" in said
    assert loads[0].failures == []
    until(lambda: fleet.serves() == [before, before], 60)


@pytest.mark.parametrize(
    ("mode", "says"),
    [("down", "Is the registry up"), ("failing", "500"), ("stuck", "Is the registry up and well")],
)
def test_the_registry_is_in_trouble(fleet: TroubledFleet, push: Push, mode: Mode, says: str) -> None:
    (before,) = set(fleet.serves())
    path = push().partition("/")[2]
    with bad_registry("well" if mode == "down" else mode) as registry:
        name = f"{OWN_REGISTRIES}:9" if mode == "down" else registry.name
        code, said = exit_code(lambda: fleet.deploy(fleet.release(f"{name}/{path}")))

    assert code == NOTHING_BEGUN
    assert says in said
    assert set(fleet.serves()) == {before}
    assert fleet.strays() == []


def test_the_registry_stops_in_the_middle(fleet: TroubledFleet, push: Push, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate.hosts.sdk.STALLS", 3)  # else minutes
    (before,) = set(fleet.serves())
    path = push().partition("/")[2]
    with bad_registry() as registry, fleet.asked() as loads:

        def halt(_: Host) -> None:
            registry.mode = "halting"

        release = fleet.release(f"{registry.name}/{path}")
        code, said = exit_code(lambda: fleet.deploy(release, at="pull", on=0, happens=halt))

    assert code == NOTHING_BEGUN
    assert "no sign of life for too long" in said
    assert [load.failures for load in loads] == [[], []]
    assert set(fleet.serves()) == {before}
    assert fleet.strays() == []


def test_a_wrong_password_of_the_registry(fleet: TroubledFleet, push: Push) -> None:
    (before,) = set(fleet.serves())
    wrong = {"HEADGATE_REGISTRY_PASSWORD": "not-the-password"}
    code, said = exit_code(lambda: fleet.deploy(fleet.release(push()), environ=wrong))

    assert code == NOTHING_BEGUN
    assert "HEADGATE_REGISTRY_PASSWORD" in said
    assert "not-the-password" not in said
    assert set(fleet.serves()) == {before}
    assert fleet.strays() == []


def test_an_image_for_another_processor(fleet: TroubledFleet, engine: docker.DockerClient) -> None:
    (before,) = set(fleet.serves())
    with image_for_arm(engine, fleet.model) as image:
        code, said = exit_code(lambda: fleet.deploy(fleet.release(image)))

    assert code == NOTHING_BEGUN
    assert "the host is linux/amd64; the image is for linux/arm64" in said
    assert set(fleet.serves()) == {before}
    assert fleet.strays() == []


@pytest.mark.parametrize("hours", [-3, 3])
def test_the_clock_of_the_deployer_is_wrong(fleet: TroubledFleet, hours: int) -> None:
    """Times are the hosts' own, as far as deployers have to agree on them."""
    release = fleet.release()
    with fleet.asked() as loads:
        fleet.deploy(release, clock=lambda: now() + timedelta(hours=hours))

    assert [load.failures for load in loads] == [[], []]
    assert set(fleet.serves()) == {release.id}
    assert fleet.strays() == []
    assert [one.journal[-1].release for one in fleet.status()] == [release.id, release.id]


def test_the_disk_is_full_during_the_pull(
    hosts: list[Host], push: Push, fleet_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a host of its own, whose engine keeps its images on a small disk."""
    with hosts[2].small_disk("700m"):
        fleet = TroubledFleet([hosts[2]], [push()], fleet_model, 8102)
        first, third = fleet.release(), fleet.release()
        fleet.deploy(first)
        with hosts[2].full_disk(leave=8 * 1024**2):
            early, said = exit_code(fleet.deploy)
        assert early == NOTHING_BEGUN
        assert "8 MB are free" in said

        monkeypatch.setattr("headgate.deploy.preflight.LEAST_FREE", 0)  # so that only the engine notices
        bulky = fleet.release(push(os.urandom(50_000).hex()))
        with ExitStack() as full, fleet.asked() as loads:
            fill = lambda host: full.enter_context(host.full_disk(leave=16 * 1024))  # noqa: E731
            code, said = exit_code(lambda: fleet.deploy(bulky, at="pull", happens=fill))

        assert code == NOTHING_BEGUN
        assert "no space is left" in said
        assert loads[0].failures == []
        assert fleet.serves() == [first.id]
        assert fleet.strays() == []
        fleet.deploy(third)
        assert fleet.serves() == [third.id]
