"""Whether a release is fit to serve: asking it, saying why it is not, and the mark of one that was.

A container that has passed its checks is marked by its restart policy, the only thing about a container that an
engine lets anybody change: what runs without the mark has never been in production.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from headgate.deploy.lock import LockLost
from headgate.deploy.together import Halted
from headgate.errors import CouldNotCarryOut, HeadgateError
from headgate.hosts.containers import Container
from headgate.hosts.engine import Engine
from headgate.hosts.trouble import NotThere

_TO_WRITE = (
    "It writes where it may not: deploy.container.tmpfs (in memory) or deploy.container.volumes (kept) give it that "
    "folder; deploy.container: {read_only: false} lets it write everywhere."
)


class Unfit(CouldNotCarryOut):
    """The release did not pass its checks: why, and the last lines of its log."""

    title = "the release is not fit to serve"

    def __init__(self, engine: Engine, container: str, why: str, hint: str | None = None) -> None:
        log = _last_lines(engine, container)
        lines = [f"| {line}" for line in log] or ["| (its log is empty)"]
        wrote = any("read-only file system" in line.lower() for line in log)
        super().__init__("\n".join([f"{engine.host}: {container} {why}", *lines]), hint=_TO_WRITE if wrote else hint)


def _last_lines(engine: Engine, container: str) -> list[str]:
    try:
        return engine.last_lines(container)
    except NotThere:
        return []


def was_fit(container: Container) -> bool:
    """Whether it has once passed its checks."""
    return container.restarts


def mark_fit(engine: Engine, container: str) -> None:
    """It has passed its checks; from now on the engine starts it again whenever it ends.

    `unless-stopped` would not do: an engine that crashed stops what it finds alive, and takes that for somebody's wish.
    """
    engine.restart_from_now_on(container, "always")


def stand_down(engine: Engine, container: str) -> None:
    """Stop what may be gone back to: no restart of the engine brings it up again, and its mark stays.

    Stopped first: an engine cannot change the policy of a container that ends at that very moment.
    """
    engine.stop(container)
    with suppress(NotThere):
        engine.restart_from_now_on(container, "unless-stopped")


def ask_while_it_runs(
    ask: Callable[[Callable[[], None]], object], engine: Engine, container: str, must_run: Callable[[], None]
) -> None:
    """Have a release asked whether it is fit, not a moment longer than its container runs.

    Args:
        ask: may wait for minutes, and calls what it is given now and then.
        engine: the host's.
        container: the release's.
        must_run: raises once the container has ended, or there is nothing to be asked any more.

    Raises:
        Unfit: the container ended, or `ask` raised an error of headgate's.
        LockLost, Halted: this deployment is over, whatever the release is like.
    """
    try:
        ask(must_run)
    except (Unfit, LockLost, Halted):
        raise
    except HeadgateError as failure:
        must_run()  # one that has ended fails its checks too, and that it ended says more
        raise Unfit(engine, container, f"is not fit: {failure.message}", failure.hint) from failure
    must_run()


def must_run(engine: Engine, container: str) -> Container:
    """Make sure that a container that is on its way into production runs; what the engine says of it.

    Raises:
        Unfit: it has ended, with the last lines of its log.
    """
    found = engine.find(container)
    if found is None:
        raise CouldNotCarryOut(f"{engine.host}: {container} was removed by somebody while it was being checked.")
    if not found.running:
        raise Unfit(engine, container, f"{found.ending} before it was in production.")
    return found


def must_run_on(engine: Engine, container: str, *, since: datetime | None) -> None:
    """Make sure that a container that has just come into production is still the process it was.

    Args:
        engine: the host's.
        container: the release's, which the engine starts again by now whenever it ends.
        since: when its process began.

    Raises:
        Unfit: it has ended, with the last lines of its log.
    """
    found = engine.find(container)
    if found and found.running and found.started_at == since:
        return
    why = "was removed by somebody" if not found else "ended" if found.running else found.ending
    raise Unfit(engine, container, f"{why} in production, moments after it was switched to.")
