"""Checks side by side, each within its time: one that hangs is reported as hanging, and keeps nobody waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from headgate.errors import HeadgateError
from headgate.masking import mask
from headgate.process import Completed, Runner
from headgate.workflow.doctor.finding import Check, Context, Finding, Said, fail, failed

IN_ALL = 13.0  # seconds; with the start of Python they stay below 15
_PATIENCE = "headgate doctor -v --only {}  shows what it waits for"
_TO_END = 3.0  # seconds that a program may take to end once its time is over


@dataclass(frozen=True)
class Planned:
    """A check to run: its name, what it does, and the seconds it may take.

    `ships` is for what only building and deploying need: a pull request does neither, and has no secrets for it.
    """

    name: str
    check: Check
    limit: float
    ships: bool = False


@dataclass
class _Running:
    planned: Planned
    thread: threading.Thread
    said: list[Said] = field(default_factory=list)

    def findings(self) -> list[Finding]:
        """What it said so far; of one that still runs, that it does."""
        said = [*self.said]
        if self.thread.is_alive():
            said.append(fail(f"no answer within {self.planned.limit:g} s", _PATIENCE.format(self.planned.name)))
        return [
            Finding(self.planned.name, one.state, mask(one.why), one.fix and mask(one.fix), one.about) for one in said
        ]


def examine(
    plan: Sequence[Planned],
    context: Callable[[float], Context],
    *,
    in_all: float = IN_ALL,
    on_end: Callable[[int], None] = lambda _ended: None,
) -> list[Finding]:
    """Run every check in a thread of its own; findings in the order of `plan`.

    Args:
        plan: the checks.
        context: makes the context of a check whose programs may take so many seconds.
        in_all: seconds after which no check is waited for.
        on_end: told how many checks have ended, whenever one does.
    """
    started = time.monotonic()
    running = [_start(replace(planned, limit=min(planned.limit, in_all)), context) for planned in plan]
    for ended, one in enumerate(sorted(running, key=lambda one: one.planned.limit)):
        on_end(ended)
        allowed = one.planned.limit - (time.monotonic() - started)
        one.thread.join(max(0.0, allowed))
    return [finding for one in running for finding in one.findings()]


def bounded(run: Runner, seconds: float) -> Runner:
    """`run`, with every program ended `seconds` from now at the latest."""
    end = time.monotonic() + seconds

    def limited(argv: Sequence[str], *, timeout: float | None = None, **how: Any) -> Completed:
        left = max(0.1, end - time.monotonic())
        return run(argv, timeout=left if timeout is None else min(timeout, left), **how)

    return limited


def _start(planned: Planned, context: Callable[[float], Context]) -> _Running:
    said: list[Said] = []
    # Daemons: whatever hangs at the end must not keep the process from ending.
    thread = threading.Thread(target=partial(_listen, planned, context, said), daemon=True, name=planned.name)
    running = _Running(planned, thread, said)
    thread.start()
    return running


def _listen(planned: Planned, context: Callable[[float], Context], said: list[Said]) -> None:
    try:
        for one in planned.check(context(planned.limit - _TO_END)):
            said.append(one)  # noqa: PERF402  (each as it comes: the thread may hang before the next)
    except HeadgateError as error:
        said.append(failed(error))
    except Exception as defect:  # one check's mistake is no reason to hear nothing of the others
        said.append(fail(f"the check itself failed: {type(defect).__name__}: {defect}", "Report this line."))
