"""A host that headgate can reach: its engine, and the ports on it. Each transport implements `Connection`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from headgate.hosts.credentials import Credentials
from headgate.hosts.engine import Engine
from headgate.hosts.listeners import listener

if TYPE_CHECKING:
    from docker import DockerClient

_TIMEOUT = 60  # seconds for one answer of the engine


class Connection(Protocol):
    """A way to one host."""

    host: str
    """What the configuration calls it."""
    engine: Engine

    def url(self, port: int) -> str:
        """Where people find what listens on `port` of the host, e.g. http://203.0.113.10:8080."""

    def reach(self, port: int) -> str:
        """Where this machine, now and through this connection, reaches the same: http://127.0.0.1:41234."""

    def listener(self, port: int) -> str | None:
        """Who listens on `port` of the host; None when nobody does, or the transport cannot tell."""

    def free_space(self, folder: str) -> int | None:
        """Bytes free on the host below `folder`; None when the transport cannot tell."""

    def close(self) -> None:
        """End the connection."""


class Local:
    """This machine's engine: DOCKER_HOST, else the docker client's current context, else the default socket."""

    def __init__(self, environ: Mapping[str, str] = os.environ, credentials: Credentials | None = None) -> None:
        self.host = "local"
        self._environ = environ
        self.engine = Engine.open(self.host, self._client, credentials)

    def url(self, port: int) -> str:
        """On this machine, or on the one that a DOCKER_HOST of tcp:// names."""
        return f"http://{self._elsewhere or '127.0.0.1'}:{port}"

    def reach(self, port: int) -> str:
        """The same."""
        return self.url(port)

    def listener(self, port: int) -> str | None:
        """Who listens on the port."""
        return None if self._elsewhere else listener(port)

    def free_space(self, folder: str) -> int | None:
        """Bytes free below `folder`; an engine in a virtual machine keeps its folder there, out of sight."""
        visible = Path(folder).exists() and not self._elsewhere
        return shutil.disk_usage(folder).free if visible else None

    def close(self) -> None:
        """End the connection."""
        self.engine.close()

    @property
    def _elsewhere(self) -> str | None:
        address = urlsplit(self._environ.get("DOCKER_HOST", ""))
        return address.hostname if address.scheme == "tcp" else None

    def _client(self) -> DockerClient:
        import docker

        if self._environ.get("DOCKER_HOST"):
            return docker.from_env(timeout=_TIMEOUT, environment=dict(self._environ))
        from docker.context import ContextAPI

        context = ContextAPI.get_current_context()
        return docker.DockerClient(base_url=context.Host, tls=context.TLSConfig or False, timeout=_TIMEOUT)
