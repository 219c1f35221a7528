"""Hosts whose engine is not Docker as root, reached over SSH at a socket of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from headgate.deploy import proxy as proxies
from headgate.deploy.preflight import NotReady
from headgate.hosts.trouble import PortReserved
from support.coming_and_going import releases_come_and_go_back_without_a_dropped_request
from support.deployment import kill, until
from support.fleet import Fleet
from support.foreign_image import image_for_arm
from support.hosts import Host
from support.lacking import cannot_run
from support.lent_engines import Lent, podman, rootless_docker, why_no_podman, why_no_rootless_docker

from .conftest import Pushed

PORT = 8300


class Guest(Fleet):
    """A service on an engine that a host has beside its own."""

    def __init__(self, host: Host, engine: Lent, pushed: Pushed, port: int = PORT) -> None:
        super().__init__(pushed.on(), pushed.path, [host.number], port)
        self.docker.close()
        self.docker = docker.DockerClient(base_url=engine.url)
        self.ip = host.ip
        self._socket = engine.socket

    @property
    def addresses(self) -> list[str]:
        return [host.address_of(socket=self._socket) for host in self.hosts]


@pytest.fixture(scope="module")
def without_root(hosts: list[Host]) -> Iterator[Lent]:
    """Docker of the user that logs in."""
    if reason := why_no_rootless_docker():
        cannot_run(f"no rootless Docker: {reason}")
    with rootless_docker(proxies.IMAGE, host=hosts[0]) as engine:
        yield engine


@pytest.fixture(scope="module")
def _podman(hosts: list[Host]) -> Iterator[Lent]:
    if reason := why_no_podman():
        cannot_run(f"no Podman: {reason}")
    with podman(proxies.IMAGE, host=hosts[0]) as engine:
        yield engine


@pytest.fixture
def podman_there(_podman: Lent, monkeypatch: pytest.MonkeyPatch) -> Lent:
    """Podman as root, whose socket is open to the group of the user that logs in."""
    monkeypatch.setattr(proxies, "IMAGE", f"localhost/{proxies.IMAGE}")
    return _podman


def test_rootless_docker_drops_no_request_while_releases_come_and_go_back(
    without_root: Lent, host: Host, pushed: Pushed
) -> None:
    site = Guest(host, without_root, pushed)
    assert any("rootless" in one for one in site.docker.info()["SecurityOptions"])
    try:
        releases_come_and_go_back_without_a_dropped_request(site)
    finally:
        site.clean()


def test_podman_drops_no_request_while_releases_come_and_go_back(
    podman_there: Lent, host: Host, pushed: Pushed
) -> None:
    site = Guest(host, podman_there, pushed)
    assert site.docker.version()["Components"][0]["Name"] == "Podman Engine"
    try:
        releases_come_and_go_back_without_a_dropped_request(site)
    finally:
        site.clean()


def test_podman_which_cannot_ask_registries_finds_an_image_for_another_processor_once_it_is_there(
    podman_there: Lent, host: Host, engine: docker.DockerClient, pushed: Pushed
) -> None:
    site = Guest(host, podman_there, pushed)
    try:
        with (
            image_for_arm(engine, pushed.path) as image,
            pytest.raises(NotReady, match="the host is linux/amd64; the image is for linux/arm64"),
        ):
            site.deploy(site.release(image))
        assert site.containers() == {}
    finally:
        site.clean()


def test_a_port_below_1024_is_refused_by_a_rootless_engine_until_its_host_allows_it(
    without_root: Lent, host: Host, pushed: Pushed
) -> None:
    site = Guest(host, without_root, pushed, port=80)
    try:
        with pytest.raises(PortReserved, match="may not listen on port 80") as refused:
            site.deploy()
        assert refused.value.exit_code == 3
        assert "deploy.port to 1024 or more" in str(refused.value.hint)
        assert "sysctl net.ipv4.ip_unprivileged_port_start=80 " in str(refused.value.hint)
        assert site.everything() == []

        with host.sysctl("net.ipv4.ip_unprivileged_port_start", "80"):
            release = site.release()
            site.deploy(release)
            assert site.serves() == release.id
    finally:
        site.clean()


@pytest.mark.parametrize("lends", ["podman", "rootless_docker"])
def test_nothing_of_an_engine_outlives_a_test_that_is_killed(lends: str, hosts: list[Host]) -> None:
    """The tests' own promise to the hosts, which others use after them."""
    if reason := {"podman": why_no_podman, "rootless_docker": why_no_rootless_docker}[lends]():
        cannot_run(reason)
    host = hosts[1]  # the others are on the first
    before = left_on(host)
    lending = f"""
import time
from support.hosts import Host
from support.lent_engines import {lends}
with {lends}(host=Host({host.number})) as engine:
    print("up", flush=True)
    time.sleep(60)
"""
    here = Path(__file__).parents[2]
    test = subprocess.Popen([sys.executable, "-c", lending], cwd=here, stdout=subprocess.PIPE, text=True)
    assert test.stdout and test.stdout.readline() == "up\n"
    assert left_on(host) != before
    kill(test)

    until(lambda: left_on(host) == before, seconds=60)


def left_on(host: Host) -> tuple[str, ...]:
    """Programs, mounts, and the folders in which engines keep what they have."""
    folders = host.within("sh", "-c", "ls -d /run/hg-* /run/user/* /mnt/rootless", check=False)
    programs = host.within("sh", "-c", "cat /proc/[0-9]*/comm", check=False).split()
    engines = [one for one in programs if one in ("podman", "rootlesskit", "dockerd", "containerd", "slirp4netns")]
    return (folders, *sorted(engines))
