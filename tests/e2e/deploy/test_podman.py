"""Rollouts to Podman, over its Docker-compatible API."""

from collections.abc import Iterator

import pytest

from headgate.deploy import proxy as proxies
from headgate.errors import DeploymentFailed
from support.deployment import Site
from support.load import Load
from support.podman import podman, why_no_podman


@pytest.fixture
def site(server_image: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    if reason := why_no_podman():
        pytest.skip(f"no Podman: {reason}")
    with podman("headgate-test/model-server:local", proxies.IMAGE) as url:
        monkeypatch.setenv("DOCKER_HOST", url)
        monkeypatch.setattr(proxies, "IMAGE", f"localhost/{proxies.IMAGE}")
        yield Site("localhost/headgate-test/model-server:local")


def test_releases_come_and_go_back_without_a_dropped_request(site: Site) -> None:
    first, second, bad = site.release(), site.release(), site.release()
    site.deploy(first)
    with Load(site.port, clients=4) as load:
        site.deploy(second)
        with pytest.raises(DeploymentFailed, match="before it was in production"):
            site.deploy(bad, mode="dies")
        assert site.serves() == second.id
        assert site.go_back().release == first.id

    assert load.failures == []
    assert site.serves() == first.id
    assert site.containers() == {first.container: "running", second.container: "exited"}
    assert site.lock not in site.everything()
    assert [entry.result for entry in site.status().journal] == ["deployed", "deployed", "failed", "rolled back"]
