"""Two ports of one engine stand for two hosts: to a rollout they are two targets."""

from collections.abc import Iterator
from io import StringIO

import pytest

from headgate.console import Console
from headgate.deploy import open_targets, roll_out
from headgate.errors import CouldNotCarryOut, DeploymentFailed, RollbackFailed
from support.deployment import Site


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
