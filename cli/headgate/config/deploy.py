"""The section `deploy`: where and how a release is rolled out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headgate.config.canary import Canary
from headgate.config.container import Container, Resources
from headgate.config.expansion import Expandable
from headgate.config.parts import Part, Port
from headgate.config.proxy import Proxy, Tls
from headgate.config.quantities import Duration


class Deploy(Part):
    """Where and how a release is rolled out."""

    hosts: Annotated[tuple[Expandable, ...], Field(min_length=1)] = ("local",)
    """`local` for this machine's engine."""
    strategy: Literal["start-first", "canary", "recreate"] = "start-first"
    """How traffic moves.

    `start-first`: the new release starts beside the old one, and gets all traffic at once; `canary`: it gets more and
    more of it, compared with the old one at each step; `recreate`: the old one stops first, to fit in memory.
    """
    canary: Canary = Canary()
    max_parallel: Annotated[int, Field(ge=1)] = 1
    """How many hosts move at the same time."""
    port: Port = 80
    """The port the proxy listens on."""
    domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")] | None = None
    """Serve this domain alone, so that several services share a port."""
    container_port: Port = 8000
    """The port the application listens on inside its container."""
    env: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str | int | float | bool] = {}
    """Environment variables for the container."""
    secrets: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = ()
    """Names of environment variables whose values are handed on to the container, and never written down."""
    drain: Duration = "30s"  # type: ignore[assignment]
    """How long requests in flight may take to finish on the old release."""
    retain: Annotated[int, Field(ge=1)] = 3
    """How many stopped releases stay on a host for a quick rollback."""
    resources: Resources = Resources()
    container: Container = Container()
    proxy: Proxy = Proxy()
    tls: Tls | None = None
    """HTTPS; default: plain HTTP."""
