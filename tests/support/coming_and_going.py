"""What every kind of engine must be good for: releases that come, one that fails, and the way back, under load."""

import pytest

from headgate.errors import DeploymentFailed
from support.deployment import Site
from support.load import Load


def releases_come_and_go_back_without_a_dropped_request(site: Site) -> None:
    """One after the other, while clients ask; nothing is left that does not belong there."""
    first, second, bad = site.release(), site.release(), site.release()
    site.deploy(first)
    with Load(site.port, clients=4, host=site.ip) as load:
        site.deploy(second)
        with pytest.raises(DeploymentFailed, match="before it was in production"):
            site.deploy(bad, mode="dies")
        assert site.serves() == second.id
        assert site.go_back().release == first.id

    assert load.failures == []
    assert list(load.answers) == [first.id, second.id]
    assert site.serves() == first.id
    assert site.containers() == {first.container: "running", second.container: "exited"}
    assert site.lock not in site.everything()
    said = site.status()
    assert said.serving is not None and said.serving.release == first.id
    assert [entry.result for entry in said.journal] == ["deployed", "deployed", "failed", "rolled back"]
