"""The sections `deploy.resources` and `deploy.container`: what a container may use, and how it is confined."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from headgate.config.parts import Part
from headgate.config.quantities import Duration, Size

Folder = Annotated[str, Field(pattern=r"^/[^:]*$")]
Volume = Annotated[str, Field(pattern=r"^(/[^:]*|[A-Za-z0-9][A-Za-z0-9_.-]*):/[^:]+(:ro)?$")]
Capability = Annotated[str, Field(pattern=r"^[A-Z][A-Z_]*$")]


class Resources(Part):
    """What a container may use."""

    memory: Size | None = None
    """Memory limit, e.g. 2g."""
    cpus: Annotated[float, Field(gt=0)] | None = None
    """CPU limit in cores."""
    gpus: Literal["all"] | Annotated[int, Field(ge=1)] | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """`all`, how many, or a list of ids or UUIDs as `nvidia-smi -L` shows them."""
    shm_size: Size | None = None
    """Size of /dev/shm, which data loaders of several processes need; default: the engine's 64 MB."""
    pids: Annotated[int, Field(ge=1)] | None = 4096
    """Processes and threads at the same time, so that a leak of them stays inside; null: no limit."""


class HealthCommand(Part):
    """How the engine asks the container whether it is well, instead of the image's own HEALTHCHECK."""

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    """Program and arguments, run inside the container without a shell; it exits with 0 when all is well."""
    interval: Duration = "30s"  # type: ignore[assignment]
    """How often."""
    timeout: Duration = "5s"  # type: ignore[assignment]
    """How long it may take."""
    retries: Annotated[int, Field(ge=1)] = 3
    """Failures in a row after which the container counts as unhealthy."""
    start_period: Duration = "180s"  # type: ignore[assignment]
    """How long after its start failures do not count."""


class Container(Part):
    """How a container is confined, and what of the host it sees."""

    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?$")] | None = None
    """User, or user:group, by name or number; default: the image's own."""
    read_only: bool = True
    """The file system cannot be written to, but for `tmpfs` and `volumes`."""
    tmpfs: tuple[Folder, ...] = ("/tmp",)  # noqa: S108  (inside the container)
    """Folders in memory that can be written to although `read_only` is set; each starts empty."""
    volumes: tuple[Volume, ...] = ()
    """`name:/folder` for a volume of the engine, `/path:/folder` for a folder of the host; with `:ro` only to read."""
    capabilities: tuple[Capability, ...] = (
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "KILL",
        "NET_BIND_SERVICE",
        "SETGID",
        "SETUID",
    )
    """Linux capabilities; all others are dropped.

    The default suits images that start as root and step down; `[]` leaves none.
    """
    health: HealthCommand | None = None
    """Default: the HEALTHCHECK of the image, if it has one."""
