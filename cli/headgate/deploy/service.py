"""A service on a host: one model behind one port; and the names and labels by which its parts are found again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from headgate.record.facts import LABEL

NETWORK = "headgate"
HOME = "/var/lib/headgate"
"""Where the proxy's containers have the port's volume: configuration, certificates, journal."""
ROLE = f"{LABEL}.role"
MODEL = f"{LABEL}.model"
PORT = f"{LABEL}.port"
DOMAIN = f"{LABEL}.domain"
RELEASE = f"{LABEL}.release"
IMAGE = f"{LABEL}.image"
CONTAINER_PORT = f"{LABEL}.container-port"
HANDLING = f"{LABEL}.proxy"
ENVIRONMENT = f"{LABEL}.environment"


@dataclass(frozen=True)
class Service:
    """One model on one port of a host. What a port needs beside it is shared by all models behind that port."""

    model: str
    port: int

    @property
    def labels(self) -> dict[str, str]:
        """What every container of this service carries, and no other."""
        return {**releases_on(self.port), MODEL: self.model}


def releases_on(port: int) -> dict[str, str]:
    """The labels of every release behind a port, of whatever model."""
    return {ROLE: "release", PORT: str(port)}


def proxy_name(port: int) -> str:
    """The container that publishes the port."""
    return f"headgate-proxy-{port}"


def volume_name(port: int) -> str:
    """The volume with the proxy's configuration and the journal."""
    return f"headgate-{port}"


def lock_name(port: int) -> str:
    """The container whose existence is the lock."""
    return f"headgate-lock-{port}"


def address_of(container: str) -> str:
    """The name by which the proxy finds a container: container names may be longer than DNS allows."""
    return f"hg-{hashlib.sha256(container.encode()).hexdigest()[:12]}"
