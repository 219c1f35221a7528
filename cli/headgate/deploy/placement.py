"""A release in its container on one host: how the container is made, recognised and routed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count

from headgate.deploy.plan import Plan, Release
from headgate.deploy.routing import Route
from headgate.deploy.service import (
    CONTAINER_PORT,
    DOMAIN,
    ENVIRONMENT,
    IMAGE,
    NETWORK,
    RELEASE,
    Service,
    address_of,
)
from headgate.hosts.containers import Container, ContainerSpec

# What images that start as root and then step down to a user of their own need; everything else is dropped.
_CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID")


@dataclass(frozen=True)
class Placement:
    """A release in its container on one host, whether it serves or not; the application listens on `port` inside."""

    release: str
    container: str
    port: int
    domain: str | None = None

    @classmethod
    def of(cls, container: Container) -> Placement:
        """From the labels that its container was given."""
        labels = container.labels
        return cls(labels[RELEASE], container.name, int(labels[CONTAINER_PORT]), labels.get(DOMAIN))

    def route(self, *, candidate: bool = False) -> Route:
        """The way to it."""
        return Route(self.release, self.container, address_of(self.container), self.port, self.domain, candidate)


def names_for(release: Release) -> Iterator[str]:
    """What its container may be called, the first choice first: the same release may run with other settings."""
    return chain([release.container], (f"{release.container}-{number}" for number in count(2)))


def container_spec(name: str, release: Release, plan: Plan, service: Service) -> ContainerSpec:
    """The container of a release."""
    labels = {
        **release.labels,
        **service.labels,
        RELEASE: release.id,
        IMAGE: release.image,
        ENVIRONMENT: plan.environment,
        CONTAINER_PORT: str(plan.container_port),
        **({DOMAIN: plan.domain} if plan.domain else {}),
    }
    return ContainerSpec(
        name=name,
        image=release.image,
        labels=labels,
        environment={**plan.variables, **release.variables},
        network=NETWORK,
        answers_to=address_of(name),
        memory=plan.resources.memory,
        cpus=plan.resources.cpus,
        capabilities=_CAPABILITIES,
    )
