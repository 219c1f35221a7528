"""Who listens on a port of this machine, where the kernel tells (Linux); elsewhere only whether somebody does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

_LISTEN = "0A"


def listener(port: int) -> str | None:
    """`nginx (pid 123)`, `a process of another user`, or None when the port is free."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    if not tables[0].exists():
        return "another process" if _answers(port) else None
    sockets = {inode for table in tables if table.exists() for inode in listening(table.read_text(), port)}
    if not sockets:
        return None
    return next(_owners(sockets), "a process of another user")


def listening(table: str, port: int) -> list[str]:
    """The inodes of the sockets that listen on `port`, from the text of /proc/net/tcp."""
    rows = (line.split() for line in table.splitlines()[1:])
    return [row[9] for row in rows if row[3] == _LISTEN and int(row[1].rpartition(":")[2], 16) == port]


def _owners(inodes: set[str]) -> Iterator[str]:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    described = (_description(process, wanted) for process in Path("/proc").glob("[0-9]*"))
    return (one for one in described if one)


def _description(process: Path, wanted: set[str]) -> str | None:
    """The process, if it has one of the `wanted` sockets; not one that ended meanwhile, or is another user's."""
    try:
        if any(str(link.readlink()) in wanted for link in (process / "fd").iterdir()):
            return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    except OSError:
        pass
    return None


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
