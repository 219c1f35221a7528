"""The section `deploy`: where and how a release is rolled out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from headgate.config.address import SCHEME, SshAddress
from headgate.config.canary import Canary
from headgate.config.container import Container, Resources
from headgate.config.expansion import Expandable
from headgate.config.parts import ALL_DEFAULTS, Part, Port
from headgate.config.proxy import Proxy, Tls
from headgate.config.quantities import Duration


def _reachable(host: str) -> str:
    """`local`, or an address; what it says is checked before anything connects."""
    if host != "local":
        _address(host)
    return host


def _address(text: str) -> str:
    SshAddress.parse(text)
    return text


class Deploy(Part):
    """Where and how a release is rolled out."""

    hosts: Annotated[tuple[Annotated[Expandable, AfterValidator(_reachable)], ...], Field(min_length=1)] = ("local",)
    """`local` for this machine's engine, or `ssh://user@host[:port][/path/to/engine.sock]`."""
    known_hosts: Expandable | None = None
    """The file with the keys of the `ssh://` hosts, as OpenSSH writes it: a host that shows another is refused."""
    jump: Annotated[Expandable, AfterValidator(_address)] | None = None
    """The host through which the `ssh://` hosts are reached: `ssh://user@bastion[:port]`."""
    strategy: Literal["start-first", "canary", "recreate"] = "start-first"
    """How traffic moves.

    `start-first`: the new release starts beside the old one, and gets all traffic at once; `canary`: it gets more and
    more of it, compared with the old one at each step; `recreate`: the old one stops first, to fit in memory.
    """
    canary: Canary = ALL_DEFAULTS
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
    resources: Resources = ALL_DEFAULTS
    container: Container = ALL_DEFAULTS
    proxy: Proxy = ALL_DEFAULTS
    tls: Tls | None = None
    """HTTPS; default: plain HTTP."""

    @model_validator(mode="after")
    def _pins_its_hosts(self) -> Deploy:
        if any(host.startswith(SCHEME) for host in self.hosts) and self.known_hosts is None:
            raise ValueError(
                "names hosts to reach over SSH and no `known_hosts`, the file with their keys: without it "
                "nobody could tell them from an impostor; docs/deploy-ssh.md says how to make it"
            )
        return self
