"""The same work on several hosts at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import NoReturn, TypeVar

from headgate.errors import CouldNotCarryOut, HeadgateError

WIDTH = 16  # hosts that are asked at the same time, where the plan sets no other limit

Item = TypeVar("Item")
Made = TypeVar("Made")


class Halted(CouldNotCarryOut):
    """The work on this host was given up because another one failed."""

    title = "given up"


class SeveralFailed(CouldNotCarryOut):
    """More than one host failed, each for a reason of its own."""

    title = "several hosts failed"


class Halt:
    """Tells the work on all hosts to end at the next moment at which that does no harm."""

    def __init__(self) -> None:
        self._called = threading.Event()

    def call(self) -> None:
        """From now on `check` raises."""
        self._called.set()

    def check(self) -> None:
        """Go on, or not.

        Raises:
            Halted: somebody has called a halt.
        """
        if self._called.is_set():
            raise Halted("Given up because another host failed.")


def together(
    work: Callable[[Item], Made], items: Sequence[Item], *, halt: Halt | None = None, width: int = WIDTH
) -> list[Made]:
    """What `work` makes of every item, in their order; each item has a thread, at most `width` at a time.

    Returns or raises once all threads have ended. The first failure, and an interrupt of this thread, calls `halt`.

    Raises:
        SeveralFailed: more than one failed; else the one failure itself. `Halted` is no reason of its own.
    """
    if len(items) <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(width, len(items))) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            if halt and any(not one.done() or one.exception() for one in futures):
                halt.call()
    failures = [failure for one in futures if (failure := one.exception())]
    return [one.result() for one in futures] if not failures else _raise(failures)


def _raise(failures: Sequence[BaseException]) -> NoReturn:
    own = [one for one in failures if not isinstance(one, Halted)] or failures[:1]
    foreign = [one for one in own if not isinstance(one, HeadgateError)]
    if foreign or len(own) == 1:
        raise (foreign or own)[0]
    told = dict.fromkeys(one.message for one in own if isinstance(one, HeadgateError))
    hints = (one.hint for one in own if isinstance(one, HeadgateError) and one.hint)
    raise SeveralFailed("\n".join(told), hint=next(hints, None)) from own[0]
