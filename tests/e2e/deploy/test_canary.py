"""More and more of the traffic, for as long as users are served no worse."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from headgate.config.canary import Canary
from headgate.console import Console
from headgate.deploy import Release, open_targets, roll_out
from headgate.errors import DeploymentFailed
from support.deployment import Site, kill, until
from support.load import Load


def steps(**changes: Any) -> Canary:
    quick = {
        "weights": [20, 50],
        "interval": "2s",
        "timeout": "20s",
        "max_error_rise": 0.1,
        "max_latency_rise": "200ms",
    }
    return Canary.model_validate({**quick, **changes})


def notes(site: Site) -> list[str]:
    return [entry.why or "" for entry in site.status().journal if entry.result == "canary"]


def test_a_release_that_is_no_worse_takes_over_step_by_step_and_drops_nothing(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)

    with Load(site.port, clients=8) as load:
        site.deploy(second, strategy="canary", canary=steps())

    assert load.failures == []
    assert site.serves() == second.id
    assert site.containers() == {first.container: "exited", second.container: "running"}
    assert [note.partition(":")[0] for note in notes(site)] == ["20%", "50%"]
    assert all("pass" in note and "errors 0.00% -> 0.00%" in note for note in notes(site))


def test_a_share_of_the_requests_is_what_the_step_says(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)

    with Load(site.port, clients=8) as load:
        site.deploy(second, strategy="canary", canary=steps(weights=[20], interval="6s"))

    (note,) = notes(site)
    new = int(note.split(" requests")[0].rpartition(" ")[2])
    during = load.order[load.order.index(second.id) : len(load.order) - load.order[::-1].index(first.id)]
    assert 0.1 < new / len(during) < 0.35


@pytest.mark.parametrize(
    ("users", "said"),
    [({"USERS_FAILED": "0.5"}, "errors 0.00% ->"), ({"USERS_WAIT": "0.4"}, "200.0 ms allowed")],
)
def test_a_release_that_serves_users_worse_goes_back_at_the_first_step(
    site: Site, users: Mapping[str, str], said: str
) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)

    with Load(site.port, clients=8) as load, pytest.raises(DeploymentFailed) as failed:
        site.deploy(second, strategy="canary", canary=steps(), variables=users)

    assert failed.value.exit_code == 5
    assert f"{second.id} at 20% of the traffic, beside {first.id}" in failed.value.message
    assert said in failed.value.message
    assert site.containers() == {first.container: "running"}
    assert site.serves() == first.id
    assert notes(site) == []
    assert all(failure.startswith("status 500") for failure in load.failures)


def test_without_enough_traffic_it_goes_back_unless_the_policy_says_otherwise(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)

    with pytest.raises(DeploymentFailed, match="decided nothing in 3 s"):
        site.deploy(second, strategy="canary", canary=steps(timeout="3s"))
    assert site.serves() == first.id

    site.deploy(second, strategy="canary", canary=steps(timeout="3s", inconclusive="warn"))
    assert site.serves() == second.id
    assert "decided nothing in 3 s" in site.talk.getvalue()


def test_a_release_that_dies_at_its_step_goes_back_and_costs_its_share_alone(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    deployer = site.deployer(second, strategy="canary", canary={"weights": [20], "interval": "30s", "timeout": "60s"})
    until(lambda: "rand(100) lt 20" in _configuration(site))

    site.docker.containers.get(second.container).kill()

    assert deployer.wait(30) == 5
    assert f"{second.container} exited with code 137" in deployer.stdout.read()
    assert site.serves() == first.id


def test_a_share_outlives_the_proxy_and_the_next_deployment_ends_it(site: Site) -> None:
    first, second, third = site.release(), site.release(), site.release()
    site.deploy(first)
    canary = {"weights": [50], "interval": "60s", "timeout": "60s"}
    deployer = site.deployer(second, strategy="canary", canary=canary, lease=2)
    until(lambda: len({site.serves() for _ in range(20)}) == 2)
    kill(deployer)

    site.proxy.restart(timeout=1)
    until(site.serves)
    assert {site.serves() for _ in range(40)} == {first.id, second.id}

    with Load(site.port, clients=8) as load:
        site.deploy(third, lease=2)
    assert load.failures == []
    assert site.running() == [third.container]


def test_a_first_release_has_nothing_to_be_compared_with(site: Site) -> None:
    release = site.release()

    site.deploy(release, strategy="canary", canary=steps())

    assert site.serves() == release.id


def test_going_back_is_no_canary(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    site.deploy(second)

    went = site.go_back(strategy="canary", canary=steps(interval="10m", timeout="20m"))

    assert went.release == first.id
    assert site.serves() == first.id
    assert notes(site) == []


def test_each_host_decides_by_its_own_traffic_and_one_that_cannot_takes_all_back(site: Site) -> None:
    neighbour = Site(site.image, model=site.model)
    first, second, third = (site.release() for _ in range(3))
    try:
        for one in (site, neighbour):
            one.deploy(first)

        with Load(site.port, clients=6) as here, Load(neighbour.port, clients=6) as there:
            _roll_out(second, site, neighbour)
        assert (here.failures, there.failures) == ([], [])
        assert [one.serves() for one in (site, neighbour)] == [second.id, second.id]
        assert [len(notes(one)) for one in (site, neighbour)] == [2, 2]

        with Load(site.port, clients=6) as here, pytest.raises(DeploymentFailed, match="decided nothing in 20 s"):
            _roll_out(third, site, neighbour)
        assert here.failures == []
        assert [one.serves() for one in (site, neighbour)] == [second.id, second.id]
    finally:
        neighbour.clean()


def _roll_out(release: Release, *sites: Site) -> None:
    plan = sites[0].plan(strategy="canary", canary=steps(), max_parallel=2)
    with ExitStack() as stack:
        targets = [target for one in sites for target in stack.enter_context(open_targets(["local"], one.service))]
        step = stack.enter_context(Console(sites[0].talk, environ={}, verbosity=1).step("deploy"))
        roll_out(release, targets, plan, probe=sites[0].prober(None, step), step=step)


def _configuration(site: Site) -> str:
    return str(site.proxy.exec_run(["cat", "/var/lib/headgate/haproxy.cfg"]).output.decode())
