"""Images from a registry that wants a password, pulled by a host that does not know it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from headgate.errors import UsageError
from headgate.hosts import Access, Connection, connected
from headgate.hosts.trouble import DiskFull, EngineUnreachable, RegistryRefused
from support.bad_registry import bad_registry
from support.hosts import KNOWN_HOSTS, OWN_REGISTRIES, REGISTRY, REGISTRY_USER, Host, identity, registry_password

from .conftest import Pushed


@pytest.fixture
def host(host: Host) -> Iterator[Host]:
    """Without the images that a test pulled."""
    before = {one.id for one in images(host)}
    yield host
    client = host.engine()
    for one in images(host):
        if one.id not in before:
            client.images.remove(one.id, force=True)
    client.close()


def images(host: Host) -> list[docker.models.images.Image]:
    client = host.engine()
    try:
        return list(client.images.list())
    finally:
        client.close()


@pytest.fixture(autouse=True)
def docker_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The docker client's settings of the deployer: no login, until a test adds one."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "docker").mkdir()
    return tmp_path / "docker/config.json"


def deployer(host: Host, repository: str = REGISTRY + "/any", **environ: str):
    """A connection as a deployment has it; its images are in `repository`."""
    return connected([host.address], Access(KNOWN_HOSTS, repository=repository), {**identity(), **environ})


def by_environment(password: str | None = None) -> dict[str, str]:
    return {
        "HEADGATE_REGISTRY_USERNAME": REGISTRY_USER,
        "HEADGATE_REGISTRY_PASSWORD": password or registry_password(),
    }


def nobody_looks(_done: float, _total: float) -> None:
    """At the progress."""


def pull(connection: Connection, reference: str) -> str | None:
    """The id of the image that was pulled, after the registry was asked for it as preflight does."""
    assert connection.engine.images.offered(reference) == ["linux/amd64"]
    connection.engine.images.pull(reference, nobody_looks)
    found = connection.engine.images.find(reference)
    return found.id if found else None


def test_with_the_environments_credentials(host: Host, pushed: Pushed) -> None:
    with deployer(host, **by_environment()) as [connection]:
        assert pull(connection, pushed.on())


def test_with_those_of_docker_login(host: Host, pushed: Pushed, docker_config: Path) -> None:
    subprocess.run(
        ["docker", "login", "--username", REGISTRY_USER, "--password-stdin", REGISTRY],
        input=registry_password(),
        text=True,
        capture_output=True,
        check=True,
    )
    with deployer(host) as [connection]:
        assert pull(connection, pushed.on())


def test_with_those_of_a_credential_helper(
    host: Host, pushed: Pushed, docker_config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-lab"
    secret = {"Username": REGISTRY_USER, "Secret": registry_password(), "ServerURL": REGISTRY}
    helper.write_text(f"#!/bin/sh\ncat <<'JSON'\n{json.dumps(secret)}\nJSON\n")
    helper.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    docker_config.write_text(json.dumps({"credHelpers": {REGISTRY: "lab"}}))
    with deployer(host) as [connection]:
        assert pull(connection, pushed.on())


def test_nothing_of_it_reaches_the_host(host: Host, pushed: Pushed) -> None:
    with deployer(host, **by_environment()) as [connection]:
        pull(connection, pushed.on())
    found = host.within(
        "grep", "-rlF", registry_password(), "/mnt/home", "/mnt/run", "/mnt/log", "/mnt/etc", check=False
    )
    assert found == ""
    with deployer(host) as [connection], pytest.raises(RegistryRefused):
        connection.engine.images.offered(pushed.on())


def test_another_registry_never_sees_them(host: Host, pushed: Pushed) -> None:
    """It would otherwise be asked with the password of this one."""
    with (
        bad_registry() as other,
        deployer(host, **by_environment()) as [connection],
        pytest.raises(RegistryRefused),
    ):
        pull(connection, pushed.on(other.name))
    assert other.credentials == set()


def test_without_any_the_error_says_where_they_belong(host: Host, pushed: Pushed) -> None:
    with deployer(host) as [connection], pytest.raises(RegistryRefused) as refused:
        connection.engine.images.pull(pushed.on(), nobody_looks)
    assert "HEADGATE_REGISTRY_USERNAME" in str(refused.value.hint)
    assert "docker login" in str(refused.value.hint)


def test_a_wrong_password(host: Host, pushed: Pushed) -> None:
    with deployer(host, **by_environment("wrong-password")) as [connection]:
        for ask in (
            connection.engine.images.offered,
            lambda image: connection.engine.images.pull(image, nobody_looks),
        ):
            with pytest.raises(RegistryRefused) as refused:
                ask(pushed.on())
            assert "wrong-password" not in f"{refused.value.message} {refused.value.hint}"
            assert "HEADGATE_REGISTRY_USERNAME" in str(refused.value.hint)


def test_half_of_the_credentials(host: Host) -> None:
    with (
        pytest.raises(UsageError, match="HEADGATE_REGISTRY_PASSWORD is not"),
        deployer(host, HEADGATE_REGISTRY_USERNAME="lab"),
    ):
        pass


def test_an_image_that_is_not_there(host: Host, pushed: Pushed) -> None:
    missing = Pushed(pushed.path, "sha256:" + "0" * 64)
    with deployer(host, **by_environment()) as [connection], pytest.raises(RegistryRefused, match="manifest"):
        connection.engine.images.pull(missing.on(), nobody_looks)


def test_a_registry_that_is_down(host: Host, pushed: Pushed) -> None:
    name = f"{OWN_REGISTRIES}:9"
    with deployer(host, name + "/any", **by_environment()) as [connection], pytest.raises(RegistryRefused) as refused:
        connection.engine.images.pull(pushed.on(name), nobody_looks)
    assert "refused" in refused.value.message
    assert "Is the registry up" in str(refused.value.hint)


def test_a_registry_that_fails(host: Host, pushed: Pushed) -> None:
    with (
        bad_registry("failing") as registry,
        deployer(host, registry.name + "/any", **by_environment()) as [connection],
        pytest.raises(RegistryRefused) as refused,
    ):
        connection.engine.images.pull(pushed.on(registry.name), nobody_looks)
    assert "500" in refused.value.message


def test_a_registry_that_becomes_slow_is_waited_for(host: Host, pushed: Pushed) -> None:
    done: list[float] = []
    with (
        bad_registry("slow") as registry,
        deployer(host, registry.name + "/any", **by_environment()) as [connection],
    ):

        def progress(so_far: float, total: float) -> None:
            done.append(so_far)
            registry.mode = "well"

        connection.engine.images.pull(pushed.on(registry.name), progress)
        assert connection.engine.images.find(pushed.on(registry.name))
    assert done


def test_a_registry_that_says_nothing(host: Host, pushed: Pushed) -> None:
    with (
        bad_registry("stuck") as registry,
        deployer(host, registry.name + "/any", **by_environment()) as [connection],
        pytest.raises(RegistryRefused) as refused,
    ):
        connection.engine.images.pull(pushed.on(registry.name), nobody_looks)
    assert "Is the registry up and well" in str(refused.value.hint)


def test_a_registry_that_stops_in_the_middle(host: Host, pushed: Pushed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headgate.hosts.sdk.STALLS", 5)  # else minutes
    with (
        bad_registry("halting") as registry,
        deployer(host, registry.name + "/any", **by_environment()) as [connection],
        pytest.raises(EngineUnreachable, match="no sign of life") as raised,
    ):
        connection.engine.images.pull(pushed.on(registry.name), nobody_looks)
    assert "the registry that it pulls from" in str(raised.value.hint)


def test_a_credential_helper_that_is_missing(host: Host, pushed: Pushed, docker_config: Path) -> None:
    docker_config.write_text(json.dumps({"credHelpers": {REGISTRY: "nowhere"}}))
    with deployer(host) as [connection], pytest.raises(EngineUnreachable, match="credential helper"):
        connection.engine.images.pull(pushed.on(), nobody_looks)


def test_a_disk_that_fills_up_during_the_pull(host: Host, pushed: Pushed) -> None:
    with (
        host.small_disk("600m"),
        host.full_disk(leave=2 * 1024**2),
        deployer(host, **by_environment()) as [connection],
        pytest.raises(DiskFull, match="no space is left"),
    ):
        pull(connection, pushed.on())
