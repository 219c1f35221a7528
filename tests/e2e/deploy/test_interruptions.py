"""Deployers that die, and deployers that meet."""

import time

import pytest

from headgate.deploy.lock import Locked
from headgate.deploy.service import HOME, proxy_name
from headgate.hosts import Local
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


def test_a_broken_lock_is_in_the_journal_and_its_holder_touches_nothing_any_more(site: Site) -> None:
    first, second, third = site.release(), site.release(), site.release()
    site.deploy(first)
    hung = site.deployer(second, variables={"SECONDS_TO_LOAD": "600"}, run_url="https://ci.example.com/runs/7")
    until(lambda: second.container in site.running())

    site.deploy(third, break_lock="run 7 hangs")

    assert hung.wait(30) == 3
    assert "the lock was taken from this deployment" in hung.stdout.read()
    assert site.serves() == third.id
    assert site.containers() == {first.container: "exited", third.container: "running"}
    broken = site.status().journal[1]
    assert (broken.result, broken.serves, broken.actor) == ("lock broken", first.container, "octocat")
    assert broken.why is not None
    assert "https://ci.example.com/runs/7" in broken.why
    assert broken.why.endswith("run 7 hangs")
    assert [entry.result for entry in site.status().journal] == ["deployed", "lock broken", "deployed"]
    assert site.go_back().release == first.id


def test_what_a_later_version_left_is_read_past(site: Site) -> None:
    """Its labels on a container, its files in the journal, its lock: nothing crashes, and nothing of it is touched."""
    first, second = site.release(), site.release()
    site.deploy(first)
    labels = {"dev.headgate.role": "release", "dev.headgate.port": str(site.port), "dev.headgate.model": site.model}
    engine = site.docker
    stranger = engine.containers.create(site.image, name=f"{site.model}-later", labels={**labels, "later": "9"})
    lock = {"dev.headgate.role": "lock", "dev.headgate.port": str(site.port), "dev.headgate.lock.lease": "PT0S"}
    files = {
        "journal/00000002.json": b'{"schema": "headgate/journal/9", "what": ["else"]}',
        "journal/00000003.json": f'{{"schema": "headgate/journal/9", "model": "{site.model}", "result": "paused", '
        f'"serves": "{first.container}", "at": "2026-11-21T10:00:00Z"}}'.encode(),
        "journal/later.toml": b"version = 9",
    }
    Local().engine.write(proxy_name(site.port), HOME, files)
    holder = engine.containers.create(site.image, name=site.lock, labels=lock)

    held = site.status().lock
    assert held is not None
    assert held.expires_at > held.since
    holder.remove()
    deployment = site.deploy(second)

    assert deployment.hosts[0].previous == first.id
    assert site.serves() == second.id
    assert site.containers()[stranger.name] == "created"
    assert site.go_back().release == first.id


def _doings(site: Site) -> str:
    return site.talk.getvalue()
