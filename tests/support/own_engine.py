"""A container engine of a test's own, in a network of its own, that can be stopped and started again."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import docker
from docker.errors import DockerException

from support.deployment import until

_ENDS_WITH_THE_TEST = ("setpriv", "--pdeathsig", "TERM")


class OwnEngine:
    """An engine below `folder`, reached over TCP on an address of its own.

    The network is that of a process without a name, so that it goes when the process does, whatever ended the test.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        subnet = f"10.214.{os.getpid() % 250 + 1}"
        self.address = f"{subnet}.2"
        self.url = f"tcp://{self.address}:2375"
        self._holder = subprocess.Popen([*_ENDS_WITH_THE_TEST, "unshare", "--net", "sleep", "3600"])
        self._inside = [*_ENDS_WITH_THE_TEST, "nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]
        link = f"hg{os.getpid() % 100000}"
        until(lambda: self._network() != str(Path("/proc/self/ns/net").readlink()))
        _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(self._holder.pid))
        _run("ip", "address", "add", f"{subnet}.1/30", "dev", link)
        _run("ip", "link", "set", link, "up")
        for what in (f"address add {self.address}/30 dev eth0", "link set eth0 up", "link set lo up"):
            _run(*self._inside, "ip", *what.split())
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "dockerd.log").open("a") as log:
            self._engine = subprocess.Popen(
                [
                    *(*self._inside, "/usr/sbin/dockerd", "-H", self.url, "--storage-driver=overlay2"),
                    *("--data-root", str(self._folder / "data"), "--exec-root", str(self._folder / "exec")),
                    *("--pidfile", str(self._folder / "pid"), "--tls=false"),
                ],
                stdout=log,
                stderr=log,
            )
        until(self._answers, seconds=90)

    def reboot(self) -> None:
        """As a host goes down in good order: containers are stopped, then the engine; and comes up again."""
        self._end()
        self.start()

    def load(self, *images: str) -> None:
        """Copy images of this machine's engine."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            subprocess.run(["docker", "-H", self.url, "load", "--quiet"], stdin=saved.stdout, check=True)

    def close(self) -> None:
        """End it, with all that it runs."""
        with suppress(DockerException):
            client = docker.DockerClient(base_url=self.url)
            for container in client.containers.list(all=True):
                container.remove(force=True)
            client.close()
        self._end()
        self._holder.kill()
        self._holder.wait()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for mount in sorted((one for one in mounts if one.startswith(f"{self._folder}/")), reverse=True):
            _run("umount", "--lazy", mount)

    def _end(self) -> None:
        self._engine.terminate()
        self._engine.wait(90)

    def _network(self) -> str:
        return str(Path(f"/proc/{self._holder.pid}/ns/net").readlink())

    def _answers(self) -> bool:
        try:
            docker.DockerClient(base_url=self.url).close()
            return True
        except DockerException:
            return False


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True)
