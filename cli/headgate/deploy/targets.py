"""The configured hosts, as targets of a rollout."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from headgate.deploy.engine_target import EngineTarget
from headgate.deploy.service import Service
from headgate.deploy.target import HostStatus, Target
from headgate.hosts import ONLY_LOCAL, Access, Connection, connected


@contextmanager
def open_targets(
    hosts: Sequence[str],
    service: Service,
    environ: Mapping[str, str] = os.environ,
    access: Access = ONLY_LOCAL,
) -> Iterator[list[Target]]:
    """Connections to all `hosts`, as `deploy.hosts` names them, while the block runs.

    Raises:
        EngineUnreachable: the hosts that do not answer.
        UsageError: an address, a key or the pinned keys are wrong.
    """
    with connected(hosts, access, environ) as connections:
        yield targets_on(connections, service)


def targets_on(connections: Sequence[Connection], service: Service) -> list[Target]:
    """The same over connections that are open already."""
    return [EngineTarget(connection, service) for connection in connections]


def status(targets: Sequence[Target]) -> list[HostStatus]:
    """What every host says of the service; changes nothing."""
    return [target.status() for target in targets]
