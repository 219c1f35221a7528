"""A model server to deploy to several of the lab's hosts over SSH, as one service; everything is removed at the end."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import docker

from headgate.deploy import Target, open_targets
from headgate.deploy.service import NETWORK, lock_name, proxy_name, volume_name
from headgate.hosts import Access
from support.deployment import SERVER, Site
from support.hosts import KNOWN_HOSTS, REGISTRY, REGISTRY_USER, Host, identity, registry_password
from support.load import Load, release_at

PORT = 8200


@dataclass(frozen=True)
class Standing:
    """What a host has of the service, beside the volume and the network that belong there."""

    serves: str | None
    running: list[str]
    stopped: list[str]
    images: int
    others: list[str]


class Fleet(Site):
    """One service on the lab's hosts of these numbers."""

    def __init__(self, image: str, model: str, numbers: Sequence[int], port: int = PORT) -> None:
        super().__init__(image, model, port)
        self.hosts = [Host(number) for number in numbers]

    @property
    def addresses(self) -> list[str]:
        """As `deploy.hosts` has them."""
        return [host.address for host in self.hosts]

    @property
    def logins(self) -> list[int]:
        """How often each host has let somebody in so far."""
        return [len(host.logins) for host in self.hosts]

    def opened(self) -> AbstractContextManager[list[Target]]:
        """Over SSH, with the credentials of the registry."""
        environ = {
            **identity(),
            "HEADGATE_REGISTRY_USERNAME": REGISTRY_USER,
            "HEADGATE_REGISTRY_PASSWORD": registry_password(),
        }
        access = Access(KNOWN_HOSTS, repository=f"{REGISTRY}/{self.model}")
        return open_targets(self.addresses, self.service, environ, access)

    @property
    def here(self) -> dict[str, Any]:
        """Which service that is, for another process."""
        numbers = [host.number for host in self.hosts]
        return {"fleet": {"image": self.image, "model": self.model, "numbers": numbers, "port": self.port}}

    @contextmanager
    def load(self, clients: int, **how: Any):  # type: ignore[no-untyped-def]
        """So many clients on each host; gives one `Load` for each."""
        loads = [Load(self.port, clients, host=host.ip, **how) for host in self.hosts]
        with ExitStack() as stack:
            yield [stack.enter_context(load) for load in loads]

    def serves_on(self, host: Host) -> str | None:
        """The release that answers a prediction there; None when none does."""
        return release_at(self.port, host.ip)

    def standing(self, host: Host) -> Standing:
        """All there is of the service on a host, found by label and by name; `others` is what should not be there."""
        client = host.engine()
        try:
            every = {one.name: one for one in client.containers.list(all=True, ignore_removed=True)}
            releases = {name: one.status for name, one in every.items() if name.startswith(f"{self.model}-")}
            volumes = {one.name for one in client.volumes.list()} - {volume_name(self.port)}
            networks = [one.name for one in client.networks.list() if one.name not in ("bridge", "host", "none")]
            images = [one for one in client.api.images() if self.model in f"{one['RepoTags']} {one['RepoDigests']}"]
        finally:
            client.close()
        with suppress(ValueError):  # one of that name belongs there
            networks.remove(NETWORK)
        return Standing(
            serves=self.serves_on(host),
            running=sorted(name for name, state in releases.items() if state == "running"),
            stopped=sorted(name for name, state in releases.items() if state != "running"),
            images=len(images),
            others=sorted({*every} - {*releases} - {proxy_name(self.port)}) + sorted(volumes) + networks,
        )

    def locked_on(self, host: Host) -> bool:
        """Whether somebody holds the lock there."""
        client = host.engine()
        try:
            return bool(client.containers.list(all=True, filters={"name": lock_name(self.port)}))
        finally:
            client.close()

    def clean(self) -> None:
        """Remove all that was made behind the port, on every host and here."""
        for host in self.hosts:
            host.forget(self.model, self.port)
        super().clean()


def push(engine: docker.DockerClient, path: str, version: str) -> str:
    """An image of the model server in the lab's registry with a password: `repository@sha256:…`."""
    repository = f"{REGISTRY}/{path}"
    unlike_others = {"VERSION": f"{path}-{version}"}  # two tests with one image would remove it from under each other
    image, _ = engine.images.build(path=str(SERVER), tag=f"{repository}:{version}", rm=True, buildargs=unlike_others)
    login = {"username": REGISTRY_USER, "password": registry_password()}
    engine.images.push(repository, tag=version, auth_config=login)
    image.reload()
    return next(one for one in image.attrs["RepoDigests"] if one.startswith(repository))
