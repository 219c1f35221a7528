"""A container engine behind a socket: Docker's API, in plain values.

How the socket got here (this machine's own, or forwarded from a host) makes no difference to anything in here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from headgate.hosts import archive, sdk
from headgate.hosts.containers import MARK, Container, ContainerSpec, Restarts, moment
from headgate.hosts.creation import creation
from headgate.hosts.credentials import Credentials
from headgate.hosts.images import Images
from headgate.hosts.trouble import EngineUnreachable, NotThere, explained

if TYPE_CHECKING:
    from docker import DockerClient

OLDEST_API = (1, 40)  # Docker 19.03


@dataclass(frozen=True)
class EngineInfo:
    """What an engine says about itself. `platform` is like `linux/amd64`, `root` where it keeps images."""

    platform: str
    root: str
    time: datetime


class Engine:
    """One engine.

    Args:
        host: what the configuration calls it; every error begins with it.
        client: the Docker SDK on the engine's socket; what it says of images is behind `images`.
        connect: makes another client, for a thread of its own.
        credentials: for the registry of the images, where the environment has them.

    Every method raises EngineUnreachable or EngineRefused.
    """

    def __init__(
        self,
        host: str,
        client: DockerClient,
        connect: Callable[[], DockerClient],
        credentials: Credentials | None = None,
    ) -> None:
        self.host = host
        self._client = client
        self._connect = connect
        self._credentials = credentials
        self.images = Images(host, client, credentials)

    @classmethod
    def open(cls, host: str, connect: Callable[[], DockerClient], credentials: Credentials | None = None) -> Engine:
        """The engine that `connect` reaches.

        Raises:
            EngineUnreachable: nobody answers, or the engine is too old.
        """
        sdk.load()
        with explained(host, "connecting"):
            client = sdk.limited(connect())
        if _version(client.api.api_version) < OLDEST_API:
            raise EngineUnreachable(
                f"{host}: the engine speaks API {client.api.api_version}; headgate needs 1.40 (Docker 19.03) or later.",
                hint="Update the engine on that host.",
            )
        return cls(host, client, connect, credentials)

    def again(self) -> Engine:
        """A second connection to the same engine: the SDK's own is for one thread."""
        return Engine.open(self.host, self._connect, self._credentials)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def info(self) -> EngineInfo:
        """Platform, folder and clock."""
        with explained(self.host, "asking what it is"):
            info, version = self._client.info(), self._client.version()
        return EngineInfo(
            platform=f"{version['Os']}/{version['Arch']}",
            root=info["DockerRootDir"],
            time=moment(info["SystemTime"]),
        )

    def clock(self) -> datetime:
        """The time on the host: what several deployers agree on, whatever their own clocks say."""
        with explained(self.host, "asking for its time"):
            return moment(self._client.info()["SystemTime"])

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """Containers that carry all `labels`, the newest first."""
        wanted = [f"{name}={value}" for name, value in labels.items()]
        with explained(self.host, "listing containers"):
            found = self._client.containers.list(all=True, filters={"label": wanted}, ignore_removed=True)
        return sorted((Container.of(one.attrs) for one in found), key=lambda one: one.created_at, reverse=True)

    def publisher(self, port: int) -> Container | None:
        """The running container that publishes `port` of the host."""
        for one in self._summaries(every=False):
            if any(binding.get("PublicPort") == port for binding in one.get("Ports") or ()):
                return self.find(one["Id"])
        return None

    def images_in_use(self) -> frozenset[str]:
        """The ids of the images that containers were made from, whether they run or not."""
        return frozenset(one["ImageID"] for one in self._summaries(every=True))

    def find(self, name: str) -> Container | None:
        """The container of that name or id, or None."""
        try:
            with explained(self.host, f"looking for container {name}"):
                return Container.of(self._client.api.inspect_container(name))
        except NotThere:
            return None

    def create(self, wanted: ContainerSpec) -> Container:
        """Create a container; it does not run yet.

        Raises:
            NameTaken: there is one of that name.
        """
        with explained(self.host, f"creating {wanted.name}"):
            created = self._client.containers.create(wanted.image, **creation(wanted))
        return Container.of(created.attrs)

    def start(self, container: str) -> Container:
        """Start a container.

        Raises:
            PortTaken, PortReserved: somebody else listens on the port it publishes, or this engine may not.
        """
        with explained(self.host, f"starting {container}"):
            self._client.api.start(container)
            return Container.of(self._client.api.inspect_container(container))

    def stop(self, container: str, *, within: int = 10) -> None:
        """Ask a container to end, and end it after `within` seconds; one that is gone already is fine."""
        self._unless_gone(f"stopping {container}", lambda: self._client.api.stop(container, timeout=within))

    def remove(self, container: str) -> None:
        """Remove a container, running or not; one that is gone already is fine."""
        self._unless_gone(
            f"removing {container}", lambda: self._client.api.remove_container(container, force=True, v=True)
        )

    def restart_from_now_on(self, container: str, policy: Restarts) -> None:
        """Have the engine start the container again whenever it ends; where it cannot, only mark it, for `restarts`."""
        wanted: Any = {"Name": policy}
        try:
            with explained(self.host, f"setting the restart policy of {container}"):
                self._client.api.update_container(container, restart_policy=wanted)
        except NotThere:  # the container; or, in Podman 4, the request itself
            self._mark(container)

    def signal(self, container: str, name: str) -> None:
        """Send a signal, e.g. SIGUSR2, to the container's first process."""
        with explained(self.host, f"sending {name} to {container}"):
            self._client.api.kill(container, name)

    def children(self, container: str) -> frozenset[int]:
        """The processes that the container's first one started and that have not ended, as the container counts them.

        Read inside the container: the API's `top` has another format in each kind of engine, and wants a `ps` in some.
        """
        _, listed = self.execute(container, ["cat", "/proc/1/task/1/children"])
        return frozenset(int(one) for one in listed.split() if one.isdigit())

    def execute(self, container: str, argv: Sequence[str]) -> tuple[int, str]:
        """Exit code and output of a program run inside a container."""
        with explained(self.host, f"running {argv[0]} in {container}"):
            run = self._client.api.exec_create(container, list(argv))
            output: bytes = self._client.api.exec_start(run["Id"])
            code = self._client.api.exec_inspect(run["Id"])["ExitCode"]
        return int(code), output.decode(errors="replace")

    def last_lines(self, container: str, count: int = 20) -> list[str]:
        """The end of a container's log."""
        with explained(self.host, f"reading the log of {container}"):
            text: bytes = self._client.api.logs(container, tail=count)
        return text.decode(errors="replace").splitlines()

    def lines_since(self, container: str, moment: str) -> list[str]:
        """A container's log after `moment`, each line with its own time before it.

        Args:
            container: its name or id.
            moment: the time at the beginning of the last line seen; empty: from the start of the log.
        """
        seconds = moment.partition(".")[0]
        since = datetime.fromisoformat(f"{seconds}+00:00").timestamp() if moment else 0
        with explained(self.host, f"reading the log of {container}"):
            text: bytes = self._client.api.logs(container, timestamps=True, since=int(since) or None)
        lines = text.decode(errors="replace").splitlines()
        return [line for line in lines if line.partition(" ")[0] > moment]

    def write(
        self, container: str, folder: str, files: Mapping[str, bytes], *, private_to: tuple[int, int] | None = None
    ) -> None:
        """Write files below `folder` of a container, running or not; their folders are made.

        Args:
            container: its name or id.
            folder: one that is there.
            files: content by path below `folder`.
            private_to: the only user and group that may read them, by number; None: everybody may.
        """
        with explained(self.host, f"writing to {container}"):
            self._client.api.put_archive(container, folder, archive.pack(files, private_to))

    def make_folder(self, container: str, folder: str, name: str) -> None:
        """Make a folder below `folder` of a container that whoever runs in there may write to."""
        with explained(self.host, f"writing to {container}"):
            self._client.api.put_archive(container, folder, archive.pack_folder(name))

    def read(self, container: str, path: str) -> dict[str, bytes]:
        """The files at or below `path` of a container, by name from the last part of `path` on.

        Raises:
            NotThere: there is no such path.
        """
        with explained(self.host, f"reading {path} of {container}"):
            chunks, _ = self._client.api.get_archive(container, path)
            return archive.unpack(b"".join(chunks))

    def stream(self, container: str, path: str) -> Iterator[bytes]:
        """The same as a tar that comes piece by piece: for what may not fit into memory.

        Raises:
            NotThere: there is no such path.
        """
        with explained(self.host, f"reading {path} of {container}"):
            chunks, _ = self._client.api.get_archive(container, path)
            yield from chunks

    def log(self, container: str, *, since: datetime) -> Iterator[bytes]:
        """The lines of its standard output since a moment, the oldest first, without their line ends."""
        with explained(self.host, f"reading the log of {container}"):
            pieces = self._client.api.logs(
                container, stdout=True, stderr=False, stream=True, follow=False, since=since.timestamp()
            )
            yield from _lines_of(pieces)

    def delete(self, container: str, paths: Sequence[str]) -> None:
        """Delete files of a running container, with its own `rm`: the API can write files and not delete any.

        Raises:
            EngineRefused: it does not run, or has no `rm`.
        """
        with explained(self.host, f"deleting files of {container}"):
            run = self._client.api.exec_create(container, ["rm", "-f", "--", *paths], user="0")
            self._client.api.exec_start(run["Id"])

    def ensure_network(self, name: str, labels: Mapping[str, str]) -> None:
        """A bridge network of that name, and only one: engines allow several of the same name."""
        with explained(self.host, f"creating network {name}"):
            if self._networks(name):
                return
            made = self._client.networks.create(name, driver="bridge", labels=dict(labels), check_duplicate=True)
            first, *rest = self._networks(name)
            if rest and made.id != first.id:
                made.remove()

    def ensure_volume(self, name: str, labels: Mapping[str, str]) -> None:
        """A volume of that name; one that exists stays as it is."""
        with explained(self.host, f"creating volume {name}"):
            self._client.volumes.create(name, labels=dict(labels))

    def _summaries(self, *, every: bool) -> list[Mapping[str, Any]]:
        """All containers in one answer; looking into each takes one more for each, and a host may have hundreds."""
        with explained(self.host, "listing containers"):
            found: list[Mapping[str, Any]] = self._client.api.containers(all=every)
        return found

    def _mark(self, container: str) -> None:
        """Connect it to a network that leads nowhere: beside the restart policy nothing else of it can be changed."""
        with explained(self.host, f"marking {container}"):
            if Container.of(self._client.api.inspect_container(container)).restarts:
                return
            if not self._networks(MARK):
                self._client.networks.create(MARK, driver="bridge", internal=True)
            self._client.api.connect_container_to_network(container, MARK)

    def _networks(self, name: str) -> list[Any]:
        found = [one for one in self._client.networks.list(names=[name]) if one.name == name]
        return sorted(found, key=lambda one: str(one.attrs["Created"]))

    def _unless_gone(self, doing: str, action: Callable[[], object]) -> None:
        try:
            with explained(self.host, doing):
                action()
        except NotThere:
            pass


def _lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a text that comes in pieces, without their line ends; a last line that was cut short too."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
