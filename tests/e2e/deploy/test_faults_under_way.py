"""What goes wrong in the middle of a deployment: how it ends, and what serves afterwards."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from headgate.console import Console
from headgate.deploy import Release, roll_out
from headgate.errors import DeploymentFailed
from support.deployment import Site, kill, until
from support.load import Load

CONFIGURATION = "/var/lib/headgate/haproxy.cfg"


def test_a_release_that_dies_while_the_one_before_is_drained_goes_back(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first, variables={"USERS_WAIT": "3"})

    with _staggered_users(site), pytest.raises(DeploymentFailed) as failed:
        site.deploy(second, mode="dies-in-production", variables={"SECONDS_TO_LIVE": "0.3"})

    assert failed.value.exit_code == 5
    assert "in production, moments after it was switched to" in failed.value.message
    assert "| MemoryError: the cache does not fit" in failed.value.message
    assert f"local serves {first.id}" in failed.value.message
    _is_as_before(site, first)
    assert [entry.result for entry in site.status().journal] == ["deployed", "deployed", "failed"]
    with Load(site.port, clients=2) as load:
        time.sleep(0.5)
    assert load.failures == []
    assert set(load.answers) == {first.id}


def test_a_release_that_dies_on_one_host_takes_all_back(site: Site) -> None:
    neighbour = Site(site.image, model=site.model)
    first, second = site.release(), site.release()
    try:
        for one in (site, neighbour):
            one.deploy(first, variables={"USERS_WAIT": "3"})
        plan = site.plan("dies-in-production", max_parallel=2, variables={"SECONDS_TO_LIVE": "0.3"})

        with _staggered_users(neighbour), ExitStack() as stack, pytest.raises(DeploymentFailed) as failed:
            targets = [target for one in (site, neighbour) for target in stack.enter_context(one.opened())]
            step = stack.enter_context(Console(site.talk, environ={}).step("deploy"))
            roll_out(second, targets, plan, probe=site.prober(second.id, step), step=step)

        assert failed.value.exit_code == 5
        for one in (site, neighbour):
            _is_as_before(one, first)
            assert [entry.result for entry in one.status().journal] == ["deployed", "deployed", "failed"]
    finally:
        neighbour.clean()


@contextmanager
def _staggered_users(site: Site) -> Iterator[None]:
    """Some get to the new release while the answers of others are still under way on the old one."""
    with Load(site.port, clients=2):
        time.sleep(1.5)
        with Load(site.port, clients=2):
            time.sleep(0.5)
            yield


def test_a_release_that_hangs_is_given_up_in_time(site: Site) -> None:
    first = site.release()
    site.deploy(first)
    site.health = site.health.model_copy(update={"timeout": 3.0})

    with Load(site.port, clients=4) as load, pytest.raises(DeploymentFailed) as failed:
        site.deploy(mode="hangs")

    assert failed.value.exit_code == 5
    assert "GET /health" in failed.value.message
    assert load.failures == []
    _is_as_before(site, first)


def test_a_release_that_writes_where_it_may_not_is_told_how_it_may(site: Site) -> None:
    first = site.release()
    site.deploy(first)

    with pytest.raises(DeploymentFailed) as failed:
        site.deploy(mode="writes")

    assert failed.value.exit_code == 5
    assert "Read-only file system: '/app/cache'" in failed.value.message
    assert "deploy.container: {read_only: false}" in (failed.value.hint or "")
    _is_as_before(site, first)


@pytest.mark.parametrize("harm", [lambda proxy: proxy.kill(), lambda proxy: proxy.remove(force=True)])
def test_a_proxy_that_goes_under_way_is_mended_with_the_way_back(site: Site, harm: Callable[..., None]) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    site.health = site.health.model_copy(update={"timeout": 6.0})
    deployer = site.deployer(second, variables={"SECONDS_TO_LOAD": "600"})
    until(lambda: second.container in site.running())
    until(lambda: second.container in _configuration(site))

    harm(site.proxy)

    assert deployer.wait(60) == 5, deployer.stdout.read()
    _is_as_before(site, first)


def test_a_configuration_that_is_edited_under_way_is_written_anew(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    with Load(site.port, clients=4) as load:
        deployer = site.deployer(second, variables={"SECONDS_TO_LOAD": "3"})
        until(lambda: second.container in _configuration(site))
        site.proxy.exec_run(["sed", "-i", "s/timeout client .*/timeout client 61s/", CONFIGURATION], user="0")
        assert deployer.wait(60) == 0, deployer.stdout.read()

    assert load.failures == []
    assert "timeout client 61s" not in _configuration(site)
    assert site.running() == [second.container]
    assert site.serves() == second.id


def test_the_lock_of_a_dead_deployer_is_taken_over(site: Site) -> None:
    first, second = site.release(), site.release()
    run = "https://ci.example.com/runs/7"
    deployer = site.deployer(first, lease=1.5, run_url=run, variables={"SECONDS_TO_LOAD": "600"})
    until(lambda: first.container in site.running())
    kill(deployer)
    held = site.status().lock
    assert held is not None
    assert held.holder.run_url == run

    site.deploy(second)

    assert site.status().lock is None
    assert site.containers() == {second.container: "running"}


def _configuration(site: Site) -> str:
    return str(site.proxy.exec_run(["cat", CONFIGURATION]).output.decode())


def _is_as_before(site: Site, release: Release) -> None:
    """Promise 4: production is never worse off; and nobody is locked out."""
    (running,) = site.running()
    assert running.startswith(release.container)
    until(lambda: site.serves() == release.id)
    assert site.lock not in site.everything()
    assert site.status().proxy.damage is None
