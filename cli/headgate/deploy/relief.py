"""A newer HAProxy on the port of one that runs, without a dropped request.

An engine gives a published port to one container, for as long as that lives. So the container that owns the port stays,
and one of the newer image, its relief, joins its network: HAProxy in there takes the listening sockets over from the
one that runs, connections that wait on them included. Then the owner is told to listen to nothing, and finishes its
requests. On disk its configuration stays the whole one: after a reboot, when the relief may come up later, or not at
all, the owner serves by itself. It is made anew when it is down anyway.
"""

from __future__ import annotations

from collections.abc import Callable

from headgate.deploy.haproxy_text import ADMIN_SOCKET, IDLE, IDLE_SOCKET
from headgate.deploy.service import HOME, PORT, ROLE, proxy_name, volume_name
from headgate.errors import CouldNotCarryOut
from headgate.hosts.containers import Container, ContainerSpec, Mount
from headgate.hosts.engine import Engine
from headgate.process import await_until
from headgate.record.facts import LABEL

CONFIGURATION = f"{HOME}/haproxy.cfg"
FORMAT = "1"  # of the containers made here: another one asks for relief too
_FORMAT = f"{LABEL}.proxy-format"
_RELIEF = "proxy-relief"
_WITHIN = 15.0  # seconds


class NotRelieved(CouldNotCarryOut):
    """The newer proxy did not come up; the one before goes on."""

    title = "the proxy was not replaced"


class Front:
    """The containers behind one published port."""

    def __init__(self, engine: Engine, port: int) -> None:
        self.name = proxy_name(port)
        self._engine = engine
        self._port = port

    def spec(self, image: str, *, joins: Container | None = None, number: int = 1) -> ContainerSpec:
        """The container of a proxy; with `joins` in that one's network, to take its sockets over."""
        takeover = ("-x", f"{HOME}/{ADMIN_SOCKET}") if joins else ()
        return ContainerSpec(
            name=f"{self.name}-{number}" if joins else self.name,
            image=image,
            labels={ROLE: _RELIEF if joins else "proxy", PORT: str(self._port), _FORMAT: FORMAT},
            entrypoint=("haproxy", "-W", "-db", *takeover, "-f", CONFIGURATION),
            network=f"container:{joins.id}" if joins else None,
            volumes=(Mount(volume_name(self._port), HOME),),
            restarts="always",
            read_only=True,
        )

    def owner(self) -> Container | None:
        """The container that owns the port."""
        return self._engine.find(self.name)

    def acting(self) -> Container | None:
        """The one that is told what to do: the latest relief that is in the owner's network, else the owner."""
        return self._acting_for(self.owner())

    def outdated(self, container: Container, image: str) -> bool:
        """Whether it was made for another image, or in another way, than one would be made today."""
        wanted = self._engine.images.find(image)
        return wanted is not None and (container.image != wanted.id or container.labels.get(_FORMAT) != FORMAT)

    def clear(self) -> None:
        """Remove reliefs that do not run, or are in a network that is gone: the owner was started after them."""
        owner = self.owner()
        for relief in self._reliefs():
            if not relief.running or not owner or not _joined(relief, owner):
                self._engine.remove(relief.id)

    def relieve(self, image: str, drain: float, answers: Callable[[], bool]) -> None:
        """Have a container of `image` take over, and wait at most `drain` seconds for what is under way.

        Args:
            image: HAProxy's.
            drain: seconds.
            answers: whether it is the newer one that answers on the port, now and then at least.

        Raises:
            NotRelieved: it did not come up; what acted before goes on.
        """
        owner = self.owner()
        before = self._acting_for(owner)
        if owner is None or before is None:
            raise NotRelieved(f"{self._engine.host}: {self.name} is gone.")
        taken = {one.name for one in self._reliefs()}
        number = next(number for number in range(2, 100) if f"{self.name}-{number}" not in taken)
        relief = self._engine.create(self.spec(image, joins=owner, number=number))
        try:
            self._engine.start(relief.name)
            if not await_until(answers, timeout=_WITHIN, every=0.05):
                said = "\n".join(f"| {line}" for line in self._engine.last_lines(relief.name))
                raise NotRelieved(f"{self._engine.host}: {relief.name} did not take over from {self.name}.\n{said}")
        except CouldNotCarryOut:
            self._engine.remove(relief.name)
            raise
        self.hush(drain)
        if before.id != owner.id:
            self._engine.stop(before.id, within=round(drain))
            self._engine.remove(before.id)

    def hush(self, drain: float) -> None:
        """Have the owner listen to nothing, where another acts; on disk it keeps what it needs to serve again."""
        owner = self.owner()
        acting = self._acting_for(owner)
        if owner is None or acting is None or owner.id == acting.id or self._is_hushed(owner):
            return
        (whole,) = self._engine.read(self.name, CONFIGURATION).values()
        leaving = self._engine.children(self.name)
        name = CONFIGURATION.removeprefix(f"{HOME}/")
        self._engine.write(self.name, HOME, {name: IDLE.encode()})
        try:
            self._engine.signal(self.name, "SIGUSR2")
            await_until(lambda: self._is_hushed(owner), timeout=_WITHIN)
        finally:
            self._engine.write(self.name, HOME, {name: whole})
        await_until(lambda: not leaving & self._engine.children(self.name), timeout=drain)

    def _acting_for(self, owner: Container | None) -> Container | None:
        if owner is None or not owner.running:
            return owner
        reliefs = [one for one in self._reliefs() if one.running and _joined(one, owner)]
        return reliefs[0] if reliefs else owner

    def _reliefs(self) -> list[Container]:
        return self._engine.containers({ROLE: _RELIEF, PORT: str(self._port)})

    def _is_hushed(self, owner: Container) -> bool:
        """By the socket that it listens on instead."""
        _, sockets = self._engine.execute(owner.name, ["cat", "/proc/net/unix"])
        return f"@{IDLE_SOCKET}" in sockets


def _joined(relief: Container, owner: Container) -> bool:
    """A network lives as long as its owner runs: who joined before the owner's last start is in one that is gone."""
    return bool(relief.started_at and owner.started_at and relief.started_at >= owner.started_at)
