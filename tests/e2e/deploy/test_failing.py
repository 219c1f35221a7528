"""What a person finds after a deployment that failed: an error that says why, and the host as it was."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

from headgate.deploy import open_targets
from headgate.errors import CouldNotCarryOut, DeploymentFailed, HeadgateError
from support.deployment import REGISTRY, Site, until
from support.load import Load


def test_a_release_that_never_becomes_healthy_changes_nothing(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)
    site.health = site.health.model_copy(update={"timeout": 3.0})

    with Load(site.port, clients=8) as load, pytest.raises(DeploymentFailed) as failed:
        site.deploy(second, mode="never-healthy")

    assert load.failures == []
    assert failed.value.exit_code == 5
    assert "GET /health" in failed.value.message
    assert f"local serves {first.id}" in failed.value.message
    assert site.containers() == {first.container: "running"}
    assert site.serves() == first.id
    assert site.status().journal[-1].result == "failed"


def test_a_release_that_dies_is_given_up_at_once_with_its_last_words(site: Site) -> None:
    first = site.release()
    site.deploy(first)
    began = time.monotonic()

    with pytest.raises(DeploymentFailed) as failed:
        site.deploy(mode="dies")

    assert time.monotonic() - began < 10
    assert "exited with code 1" in failed.value.message
    assert "| MemoryError: the model does not fit" in failed.value.message
    assert site.containers() == {first.container: "running"}
    assert site.serves() == first.id


@pytest.mark.parametrize("mode", ["dies", "wrong"])
def test_the_image_that_a_failed_release_pulled_is_removed_again(site: Site, pushed: str, mode: str) -> None:
    site.deploy()

    with pytest.raises(DeploymentFailed):
        site.deploy(site.release(pushed), mode=mode)

    with pytest.raises(ImageNotFound):
        site.docker.images.get(pushed)


def test_a_healthy_release_that_predicts_wrongly_gets_no_traffic(site: Site) -> None:
    first, second = site.release(), site.release()
    site.deploy(first)

    with Load(site.port, clients=8) as load, pytest.raises(DeploymentFailed) as failed:
        site.deploy(second, mode="wrong")

    assert "POST /predict" in failed.value.message
    assert list(load.answers) == [first.id]
    assert load.failures == []


def test_a_first_release_that_fails_leaves_a_proxy_that_says_so(site: Site) -> None:
    with pytest.raises(DeploymentFailed, match="local serves nothing"):
        site.deploy(mode="dies")

    assert site.serves() is None
    assert site.containers() == {}
    assert site.lock not in site.everything()


def test_recreate_brings_the_old_release_back_when_the_new_one_fails(site: Site) -> None:
    first = site.release()
    site.deploy(first)

    with pytest.raises(DeploymentFailed, match=f"local serves {first.id}"):
        site.deploy(mode="wrong", strategy="recreate")

    assert site.containers() == {first.container: "running"}
    assert site.serves() == first.id


def test_an_interrupt_puts_everything_back_and_unlocks(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.release()
    site.deploy(first)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(site, "prober", lambda *_: interrupted)

    with pytest.raises(KeyboardInterrupt):
        site.deploy()

    assert site.containers() == {first.container: "running"}
    assert site.lock not in site.everything()
    assert site.serves() == first.id


def test_a_port_taken_by_another_program_is_found_before_anything_is_touched(site: Site) -> None:
    with socket.create_server(("127.0.0.1", site.port)), pytest.raises(CouldNotCarryOut) as failed:
        site.deploy()

    assert failed.value.exit_code == 3
    assert f"port {site.port} is taken by" in failed.value.message
    assert f"(pid {os.getpid()})" in failed.value.message
    assert site.everything() == []


def test_a_port_taken_by_another_container_is_named(site: Site) -> None:
    foreign = site.docker.containers.run(
        site.image, name=f"{site.model}-foreign", ports={"8000/tcp": site.port}, detach=True
    )
    try:
        with pytest.raises(CouldNotCarryOut, match=f"the container {site.model}-foreign"):
            site.deploy()
    finally:
        foreign.remove(force=True)

    assert site.everything() == []


def test_another_model_without_a_domain_is_not_pushed_aside(site: Site) -> None:
    other = Site(site.image, model=f"{site.model}-b", port=site.port)
    first = site.release()
    site.deploy(first)

    with pytest.raises(CouldNotCarryOut, match=f"the model '{site.model}' serves all domains"):
        other.deploy()

    assert site.serves() == first.id
    other.docker.close()


def test_an_image_that_no_registry_has_is_exit_3(site: Site) -> None:
    first = site.release()
    site.deploy(first)

    with pytest.raises(CouldNotCarryOut) as failed:
        site.deploy(site.release(f"{REGISTRY}/{site.model}@sha256:{'0' * 64}"))

    assert failed.value.exit_code == 3
    assert failed.value.title == "the image cannot be pulled"
    assert site.containers() == {first.container: "running"}


def test_a_registry_that_is_down_is_exit_3(site: Site) -> None:
    with pytest.raises(CouldNotCarryOut) as failed:
        site.deploy(site.release(f"127.0.0.1:1/{site.model}@sha256:{'0' * 64}"))

    assert failed.value.exit_code == 3
    assert failed.value.hint == "Is the registry up, and can the host reach it?"
    assert site.everything() == []


def test_an_image_id_that_the_engine_does_not_have_says_to_push(site: Site) -> None:
    with pytest.raises(CouldNotCarryOut, match="was not pushed"):
        site.deploy(site.release(f"sha256:{'0' * 64}"))


@pytest.mark.parametrize("address", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1"])
def test_an_engine_that_is_not_running_says_how_to_start_it(site: Site, address: str) -> None:
    with (
        pytest.raises(HeadgateError) as failed,
        open_targets(["local"], site.service, environ={"DOCKER_HOST": address}),
    ):
        pass

    assert failed.value.exit_code == 3
    assert "no engine is running there" in failed.value.message
    assert "DOCKER_HOST" in (failed.value.hint or "")


@pytest.fixture
def crowded_engine(tmp_path: Path) -> Iterator[str]:
    """A second engine whose disk has hardly any room: a small tmpfs.

    It takes root, and a network of its own: two engines in one would take each other's bridge away.
    """
    if os.geteuid() != 0 or not Path("/usr/sbin/dockerd").exists():
        pytest.skip("a second engine takes root and dockerd")
    disk, socket_path = tmp_path / "disk", tmp_path / "docker.sock"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)], check=True)
    with (tmp_path / "dockerd.log").open("w") as log:
        engine = subprocess.Popen(
            [
                *("unshare", "--net", "/usr/sbin/dockerd", "-H", f"unix://{socket_path}", "--storage-driver=vfs"),
                *("--data-root", str(disk), "--exec-root", str(tmp_path / "exec"), "--pidfile", str(tmp_path / "pid")),
                *("--bridge=none", "--iptables=false"),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: _answers(f"unix://{socket_path}"), seconds=90)
        yield f"unix://{socket_path}"
    finally:
        engine.terminate()
        engine.wait(30)
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _answers(address: str) -> bool:
    try:
        docker.DockerClient(base_url=address).close()
        return True
    except docker.errors.DockerException:
        return False


def test_a_disk_without_room_is_found_before_anything_is_touched(
    site: Site, crowded_engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", crowded_engine)

    with pytest.raises(CouldNotCarryOut) as failed:
        site.deploy()

    assert failed.value.exit_code == 3
    assert "MB are free in" in failed.value.message
    assert "docker system prune" in (failed.value.hint or "")
