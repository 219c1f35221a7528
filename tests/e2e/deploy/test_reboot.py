"""A host that goes down and comes up again: what served before serves again, with nobody's help."""

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from headgate.deploy import proxy as proxies
from support.deployment import Site, until
from support.load import release_at
from support.own_engine import OwnEngine


@pytest.fixture
def host(server_image: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnEngine]:
    if os.geteuid() != 0 or not Path("/usr/sbin/dockerd").exists():
        pytest.skip("an engine of one's own takes root and dockerd")
    engine = OwnEngine(tmp_path)
    engine.load("headgate-test/model-server:local", proxies.IMAGE)
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    yield engine
    engine.close()


@pytest.fixture
def site(host: OwnEngine, server_image: str) -> Site:
    return Site(server_image, port=8080)


def serves(host: OwnEngine, site: Site) -> str | None:
    return release_at(site.port, host.address, timeout=5)


def test_a_host_serves_again_after_each_reboot(host: OwnEngine, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = site.release(), site.release(), site.release()
    site.deploy(first)
    site.deploy(second)

    host.reboot()
    until(lambda: serves(host, site) == second.id, seconds=60)

    monkeypatch.setattr(proxies, "IMAGE", _another_proxy(host))
    site.deploy(third)  # by now two containers share the port's network, and either may come up first
    assert len([name for name in site.everything() if "proxy" in name]) == 2
    for _ in range(2):
        host.reboot()
        until(lambda: serves(host, site) == third.id, seconds=60)
    assert site.go_back().release == second.id
    assert {serves(host, site) for _ in range(20)} == {second.id}


def _another_proxy(host: OwnEngine) -> str:
    client = docker.DockerClient(base_url=host.url)
    made = client.containers.create(proxies.IMAGE)
    made.commit("proxy", "newer", changes="LABEL dev.headgate.test=newer")
    made.remove()
    client.close()
    return "proxy:newer"
