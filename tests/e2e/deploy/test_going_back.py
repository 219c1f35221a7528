import pytest

from headgate.deploy.rollback import NothingToGoBackTo
from headgate.errors import DeploymentFailed
from support.deployment import Site
from support.load import Load


def test_going_back_starts_the_kept_container_and_drops_no_request(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    site.deploy(second)

    with Load(site.port, clients=8) as load:
        deployment = site.go_back()

    assert load.failures == []
    assert deployment.release == first.id
    assert deployment.hosts[0].container == first.container
    assert site.containers() == {first.container: "running", second.container: "exited"}
    last = site.status().journal[-1]
    assert (last.result, last.release, last.previous) == ("rolled back", first.id, second.id)


def test_going_back_twice_goes_back_two_releases(site: Site) -> None:
    releases = [site.release() for _ in range(3)]
    for release in releases:
        site.deploy(release)

    site.go_back()
    site.go_back()

    assert site.serves() == releases[0].id


def test_going_back_to_a_release_by_name(site: Site) -> None:
    releases = [site.release() for _ in range(3)]
    for release in releases:
        site.deploy(release)

    site.go_back(to=releases[0].id)

    assert site.serves() == releases[0].id


def test_a_release_whose_container_and_image_are_gone_is_pulled_again_by_digest(site: Site, pushed: str) -> None:
    first, second = site.release(pushed), site.release()
    site.deploy(first)
    site.deploy(second)
    site.docker.containers.get(first.container).remove()
    site.docker.images.remove(site.docker.images.get(pushed).id, force=True)

    deployment = site.go_back(variables={"LOG_LEVEL": "info"})

    assert deployment.hosts[0].image == pushed
    assert site.serves() == first.id


def test_the_first_release_has_nothing_before_it(site: Site) -> None:
    first = site.release()
    site.deploy(first)

    with pytest.raises(NothingToGoBackTo) as failed:
        site.go_back()

    assert failed.value.exit_code == 3
    assert f"it has {first.id}" in failed.value.message


def test_a_release_that_nobody_knows_is_refused_with_those_that_are_known(site: Site) -> None:
    first = site.release()
    site.deploy(first)

    with pytest.raises(NothingToGoBackTo, match=f"no release 20200101000000-0000000; it has {first.id}"):
        site.go_back(to="20200101000000-0000000")


def test_a_kept_release_that_is_not_fit_any_more_leaves_the_current_one(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    site.deploy(second)
    site.health = site.health.model_validate(
        {"timeout": "2s", "checks": [{"path": "/predict", "method": "POST", "json": {}, "expect": {"status": 418}}]}
    )

    with pytest.raises(DeploymentFailed):
        site.go_back()

    assert site.serves() == second.id
    assert site.containers() == {first.container: "exited", second.container: "running"}


def test_a_finished_deployment_is_taken_back_to_what_served_before(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    deployment = site.deploy(second)

    with Load(site.port, clients=8) as load:
        site.take_back(deployment)

    assert load.failures == []
    assert site.serves() == first.id
    assert site.containers() == {first.container: "running", second.container: "exited"}
    assert site.status().journal[-1].result == "rolled back"


def test_a_first_deployment_is_taken_back_to_nothing(site: Site) -> None:
    deployment = site.deploy()

    site.take_back(deployment)

    assert site.serves() is None
    assert site.running() == []
    assert site.status().journaled is None


def test_what_somebody_else_has_deployed_since_is_not_taken_back(site: Site) -> None:
    deployment = site.deploy()
    later = site.release()
    site.deploy(later)

    site.take_back(deployment)

    assert site.serves() == later.id
