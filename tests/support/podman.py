"""A Podman of a test's own, with its API on a socket, as `podman.socket` of systemd has it on a host."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
from docker.errors import DockerException

from support.deployment import until

# This machine has fewer open files and another cgroup hierarchy than Podman takes for granted.
_SETTINGS = """\
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
[network]
network_backend = "netavark"
"""
_NEEDS = ("/usr/bin/podman", "/usr/sbin/runc", "/usr/lib/podman/netavark", "/usr/lib/podman/aardvark-dns")


def why_no_podman() -> str:
    """Nothing where there can be one."""
    if os.geteuid() != 0:
        return "Podman's bridge networks take root"
    missing = [one for one in _NEEDS if not Path(one).exists()]
    return f"not installed: {', '.join(missing)} (apt-get install podman runc netavark aardvark-dns)" if missing else ""


@contextmanager
def podman(*images: str) -> Iterator[str]:
    """Podman with `images` of this machine's engine, and all it keeps in a folder of its own; gives its URL."""
    folder = Path(tempfile.mkdtemp(prefix="hg-"))  # pytest's own is too long for Podman
    (folder / "containers.conf").write_text(_SETTINGS)
    socket = folder / "podman.sock"
    base = ["podman", "--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver", "overlay"]
    base += ["--network-config-dir", str(folder / "networks"), "--tmpdir", str(folder / "tmp")]
    environ = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
    with (folder / "log").open("w") as log:
        service = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", *base, "system", "service", "--time", "0", f"unix://{socket}"],
            stdout=log,
            stderr=log,
            env=environ,
        )
        try:
            until(lambda: _answers(socket), 30)
            with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
                subprocess.run(
                    ["docker", "-H", f"unix://{socket}", "load", "--quiet"],
                    stdin=saved.stdout,
                    check=True,
                    stdout=log,
                )
            yield f"unix://{socket}"
        finally:
            subprocess.run([*base, "rm", "--all", "--force", "--time", "1"], env=environ, check=False, stdout=log)
            subprocess.run([*base, "network", "prune", "--force"], env=environ, check=False, stdout=log)
            service.terminate()
            service.wait(30)
            for monitor in _monitors(folder):  # of each `exec`: they would stay for five minutes
                os.kill(monitor, signal.SIGKILL)
            subprocess.run(["umount", "--lazy", str(folder / "root/overlay")], check=False, capture_output=True)
            shutil.rmtree(folder, ignore_errors=True)


def _monitors(folder: Path) -> list[int]:
    commands = {one.parent.name: one.read_bytes() for one in Path("/proc").glob("[0-9]*/cmdline") if one.exists()}
    return [int(pid) for pid, command in commands.items() if b"conmon\0" in command and bytes(folder) in command]


def _answers(socket: Path) -> bool:
    try:
        docker.DockerClient(base_url=f"unix://{socket}").close()
        return True
    except DockerException:
        return False
