"""The locks of all hosts of a rollout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace

from headgate.console import Step
from headgate.deploy.lock import Locked
from headgate.deploy.plan import Plan
from headgate.deploy.target import Target
from headgate.deploy.together import together
from headgate.errors import CouldNotCarryOut


@contextmanager
def all_locked(targets: Sequence[Target], plan: Plan, doing: str, step: Step) -> Iterator[None]:
    """Hold the lock of every host while the block runs.

    All at once where nobody else is at work, without waiting. Else one after another, in the order in which every
    deployer locks: two that want the same hosts cannot wait for each other.

    Raises:
        Locked: another deployer held one for all of `plan.lock_timeout`.
    """
    step.doing("locking")
    with ExitStack() as locks:
        if not _at_once(targets, plan, doing, step, locks):
            for target in sorted(targets, key=lambda target: (target.host, target.url)):
                locks.enter_context(target.locked(plan, doing, step))
        yield


def _at_once(targets: Sequence[Target], plan: Plan, doing: str, step: Step, locks: ExitStack) -> bool:
    """Whether all could be had without waiting; if not, none is held."""
    impatient = replace(plan, lock_timeout=0.0)
    if len(targets) == 1 or plan.break_lock:
        return False
    held: list[AbstractContextManager[None]] = []

    def take(target: Target) -> None:
        lock = target.locked(impatient, doing, step)
        lock.__enter__()
        held.append(lock)

    try:
        together(take, targets)
    except BaseException as failure:
        with ExitStack() as given_back:
            for lock in held:
                given_back.push(lock)
        if isinstance(failure, CouldNotCarryOut) and _only_taken(failure):
            return False
        raise
    for lock in held:
        locks.push(lock)
    return True


def _only_taken(failure: CouldNotCarryOut) -> bool:
    return isinstance(failure, Locked) or isinstance(failure.__cause__, Locked)
