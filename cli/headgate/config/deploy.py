"""The section `deploy`: where and how a release is rolled out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headgate.config.expansion import Expandable
from headgate.config.parts import Part, Port
from headgate.config.quantities import Duration, Size


class Resources(Part):
    """What a container may use."""

    memory: Size | None = None
    """Memory limit, e.g. 2g."""
    cpus: Annotated[float, Field(gt=0)] | None = None
    """CPU limit in cores."""


class Deploy(Part):
    """Where and how a release is rolled out."""

    hosts: Annotated[tuple[Expandable, ...], Field(min_length=1)] = ("local",)
    """`local` for this machine's engine."""
    strategy: Literal["start-first", "recreate"] = "start-first"
    """`start-first`: the new release starts beside the old; `recreate`: the old one stops first, to fit in memory."""
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
    """Limits of the container."""
