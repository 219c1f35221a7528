"""Deployers that die, and deployers that meet."""

import time

import pytest

from headgate.deploy.lock import Locked
from support.deployment import Site, kill, until
from support.load import Load


def test_a_second_deployer_waits_for_the_first(site: Site) -> None:
    first, second = site.release(), site.release()
    deployer = site.deployer(first, variables={"SECONDS_TO_LOAD": "4"})
    until(lambda: site.lock in site.everything())

    site.deploy(second)

    assert deployer.wait(30) == 0, deployer.communicate()
    assert f"waiting for octocat ({site.model} {first.id})" in _doings(site) or site.serves() == second.id
    assert [entry.release for entry in site.status().journal] == [first.id, second.id]


def test_a_deployer_that_waits_too_long_names_the_holder(site: Site) -> None:
    first = site.release()
    deployer = site.deployer(first, variables={"SECONDS_TO_LOAD": "8"}, run_url="https://ci.example.com/runs/7")
    until(lambda: site.lock in site.everything())

    with pytest.raises(Locked) as failed:
        site.deploy(lock_timeout=1)

    assert failed.value.exit_code == 3
    assert f"held by octocat ({site.model} {first.id}, https://ci.example.com/runs/7)" in failed.value.message
    assert deployer.wait(30) == 0, deployer.communicate()
    assert site.serves() == first.id


def test_status_names_who_deploys(site: Site) -> None:
    first = site.release()
    deployer = site.deployer(first, variables={"SECONDS_TO_LOAD": "3"})
    until(lambda: site.lock in site.everything())

    held = site.status().lock

    assert held is not None
    assert str(held.holder) == f"octocat ({site.model} {first.id})"
    assert deployer.wait(30) == 0, deployer.communicate()


def test_a_living_holder_keeps_the_lock_beyond_its_lease(site: Site) -> None:
    deployer = site.deployer(site.release(), variables={"SECONDS_TO_LOAD": "6"}, lease=1.5)
    until(lambda: site.lock in site.everything())

    with pytest.raises(Locked):
        site.deploy(lock_timeout=3, lease=1.5)

    assert deployer.wait(30) == 0, deployer.communicate()


@pytest.mark.parametrize("moment", [0.1, 0.5, 0.8, 1.1, 1.4, 1.8])
def test_after_a_killed_deployer_the_next_deployment_needs_no_hand(site: Site, moment: float) -> None:
    """Killed anywhere between its lock and its end: no request fails, one release serves, nothing is left."""
    first, killed, third = site.release(), site.release(), site.release()
    site.deploy(first)

    with Load(site.port, clients=8) as load:
        deployer = site.deployer(killed, lease=2, variables={"SECONDS_TO_LOAD": "0.3"})
        until(lambda: site.lock in site.everything())
        time.sleep(moment)
        kill(deployer)
        site.deploy(third, lease=2)

    assert load.failures == []
    assert site.serves() == third.id
    assert site.running() == [third.container]
    assert site.lock not in site.everything()


def test_a_first_deployment_that_was_killed_is_no_release(site: Site) -> None:
    killed, second = site.release(), site.release()
    deployer = site.deployer(killed, lease=2, variables={"SECONDS_TO_LOAD": "5"})
    until(lambda: killed.container in site.running())
    kill(deployer)

    deployment = site.deploy(second, lease=2)

    assert deployment.hosts[0].previous is None
    assert site.containers() == {second.container: "running"}


def _doings(site: Site) -> str:
    return site.talk.getvalue()
