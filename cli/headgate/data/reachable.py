"""Whether an SSH remote answers, found out in seconds: DVC itself would wait for half an hour."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from headgate.data.failures import RemoteSilent
from headgate.data.remotes import Remote, host_of
from headgate.process import Runner

_PATIENCE = 10.0  # seconds

Greeting = Callable[[str, int, float], bytes]


def greeting(host: str, port: int, timeout: float) -> bytes:
    """The first bytes a server sends, within `timeout` seconds for each of connecting and sending."""
    with socket.create_connection((host, port), timeout=timeout) as connection:
        return connection.recv(4)


def check_answers(remote: Remote | None, *, run: Runner, project: Path, greeting: Greeting = greeting) -> None:
    """Let the host of an SSH remote say its name; every other kind of remote passes.

    Raises:
        RemoteSilent: it does not within 10 s, or it is no SSH server.
    """
    named = host_of(remote) if remote else None
    if remote is None or named is None:
        return
    address = _resolved(*named, run=run, project=project)
    if address is None:
        return
    host, port = address
    try:
        said = greeting(host, port, _PATIENCE)
    except OSError as error:
        raise RemoteSilent(
            f"The remote '{remote.name}' is on {host}:{port}, which does not answer: {error}.",
            hint=f"ssh -p {port} {host}  (a firewall, a VPN that is down, or another port in .dvc/config)",
        ) from error
    if said != b"SSH-":
        raise RemoteSilent(
            f"The remote '{remote.name}' is on {host}:{port}, which is no SSH server.", hint="dvc remote list"
        )


def _resolved(host: str, port: int, *, run: Runner, project: Path) -> tuple[str, int] | None:
    """Where ssh would connect, aliases of ~/.ssh/config resolved; None for a way over other hosts."""
    if shutil.which("ssh") is None:
        return host, port
    said = run(["ssh", "-G", "-p", str(port), "--", host], cwd=project)
    options = dict(line.split(" ", 1) for line in said.stdout.splitlines() if " " in line)
    if any(options.get(way, "none") != "none" for way in ("proxyjump", "proxycommand")):
        return None
    return options.get("hostname", host), port
