"""Each test leaves the lab's deployment hosts as it found them."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from headgate.hosts import Access, Connection, connected
from support.deployment import SERVER, until
from support.hosts import (
    KNOWN_HOSTS,
    REGISTRY,
    REGISTRY_USER,
    Host,
    identity,
    registry_password,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.hosts)


@pytest.fixture
def host(hosts: list[Host]) -> Host:
    return hosts[0]


@dataclass(frozen=True)
class Pushed:
    """An image in the registry with a password: its path there, and its digest."""

    path: str
    digest: str

    def on(self, registry: str = REGISTRY) -> str:
        return f"{registry}/{self.path}@{self.digest}"


@pytest.fixture(scope="session")
def pushed(engine: docker.DockerClient) -> Iterator[Pushed]:
    path = f"hg-{uuid.uuid4().hex[:8]}"
    image, _ = engine.images.build(path=str(SERVER), tag=f"{REGISTRY}/{path}:1", rm=True, buildargs={"VERSION": path})
    login = {"username": REGISTRY_USER, "password": registry_password()}
    engine.images.push(f"{REGISTRY}/{path}", tag="1", auth_config=login)
    image.reload()
    digest = next(one.partition("@")[2] for one in image.attrs["RepoDigests"] if path in one)
    yield Pushed(path, digest)
    engine.images.remove(image.id, force=True)


Reach = Callable[..., AbstractContextManager[list[Connection]]]


@pytest.fixture
def reach() -> Reach:
    """Connect as a deployment does: with the lab's key and pinned keys, unless a test says otherwise."""

    def reach(*addresses: str, known_hosts: Path = KNOWN_HOSTS, jump: str | None = None, **environ: str):
        return connected(addresses, Access(known_hosts, jump), {**identity(), **environ})

    return reach


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    """The socket of an SSH agent without a key."""
    socket = str(tmp_path / "agent")
    running = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    until(lambda: Path(socket).exists())
    yield socket
    running.terminate()
    running.wait()


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """No key, no socket and no ssh outlives a connection."""
    before = set(left_behind())
    yield
    assert set(left_behind()) <= before


def left_behind() -> list[str]:
    """Private folders, and the ssh programs that work in them; not those of another run on the same machine."""
    folders = [one for one in Path("/tmp").glob("*headgate-ssh-*") if not _of_another_run(one)]  # noqa: S108
    programs = []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = one.read_bytes()
        except OSError:
            continue
        if b"ssh\0" in command and any(bytes(folder) in command for folder in folders):
            programs.append(command.decode(errors="replace"))
    return [str(one) for one in folders] + programs


def _of_another_run(folder: Path) -> bool:
    """Whether the process that holds the folder's lock is neither this one nor a descendant of it."""
    try:
        inode = str(folder.stat().st_ino)
    except OSError:
        return True
    locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    holders = [int(lock[4]) for lock in locks if lock[5].rpartition(":")[2] == inode]
    return any(os.getpid() not in _ancestors(holder) for holder in holders)


def _ancestors(pid: int) -> Iterator[int]:
    while pid > 0:
        yield pid
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return
