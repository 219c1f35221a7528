"""A release in its container on one host: how the container is made, recognised and routed to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count

from headgate.config.container import HealthCommand
from headgate.deploy.handling import PLAIN, Handling
from headgate.deploy.plan import Plan, Release
from headgate.deploy.routing import Route
from headgate.deploy.service import (
    CONTAINER_PORT,
    DOMAIN,
    ENVIRONMENT,
    HANDLING,
    IMAGE,
    NETWORK,
    RELEASE,
    Service,
    address_of,
)
from headgate.hosts.containers import Container, ContainerSpec, HealthProbe, Mount

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NUMBER = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True)
class Placement:
    """A release in its container on one host, whether it serves or not; the application listens on `port` inside.

    `handling` is what the proxy does with its requests.
    """

    release: str
    container: str
    port: int
    domain: str | None = None
    handling: Handling = PLAIN

    @classmethod
    def of(cls, container: Container) -> Placement:
        """From the labels that its container was given."""
        labels = container.labels
        handling = Handling.read(labels.get(HANDLING))
        return cls(labels[RELEASE], container.name, int(labels[CONTAINER_PORT]), labels.get(DOMAIN) or None, handling)

    def route(self, share: int = 100) -> Route:
        """The way to it, for a share of the requests, in percent; with 0 for those alone that ask for it by header."""
        address = address_of(self.container)
        return Route(self.release, self.container, address, self.port, self.domain, share, self.handling)


def understood(container: Container) -> bool:
    """Whether its labels say where it listens and what it is; those of a later version of headgate may not.

    A container has the labels of its image too, which anybody may have made: nothing that means more to the proxy than
    a name gets into its configuration.
    """
    labels = container.labels
    release, domain = labels.get(RELEASE, ""), labels.get(DOMAIN) or "none"
    return bool(
        _NAME.fullmatch(release) and _NAME.fullmatch(domain) and _NUMBER.fullmatch(labels.get(CONTAINER_PORT, ""))
    )


def names_for(release: Release) -> Iterator[str]:
    """What its container may be called, the first choice first: the same release may run with other settings."""
    return chain([release.container], (f"{release.container}-{number}" for number in count(2)))


def container_spec(name: str, release: Release, plan: Plan, service: Service) -> ContainerSpec:
    """The container of a release."""
    resources, confined = plan.resources, plan.container
    labels = {
        **release.labels,
        **service.labels,
        RELEASE: release.id,
        IMAGE: release.image,
        ENVIRONMENT: plan.environment,
        CONTAINER_PORT: str(plan.container_port),
        HANDLING: plan.handling.label,
        DOMAIN: plan.domain or "",  # said even where there is none: the image may have a label of that name
    }
    return ContainerSpec(
        name=name,
        image=release.image,
        labels=labels,
        environment={**plan.variables, **release.variables},
        network=NETWORK,
        answers_to=address_of(name),
        memory=resources.memory,
        cpus=resources.cpus,
        shm_size=resources.shm_size,
        pids=resources.pids,
        gpus=resources.gpus,
        user=confined.user,
        read_only=confined.read_only,
        tmpfs=confined.tmpfs if confined.read_only else (),
        volumes=tuple(map(mount, confined.volumes)),
        capabilities=confined.capabilities,
        health=_health(confined.health) if confined.health else None,
    )


def mount(volume: str) -> Mount:
    """A volume as the configuration writes it: `name:/folder`, `/path:/folder`, either with `:ro`."""
    source, folder, *mode = volume.split(":")
    return Mount(source, folder, read_only=mode == ["ro"])


def _health(command: HealthCommand) -> HealthProbe:
    return HealthProbe(command.command, command.interval, command.timeout, command.retries, command.start_period)
