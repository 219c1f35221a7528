"""The lab's deployment hosts (scripts/provision hosts), and what can happen to them."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import NotFound

LAB = Path(os.environ.get("HEADGATE_LAB") or Path.home() / ".cache/headgate/lab")
HOSTS = LAB / "hosts"
KEY, KNOWN_HOSTS = HOSTS / "key", HOSTS / "known_hosts"
REGISTRY, REGISTRY_USER = "10.213.0.1:5000", "lab"
OWN_REGISTRIES = "10.213.0.129"
"""An address of this machine for a registry of a test's own: the hosts accept it without TLS."""
SKIN = 'restrict,port-forwarding,command="/bin/false"'
"""What the hosts' authorized_keys say in front of the key."""
_SESSIONS = "^sshd: (deploy|stranger)"
_PROVISION = Path(__file__).parents[2] / "scripts/provision"


def identity() -> dict[str, str]:
    """The environment of a deployer that may log in, and no agent."""
    return {"HEADGATE_SSH_KEY": KEY.read_text(), "SSH_AUTH_SOCK": ""}


def registry_password() -> str:
    return (LAB / "private-registry/password").read_text().strip()


def provision(count: int) -> str:
    """Start what is missing of `count` hosts; why there can be none, or nothing."""
    done = subprocess.run(
        [str(_PROVISION), "hosts"],
        env={**os.environ, "HEADGATE_LAB_HOSTS": str(count)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 and len(running()) >= count else done.stderr


def running() -> list[Host]:
    """The hosts that are up, by number."""
    hosts = [Host(int(folder.name)) for folder in HOSTS.glob("[0-9]*") if folder.name.isdecimal()]
    return sorted((host for host in hosts if host.is_up), key=lambda host: host.number)


@contextmanager
def taken() -> Iterator[None]:
    """Only one run of the tests disturbs the hosts at a time."""
    with (HOSTS / "taken").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Host:
    """One of them."""

    number: int

    @property
    def folder(self) -> Path:
        return HOSTS / str(self.number)

    @property
    def ip(self) -> str:
        return f"10.213.{self.number}.2"

    @property
    def ipv6(self) -> str:
        return f"fd00:213:{self.number}::2"

    @property
    def gateway(self) -> str:
        """This machine, as the host sees it."""
        return f"10.213.{self.number}.1"

    @property
    def address(self) -> str:
        return self.address_of()

    def address_of(self, user: str = "deploy", *, port: int | None = None, socket: str = "") -> str:
        return f"ssh://{user}@{self.ip}{f':{port}' if port else ''}{socket}"

    @property
    def public_key(self) -> str:
        """The host's own key, as known_hosts has it."""
        kind, key, *_ = (self.folder / "etc/key.pub").read_text().split()
        return f"{kind} {key}"

    def engine(self) -> docker.DockerClient:
        """A client on the host's engine, beside the SSH that is tested."""
        return docker.DockerClient(base_url=f"unix://{self.folder}/run/docker.sock", timeout=60)

    def forget(self, model: str, port: int) -> None:
        """Remove all that deployments of a model behind a port left there."""
        client = self.engine()
        behind = {"label": f"dev.headgate.port={port}"}
        for one in client.containers.list(all=True, filters=behind, ignore_removed=True):
            with suppress(NotFound):
                one.remove(force=True, v=True)
        for volume in client.volumes.list(filters=behind):
            volume.remove()
        for image in client.api.images():
            if model in f"{image['RepoTags']} {image['RepoDigests']}":
                with suppress(NotFound):
                    client.images.remove(image["Id"], force=True)
        client.close()

    def forget_tests(self) -> None:
        """Remove what a run of the tests that was killed left there; the models of all of them begin with `hg-`."""
        client = self.engine()
        releases = client.containers.list(all=True, filters={"label": "dev.headgate.role=release"}, ignore_removed=True)
        client.close()
        left = {(one.labels["dev.headgate.model"], int(one.labels["dev.headgate.port"])) for one in releases}
        for model, port in left:
            if model.startswith("hg-"):
                self.forget(model, port)

    @property
    def is_up(self) -> bool:
        return self._init is not None

    @property
    def entering(self) -> list[str]:
        """What is put before a command, to have it run inside the host as its root."""
        return ["nsenter", "--target", str(self._init), "--mount", "--net", "--pid", "--uts", "--ipc"]

    def within(self, *argv: str, check: bool = True) -> str:
        """Run a program inside the host, as its root."""
        entered = [*self.entering, *argv]
        done = subprocess.run(entered, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0 or not check, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    # What sshd tells, and how it is set up

    @property
    def logins(self) -> list[str]:
        """One line of sshd's log for each login so far."""
        log = (self.folder / "log/sshd.log").read_text(errors="replace")
        return [line for line in log.splitlines() if line.startswith("Accepted publickey")]

    @contextmanager
    def sshd(self, port: int, *options: str, config: str = "extra_sshd_config") -> Iterator[str]:
        """One more sshd, with options of its own before those of a file in `etc`; gives deploy's address there."""
        pid = f"/run/sshd-{port}.pid"
        settings = [part for option in (f"Port={port}", f"PidFile={pid}", *options) for part in ("-o", option)]
        self.within("/usr/sbin/sshd", *settings, "-f", f"/mnt/etc/{config}", "-E", "/mnt/log/extra_sshd.log")
        try:
            yield self.address_of(port=port)
        finally:
            self.within("kill", self.within("cat", pid).strip())

    @contextmanager
    def authorized(self, options: str, user: str = "deploy") -> Iterator[None]:
        """Have authorized_keys say something else in front of the key."""
        file = self.folder / "home" / user / ".ssh/authorized_keys"
        before = file.read_text()
        file.write_text(f"{options} {KEY.with_suffix('.pub').read_text()}".lstrip())
        try:
            yield
        finally:
            file.write_text(before)

    @contextmanager
    def shell(self, user: str = "deploy") -> Iterator[None]:
        """Let the user have a shell, and the key any use."""
        accounts = self.folder / "etc/passwd"
        before = accounts.read_text()
        accounts.write_text(re.sub(rf"^({user}:.*):/usr/sbin/nologin$", r"\1:/bin/sh", before, flags=re.MULTILINE))
        try:
            with self.authorized("", user):
                yield
        finally:
            accounts.write_text(before)

    @property
    def sessions(self) -> int:
        """The logins of deploy that are open now."""
        return len(self.within("pgrep", "-f", "^sshd: deploy$", check=False).split())

    # What can happen to it

    def cut_sessions(self) -> None:
        """End every SSH session from the host's side; new ones are welcome."""
        self.within("pkill", "-KILL", "-f", _SESSIONS, check=False)

    def freeze_sessions(self) -> None:
        """What is sent to the host's SSH sessions from now on is not read."""
        self.within("pkill", "-STOP", "-f", _SESSIONS, check=False)

    @contextmanager
    def refusing_ssh(self) -> Iterator[None]:
        """No new session, and what is under way hangs: packets to sshd vanish."""
        rule = ["INPUT", "--protocol", "tcp", "--match", "multiport", "--dports", "22,2222", "--jump", "DROP"]
        self.within("iptables", "--insert", *rule)
        try:
            yield
        finally:
            self.within("iptables", "--delete", *rule)

    @contextmanager
    def sysctl(self, name: str, value: str) -> Iterator[None]:
        """A setting of the host's kernel says something else; one of its network is nobody else's."""
        before = self.within("sysctl", "--values", name).strip()
        self.within("sysctl", "--write", f"{name}={value}")
        try:
            yield
        finally:
            self.within("sysctl", "--write", f"{name}={before}")

    @contextmanager
    def unplugged(self) -> Iterator[None]:
        """The cable is out."""
        link = f"headgate-{self.number}"
        subprocess.run(["ip", "link", "set", link, "down"], check=True)
        try:
            yield
        finally:
            subprocess.run(["ip", "link", "set", link, "up"], check=True)

    def stop_engine(self, *, kill: bool = False) -> None:
        """The engine ends, with its containers; killed, it leaves them running."""
        pid = self.within("cat", "/run/engine.pid").strip()
        self.within("kill", "-9" if kill else "-15", pid)
        _until(lambda: not self.within("sh", "-c", f"test -d /proc/{pid} && grep -v Z /proc/{pid}/stat", check=False))
        if kill:
            self.within("rm", "-f", "/run/docker.sock")

    def crash_engine(self) -> None:
        """Engine and containerd are killed, and started again; what they ran has lost its parents meanwhile."""
        containerd = self.within("cat", "/run/docker/containerd/containerd.pid").strip()
        self.stop_engine(kill=True)
        self.within("kill", "-9", containerd, check=False)  # it may have gone with the engine
        self.start_engine()

    def start_engine(self) -> None:
        self.within("/mnt/host", "engine")
        _until(self._engine_answers)

    @contextmanager
    def without_engine(self) -> Iterator[None]:
        self.stop_engine()
        try:
            yield
        finally:
            self.start_engine()

    def power_off(self) -> None:
        """The plug is out: every process of the host is gone at once."""
        os.kill(self._outer, signal.SIGKILL)
        _until(lambda: not self.is_up and not Path(f"/sys/class/net/headgate-{self.number}").exists())

    def power_on(self) -> None:
        """With everything else that is missing of the lab."""
        trouble = provision(max([self.number, *(host.number for host in running())]))
        assert not trouble, trouble

    def reboot(self) -> None:
        self.power_off()
        self.power_on()

    @contextmanager
    def small_disk(self, size: str) -> Iterator[None]:
        """The engine keeps its images on a disk of this size, e.g. 600m, with the base images on it."""
        self.power_off()
        (self.folder / "disk-size").write_text(size)
        try:
            self.power_on()
            yield
        finally:
            (self.folder / "disk-size").unlink()
            self.reboot()

    @contextmanager
    def full_disk(self, *, leave: int) -> Iterator[None]:
        """Only `leave` bytes are free on the engine's disk; inside `small_disk`, so that it is nobody else's."""
        filler = "/mnt/engine/filler"
        assert self.within("findmnt", "--noheadings", "--output", "FSTYPE", "/mnt/engine").strip() == "tmpfs"
        free = int(self.within("df", "--output=avail", "--block-size=1", "/mnt/engine").split()[-1])
        self.within("fallocate", "--length", str(free - leave), filler)
        try:
            yield
        finally:
            self.within("rm", "-f", filler)

    def _engine_answers(self) -> bool:
        try:
            with_socket = self.engine()
        except docker.errors.DockerException:
            return False
        with_socket.close()
        return True

    @property
    def _outer(self) -> int:
        """The process whose end is the host's."""
        return int((LAB / f"host-{self.number}.pid").read_text())

    @property
    def _init(self) -> int | None:
        try:
            children = Path(f"/proc/{self._outer}/task/{self._outer}/children").read_text().split()
            command = Path(f"/proc/{self._outer}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return int(children[0]) if children and f"{self.folder}/host".encode() in command else None


def skewed(by: str) -> dict[str, str]:
    """The environment of a deployer whose clock is off, e.g. `-3h`: to a host, it is its own clock that is."""
    found = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return {"LD_PRELOAD": str(found), "FAKETIME": by, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def known_hosts_with(file: Path, *lines: str) -> Path:
    """A file of known hosts of a test's own: those of the lab, and `lines`."""
    shutil.copy(KNOWN_HOSTS, file)
    with file.open("a") as opened:
        opened.writelines(f"{line}\n" for line in lines)
    return file


def _until(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
