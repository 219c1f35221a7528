"""Podman as root, with its API on a socket, as `podman.socket` of systemd has it on a host."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.hosts import Host
from support.lent_engines.lending import Lent, lent

_NEEDS = ("/usr/bin/podman", "/usr/sbin/runc", "/usr/lib/podman/netavark", "/usr/lib/podman/aardvark-dns")


def why_no_podman() -> str:
    """Nothing where there can be one."""
    if os.geteuid() != 0:
        return "Podman's bridge networks take root"
    missing = [one for one in _NEEDS if not Path(one).exists()]
    return f"not installed: {', '.join(missing)} (apt-get install podman runc netavark aardvark-dns)" if missing else ""


@contextmanager
def podman(*images: str, host: Host | None = None) -> Iterator[Lent]:
    """Podman with `images` of this machine's engine, and all it keeps in a folder of its own.

    Inside a host its socket is open to the group that may use Docker.
    """
    shared = host.folder / "run" if host else Path("/tmp")  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix="hg-", dir=shared))  # pytest's own is too long for Podman
    there = f"/run/{folder.name}" if host else str(folder)
    engine = Lent(f"{there}/podman.sock", folder / "podman.sock")
    with lent(engine, images, "podman.sh", there, "docker" if host else "root", host=host):
        yield engine
