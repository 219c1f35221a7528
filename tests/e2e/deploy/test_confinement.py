"""What a release may use and see, as it looks from inside its container."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headgate.config.container import Container, Resources
from headgate.errors import CouldNotCarryOut
from support.deployment import Site


def inside(site: Site, *argv: str) -> str:
    (name,) = site.running()
    result = site.docker.containers.get(name).exec_run(list(argv))
    return f"{result.output.decode().strip()} [{result.exit_code}]"


def resources(**values: object) -> Resources:
    return Resources.model_validate(values)


def container(**values: object) -> Container:
    return Container.model_validate(values)


def test_limits_hold_inside(site: Site) -> None:
    site.deploy(resources=resources(memory="256m", cpus=0.5, shm_size="96m", pids=77))

    (name,) = site.running()
    host = site.docker.containers.get(name).attrs["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (256 * 1024**2, 500_000_000, 77)
    assert inside(site, "df", "--output=size", "--block-size=1M", "/dev/shm").split() == ["1M-blocks", "96", "[0]"]  # noqa: S108
    assert _limit(site, "pids.max", "pids/pids.max") == "77"
    assert _limit(site, "memory.max", "memory/memory.limit_in_bytes") == str(256 * 1024**2)


def test_by_default_nothing_is_privileged_and_a_few_capabilities_are_left(site: Site) -> None:
    site.deploy()

    status = inside(site, "cat", "/proc/1/status")
    assert "NoNewPrivs:\t1" in status
    bits = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapBnd")), 16)
    assert [bit for bit in range(41) if bits >> bit & 1] == [0, 1, 3, 5, 6, 7, 10]


def test_a_user_without_capabilities_on_a_file_system_that_cannot_be_written(site: Site) -> None:
    site.deploy(container=container(user="1234:1235", read_only=True, capabilities=[]))

    assert inside(site, "id", "-u") == "1234 [0]"
    assert inside(site, "id", "-g") == "1235 [0]"
    assert "CapBnd:\t0000000000000000" in inside(site, "cat", "/proc/1/status")
    assert "Read-only file system" in inside(site, "touch", "/app/file")
    assert inside(site, "touch", "/tmp/file").strip() == "[0]"  # noqa: S108


@pytest.fixture
def volume(site: Site) -> Iterator[str]:
    name = f"{site.model}-cache"
    yield name
    site.clean()
    site.docker.volumes.get(name).remove()


def test_a_volume_outlives_the_release_and_a_folder_of_the_host_is_only_read(
    site: Site, volume: str, tmp_path: Path
) -> None:
    (tmp_path / "labels.txt").write_text("positive")
    volumes = container(volumes=[f"{volume}:/cache", f"{tmp_path}:/labels:ro"])
    site.deploy(container=volumes)
    inside(site, "sh", "-c", "echo warm >/cache/state")

    site.deploy(container=volumes)

    assert inside(site, "cat", "/cache/state") == "warm [0]"
    assert inside(site, "cat", "/labels/labels.txt") == "positive [0]"
    assert "Read-only file system" in inside(site, "touch", "/labels/other")


def test_a_health_command_of_the_configuration_is_what_status_shows(site: Site) -> None:
    health = {"command": ["test", "-e", "/app/server.py"], "interval": "1s", "start_period": "1s"}
    site.deploy(container=container(health=health))

    (name,) = site.running()
    config = site.docker.containers.get(name).attrs["Config"]["Healthcheck"]
    assert config["Test"] == ["CMD", "test", "-e", "/app/server.py"]
    assert config["Interval"] == 1_000_000_000
    serving = site.status().serving
    assert serving is not None
    assert serving.health in ("starting", "healthy")


@pytest.mark.parametrize("wanted", ["all", 1, ["GPU-0"]])
def test_a_gpu_that_the_host_does_not_have_is_said_clearly_and_the_old_release_stays(
    site: Site, wanted: object
) -> None:
    first = site.release()
    site.deploy(first)

    with pytest.raises(CouldNotCarryOut) as failed:
        site.deploy(resources=resources(gpus=wanted))

    assert failed.value.exit_code == 3
    assert "gpu" in failed.value.message
    assert "NVIDIA Container Toolkit" in (failed.value.hint or "")
    assert site.containers() == {first.container: "running"}
    assert site.serves() == first.id


def _limit(site: Site, unified: str, split: str) -> str:
    """From whichever hierarchy the machine has."""
    script = f"cat /sys/fs/cgroup/{unified} 2>/dev/null || cat /sys/fs/cgroup/{split}"
    return inside(site, "sh", "-c", script).split()[0]
