"""Two ports of one engine stand for two hosts: to a rollout they are two targets."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO

import pytest

from headgate.console import Console, Step
from headgate.deploy import Target, open_targets, roll_out
from headgate.deploy.together import together
from headgate.errors import CouldNotCarryOut, DeploymentFailed, RollbackFailed
from support.deployment import Site, until


@pytest.fixture
def neighbour(site: Site) -> Iterator[Site]:
    other = Site(site.image, model=site.model)
    yield other
    other.clean()


def test_a_host_that_fails_takes_those_before_it_back(site: Site, neighbour: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    neighbour.deploy(first)

    def only_the_first_is_fit(url, headers, meanwhile):
        if url.endswith(str(neighbour.port)):
            raise CouldNotCarryOut("predicts nonsense")

    with (
        open_targets(["local"], site.service) as here,
        open_targets(["local"], neighbour.service) as there,
        Console(StringIO(), environ={}).step("deploy") as step,
        pytest.raises(DeploymentFailed, match=f"local serves {first.id}; local serves {first.id}"),
    ):
        roll_out(second, [*here, *there], site.plan(), probe=only_the_first_is_fit, step=step)

    assert (site.serves(), neighbour.serves()) == (first.id, first.id)
    assert [entry.result for entry in site.status().journal] == ["deployed", "deployed", "failed"]
    assert [entry.result for entry in neighbour.status().journal] == ["deployed", "failed"]


def test_a_host_that_is_not_ready_leaves_the_others_untouched(site: Site, neighbour: Site) -> None:
    foreign = site.docker.containers.run(
        site.image, name=f"{site.model}-foreign", ports={"8000/tcp": neighbour.port}, detach=True
    )
    try:
        with (
            open_targets(["local"], site.service) as here,
            open_targets(["local"], neighbour.service) as there,
            Console(StringIO(), environ={}).step("deploy") as step,
            pytest.raises(CouldNotCarryOut) as failed,
        ):
            roll_out(site.release(), [*here, *there], site.plan(), probe=lambda *_: None, step=step)
    finally:
        foreign.remove(force=True)

    assert failed.value.exit_code == 3
    assert site.everything() == []


def test_a_host_that_cannot_be_put_back_is_named_with_what_to_do(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.release()
    site.deploy(first)

    def loses_the_old_one(url, headers, meanwhile):
        site.docker.containers.get(first.container).remove(force=True)
        raise CouldNotCarryOut("predicts nonsense")

    monkeypatch.setattr(site, "prober", lambda *_: loses_the_old_one)

    with pytest.raises(RollbackFailed) as failed:
        site.deploy()

    assert failed.value.exit_code == 6
    assert "predicts nonsense" in failed.value.message
    assert f"local could not be put back to {first.id}" in failed.value.message
    assert f"docker start {first.container}" in failed.value.message
    assert site.lock not in site.everything()


@pytest.fixture
def sites(site: Site) -> Iterator[list[Site]]:
    """Three hosts that serve the same release."""
    every = [site, *(Site(site.image, model=site.model) for _ in range(2))]
    first = site.release()
    for one in every:
        one.deploy(first)
    yield every
    for one in every[1:]:
        one.clean()


@contextmanager
def targets_of(sites: list[Site]) -> Iterator[tuple[list[Target], Step]]:
    with ExitStack() as stack:
        opened = [stack.enter_context(open_targets(["local"], one.service)) for one in sites]
        step = stack.enter_context(Console(sites[0].talk, environ={}, verbosity=1).step("deploy"))
        yield [target for targets in opened for target in targets], step


def test_hosts_move_in_batches_and_together_inside_a_batch(sites: list[Site]) -> None:
    second = sites[0].release()
    asked: dict[str, float] = {}
    meeting = threading.Barrier(2, timeout=60)

    def probe(url, headers, meanwhile):
        asked[url] = time.monotonic()
        if len(asked) <= 2:
            meeting.wait()  # the two of the first batch are asked at the same time, or this never ends
        else:
            assert sum(one.serves() == second.id for one in sites) == 2

    with targets_of(sites) as (targets, step):
        deployment = roll_out(second, targets, sites[0].plan(max_parallel=2), probe=probe, step=step)

    assert [host.url for host in deployment.hosts] == [target.url for target in targets]
    assert {one.serves() for one in sites} == {second.id}


def test_a_host_that_fails_in_its_batch_takes_all_back_and_stops_the_others(sites: list[Site]) -> None:
    before = sites[0].serves()
    second = sites[0].release()
    given_up = []

    def probe(url, headers, meanwhile):
        if url.endswith(str(sites[1].port)):
            raise CouldNotCarryOut("predicts nonsense")
        try:
            until(meanwhile, seconds=30)  # for ever, unless it is told that another host has failed
        except CouldNotCarryOut:
            given_up.append(url)
            raise

    with (
        targets_of(sites) as (targets, step),
        pytest.raises(DeploymentFailed, match="predicts nonsense") as failed,
    ):
        roll_out(second, targets, sites[0].plan(max_parallel=3), probe=probe, step=step)

    assert len(given_up) == 2
    assert "another host" not in failed.value.message
    assert [one.serves() for one in sites] == [before] * 3
    assert all(one.lock not in one.everything() for one in sites)
    assert [len(one.running()) for one in sites] == [1, 1, 1]


def test_several_hosts_that_are_not_ready_are_all_named(sites: list[Site]) -> None:
    missing = sites[0].release("sha256:" + "0" * 64)

    with targets_of(sites) as (targets, step), pytest.raises(CouldNotCarryOut) as failed:
        targets[1]._engine.host = "other"
        roll_out(missing, targets, sites[0].plan(), probe=lambda *_: None, step=step)

    assert failed.value.exit_code == 3
    assert len(failed.value.message.splitlines()) == 2


def test_two_deployers_of_the_same_hosts_come_one_after_the_other(sites: list[Site]) -> None:
    releases = [sites[0].release(), sites[0].release()]

    def deploy(release):
        with targets_of(sites) as (targets, step):
            roll_out(release, targets, sites[0].plan(max_parallel=3), probe=lambda *_: None, step=step)

    together(deploy, releases)

    served = {one.serves() for one in sites}
    assert len(served) == 1
    assert [[entry.release for entry in one.status().journal[1:]] for one in sites] == [
        [entry.release for entry in sites[0].status().journal[1:]]
    ] * 3
