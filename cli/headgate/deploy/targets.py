"""The configured hosts, as targets of a rollout."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from headgate.deploy.engine_target import EngineTarget
from headgate.deploy.service import Service
from headgate.deploy.target import HostStatus, Target
from headgate.hosts import connect


@contextmanager
def open_targets(
    hosts: Sequence[str], service: Service, environ: Mapping[str, str] = os.environ
) -> Iterator[list[Target]]:
    """Connections to all `hosts`, as `deploy.hosts` names them, while the block runs.

    Raises:
        EngineUnreachable: the first host that does not answer.
        UsageError: a host that no transport knows.
    """
    with ExitStack() as connections:
        targets: list[Target] = []
        for host in dict.fromkeys(hosts):  # one named twice would wait for its own lock
            target = EngineTarget(connect(host, environ), service)
            connections.callback(target.close)
            targets.append(target)
        yield targets


def status(targets: Sequence[Target]) -> list[HostStatus]:
    """What every host says of the service; changes nothing."""
    return [target.status() for target in targets]
