"""What a check found: one line for a person, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from headgate.errors import HeadgateError
from headgate.workflow.job import Job

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """One line.

    Args:
        check: the check's name, as `--only` and `--skip` take it.
        state: `fail` is what would end a release; `warn` is what somebody should know before it.
        why: what is so, in a sentence; of a failure, why it is one.
        fix: a command or a setting; None where there is nothing to do.
        about: which of several things of one kind, e.g. a host; None where there is only one.
    """

    check: str
    state: State
    why: str
    fix: str | None = None
    about: str | None = None


@dataclass(frozen=True)
class Said:
    """A finding of a check that does not know its own name."""

    state: State
    why: str
    fix: str | None = None
    about: str | None = None


def ok(why: str, *, about: str | None = None) -> Said:
    """It is as it should be."""
    return Said("ok", why, None, about)


def warn(why: str, fix: str | None = None, *, about: str | None = None) -> Said:
    """A release would go on; somebody should know."""
    return Said("warn", why, fix, about)


def fail(why: str, fix: str | None = None, *, about: str | None = None) -> Said:
    """A release would end here, or be worth nothing."""
    return Said("fail", why, fix, about)


def failed(error: HeadgateError, *, about: str | None = None) -> Said:
    """What an error says, as a finding."""
    return fail(error.message, error.hint, about=about)


@dataclass(frozen=True)
class Context:
    """What a check works with.

    Args:
        job: the project; a copy for this check alone, whose programs end before the check's time does.
        in_ci: whether a workflow runs it, so that what is on disk is gone afterwards.
    """

    job: Job
    in_ci: bool

    @property
    def for_pull_request(self) -> bool:
        """Whether the workflow judges a pull request, whose token may read and not write."""
        return self.job.here is not None and self.job.here.pull is not None


Check = Callable[[Context], Iterable[Said]]
"""A check: says what it finds as it finds it, so that a part that hangs does not hide the rest. May raise any
HeadgateError: it counts as a failure with its hint."""
