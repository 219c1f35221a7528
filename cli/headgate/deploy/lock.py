"""One deployment at a time behind a port of a host.

The lock is a container that never runs: its name can exist once, its labels say who holds it. The holder writes the
host's time into it again and again; when that stops for longer than the lease, the holder is dead and the lock can be
taken over. All times are the host's own, so the clocks of the deployers do not matter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from headgate.deploy.service import PORT, ROLE, lock_name
from headgate.errors import CouldNotCarryOut
from headgate.hosts.containers import Container, ContainerSpec, moment
from headgate.hosts.engine import Engine
from headgate.hosts.trouble import EngineRefused, NameTaken
from headgate.process import await_until
from headgate.record.facts import LABEL

_HOLDER, _DOING, _RUN, _LEASE = (f"{LABEL}.lock.{name}" for name in ("holder", "doing", "run", "lease"))
_BEAT = "alive"
_USUAL_LEASE = 60.0  # seconds


@dataclass(frozen=True)
class Holder:
    """Who wants the lock, what for, and where to read about it."""

    actor: str
    doing: str
    run_url: str | None = None

    def __str__(self) -> str:
        return f"{self.actor} ({self.doing}{f', {self.run_url}' if self.run_url else ''})"


@dataclass(frozen=True)
class Terms:
    """On what terms the lock is wanted.

    Args:
        timeout: seconds to wait for another holder.
        lease: seconds without a sign of life after which a hold has ended.
        break_because: why a living holder is not waited for; None: it is.
    """

    timeout: float
    lease: float
    break_because: str | None = None


@dataclass(frozen=True)
class Held:
    """A lock as it stands on a host. `expires_at` moves on for as long as its holder lives."""

    id: str
    holder: Holder
    since: datetime
    expires_at: datetime

    def __str__(self) -> str:
        return f"{self.holder}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Locked(CouldNotCarryOut):
    """Somebody else is deploying."""

    title = "another deployment is under way"


class LockLost(CouldNotCarryOut):
    """The lock was taken over: this deployer was silent for longer than its lease."""

    title = "the lock was lost"


class Lock:
    """A lock that is held. Call `assure` before anything that another holder might undo.

    `broken` is the hold that was ended for it, when its holder was not waited for.
    """

    def __init__(self, engine: Engine, container: Container, broken: Held | None) -> None:
        self.broken = broken
        self._engine = engine
        self._container = container

    def assure(self) -> None:
        """Make sure it is still held.

        Raises:
            LockLost: it is not.
        """
        if self._engine.find(self._container.id) is None:
            raise LockLost(
                f"{self._engine.host}: the lock was taken from this deployment, which touches nothing there any more.",
                hint="headgate status shows who deploys now; their deployment clears up what this one began.",
            )


@contextmanager
def locked(
    engine: Engine,
    port: int,
    image: str,
    holder: Holder,
    terms: Terms,
    *,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> Iterator[Lock]:
    """Hold the lock of a port while the block runs.

    Any `image` that the engine has will do: it is never run. `say` is told who is waited for, and `warn` of a lock that
    cannot be given back: what was done under it is done, and the lock ends by itself.

    Raises:
        Locked: another deployer held it for as long as the terms allow.
    """
    container, broken = _acquire(engine, port, image, holder, terms, say)
    try:
        with _kept_alive(engine, container.id, every=terms.lease / 3):
            yield Lock(engine, container, broken)
    finally:
        if not any(_given_back(engine, container) for _ in range(2)):  # a line that was cut is there again for the next
            warn(f"{engine.host}: the lock could not be given back; it is free for others in {terms.lease:g} s.")


def held(engine: Engine, port: int) -> Held | None:
    """Who holds the lock of a port."""
    container = engine.find(lock_name(port))
    if container is None:
        return None
    labels = container.labels
    alive_at = _last_sign_of_life(engine, container)
    return Held(
        id=container.id,
        holder=Holder(labels.get(_HOLDER, "somebody"), labels.get(_DOING, "at work"), labels.get(_RUN)),
        since=container.created_at,
        expires_at=alive_at + timedelta(seconds=_lease(labels.get(_LEASE, ""))),
    )


def _acquire(
    engine: Engine, port: int, image: str, holder: Holder, terms: Terms, say: Callable[[str], None]
) -> tuple[Container, Held | None]:
    """The lock's container, and the hold that was broken for it."""
    labels = {ROLE: "lock", PORT: str(port), _HOLDER: holder.actor, _DOING: holder.doing, _LEASE: str(terms.lease)}
    if holder.run_url:
        labels[_RUN] = holder.run_url
    wanted = ContainerSpec(name=lock_name(port), image=image, labels=labels)
    taken: list[Container] = []
    broken: list[Held] = []

    def take() -> bool:
        with suppress(NameTaken):
            taken.append(engine.create(wanted))
            return True
        other = held(engine, port)
        if other and engine.clock() > other.expires_at:
            say(f"taking over the lock of {other.holder}, silent since {other.expires_at:%H:%M:%S} UTC")
            engine.remove(other.id)  # by id: whoever comes second removes nothing
        elif other and terms.break_because and not broken:  # one holder is broken, and not whoever comes after
            say(f"breaking the lock of {other.holder}: {terms.break_because}")
            engine.remove(other.id)
            broken.append(other)
        elif other:
            say(f"waiting for {other.holder}")
        return False

    if not await_until(take, timeout=max(terms.timeout, 1.0 if terms.break_because else 0.0), every=0.5):
        other = held(engine, port)
        raise Locked(
            f"{engine.host}: port {port} is held by {other or 'another deployment'}; waited {terms.timeout:g} s.",
            hint="Wait for it, or give a longer --lock-timeout. A lock whose holder died is free a minute later; "
            "--break-lock --reason TEXT takes it from one that lives.",
        )
    return taken[0], broken[0] if broken else None


def _given_back(engine: Engine, container: Container) -> bool:
    with suppress(CouldNotCarryOut):
        engine.remove(container.id)
        return True
    return False


def _lease(text: str) -> float:
    """Seconds, from a label; a later version may write it in another way."""
    try:
        return float(text)
    except ValueError:
        return _USUAL_LEASE


def _last_sign_of_life(engine: Engine, container: Container) -> datetime:
    try:
        return moment(engine.read(container.id, f"/{_BEAT}")[_BEAT].decode())
    except (EngineRefused, ValueError, KeyError):
        return container.created_at


@contextmanager
def _kept_alive(engine: Engine, container: str, every: float) -> Iterator[None]:
    """Write the host's time into the lock while the block runs, over a connection of its own."""
    over = threading.Event()
    line = engine.again()
    beating = threading.Thread(target=_beat, args=(line, container, every, over), daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
        line.close()


def _beat(engine: Engine, container: str, every: float, over: threading.Event) -> None:
    """A sign of life now and then; an engine that is away for a while is asked again."""
    while not over.wait(every):
        with suppress(CouldNotCarryOut):
            engine.write(container, "/", {_BEAT: engine.clock().isoformat().encode()})
