"""Connections to the hosts that the configuration names, all opened at the same time."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from headgate.config.address import SshAddress
from headgate.errors import UsageError
from headgate.hosts import sdk
from headgate.hosts.connection import Connection, Local
from headgate.hosts.credentials import Credentials
from headgate.hosts.identity import Identity
from headgate.hosts.line import Line, Way
from headgate.hosts.private_folder import clear_abandoned
from headgate.hosts.ssh import Ssh
from headgate.hosts.ssh_command import end_line
from headgate.hosts.trouble import EngineUnreachable
from headgate.hosts.unreachable import Unreachable
from headgate.process import run

LOCAL = "local"
_PORT_OF_NOBODY = 1  # who asks there is told at once, that nobody listens or that it may not ask


@dataclass(frozen=True)
class Access:
    """What the configuration says about reaching its hosts.

    Args:
        known_hosts: the file with the pinned keys of the `ssh://` hosts.
        jump: `ssh://user@bastion:port`, which the `ssh://` hosts are behind.
        repository: the one of the images, whose registry may ask for the environment's credentials.
    """

    known_hosts: Path | None = None
    jump: str | None = None
    repository: str | None = None


ONLY_LOCAL = Access()
"""Enough for this machine's engine."""


@contextmanager
def connected(
    hosts: Sequence[str], access: Access = ONLY_LOCAL, environ: Mapping[str, str] = os.environ
) -> Iterator[list[Connection]]:
    """Connections to all `hosts`, named as in `deploy.hosts`, while the block runs; one named twice counts once.

    Raises:
        EngineUnreachable: hosts that do not answer, all of them.
        UsageError: no host has such an address, or there is no key, or no known host.
    """
    sdk.load()
    credentials = Credentials.of(environ, access.repository)
    with ExitStack() as closing:
        addresses = {host: _address(host) for host in hosts if host != LOCAL}
        lines = _dial(addresses, access, environ, closing) if addresses else {}
        connections: list[Connection] = []
        failures: list[EngineUnreachable] = []
        for host in dict.fromkeys(hosts):
            try:
                connections.append(_open(lines.get(host), environ, credentials))
                closing.callback(connections[-1].close)
            except EngineUnreachable as failure:
                failures.append(failure)
        if failures:
            raise _together(failures)
        yield connections


def check_connection(
    address: str,
    *,
    known_hosts: Path | None = None,
    jump: str | None = None,
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Make sure that a deployment could use this host: the login, the engine behind it, and its ports.

    Raises:
        EngineUnreachable, UsageError: the kind of it, its message and its hint say what is to be done.
    """
    with connected([address], Access(known_hosts, jump), environ) as [connection]:
        connection.engine.info()
        here = urlsplit(connection.reach(_PORT_OF_NOBODY))
        with suppress(OSError), socket.create_connection((here.hostname or "", here.port or 0), 1) as asked:
            asked.recv(1)
        connection.reach(_PORT_OF_NOBODY)


def _address(text: str) -> SshAddress:
    try:
        return SshAddress.parse(text)
    except ValueError as wrong:
        raise UsageError(
            f"{wrong}.", hint="hosts: [local] is this machine's engine, [ssh://deploy@203.0.113.10] another one's."
        ) from wrong


def _dial(
    addresses: Mapping[str, SshAddress], access: Access, environ: Mapping[str, str], closing: ExitStack
) -> dict[str, Line]:
    """A line to each address, dialled and not waited for; `closing` closes them."""
    for left in clear_abandoned():
        _end_abandoned(left)
    way = _way(access, environ)
    lines = {host: Line(address, way) for host, address in addresses.items()}
    for line in lines.values():
        closing.callback(line.close)
        line.dial()
    return lines


def _end_abandoned(folder: Path) -> None:
    """Log out where a killed headgate could not, and its ssh did not end with it."""
    control = folder / "control"
    if control.exists():
        run(end_line(control), timeout=5)


def _way(access: Access, environ: Mapping[str, str]) -> Way:
    if access.known_hosts is None:
        raise UsageError(
            "deploy.known_hosts is missing: the file with the keys of the hosts, without which nobody could tell them "
            "from an impostor.",
            hint="docs/deploy-ssh.md says how to make it.",
        )
    jump = _address(access.jump) if access.jump else None
    return Way(access.known_hosts, _pinned(access.known_hosts), jump, Identity.of(environ))


def _pinned(path: Path) -> bytes:
    try:
        keys = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}, which deploy.known_hosts names, cannot be read: {error.strerror}.",
            hint="docs/deploy-ssh.md says how to make it; it holds no secret and belongs into the repository.",
        ) from error
    if not any(line.strip() and not line.startswith(b"#") for line in keys.splitlines()):
        raise UsageError(
            f"{path}, which deploy.known_hosts names, holds no key.",
            hint="ssh-keyscan may have failed without a word; docs/deploy-ssh.md says how to make the file.",
        )
    return keys


def _open(line: Line | None, environ: Mapping[str, str], credentials: Credentials | None) -> Connection:
    if line is None:
        return Local(environ, credentials)
    line.await_open()
    return Ssh(line, credentials)


def _together(failures: Sequence[EngineUnreachable]) -> EngineUnreachable:
    """One error for all: who repairs one host wants to know of the others."""
    first, *others = failures
    if not others:
        return first
    return Unreachable("\n".join(one.message for one in failures), hint=first.hint)
