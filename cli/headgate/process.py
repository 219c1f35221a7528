"""The one place that runs other programs: argv in, a `Completed` out, nothing through a shell.

A child gets its own process group, so that an interrupt or a timeout ends all that it started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from headgate.errors import CouldNotCarryOut
from headgate.masking import mask

TAIL_LINES = 40
_for_headgate_alone = {
    "HEADGATE_SSH_KEY",
    "HEADGATE_REGISTRY_PASSWORD",
    "HEADGATE_TELEMETRY_TOKEN",
    "GITHUB_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",  # who has it signs, and logs in, in the workflow's name
}
_GRACE = 3.0  # seconds between asking a child to end and insisting


@dataclass(frozen=True)
class Completed:
    """What a program left behind.

    `stdout` is whole; with `on_line`, both streams went to the callback and `tail` holds the last lines of both.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    tail: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the program exited 0."""
        return self.returncode == 0

    @property
    def last_words(self) -> str:
        """The last non-empty line it wrote, stderr first: what a person would read to know what happened."""
        for text in ("\n".join(self.tail), self.stderr, self.stdout):
            lines = [line for line in text.splitlines() if line.strip()]
            if lines:
                return mask(lines[-1].strip())
        return f"exit code {self.returncode}"


class ProgramMissing(CouldNotCarryOut):
    """A program that headgate calls is not on PATH."""

    title = "a program is missing"

    def __init__(self, program: str) -> None:
        super().__init__(
            f"'{program}' is not on PATH.", hint=f"Install {program}, or activate the environment that has it."
        )


class TimedOut(CouldNotCarryOut):
    """A program took longer than it was given, and was ended.

    Args:
        argv: program and arguments.
        seconds: what it was given.
        tail: its last lines, where they were read as they came.
    """

    title = "out of time"

    def __init__(self, argv: Sequence[str], seconds: float, tail: Sequence[str] = ()) -> None:
        super().__init__(f"`{' '.join(argv)}` was ended after {seconds:g} s.")
        self.tail = tuple(tail)


class Runner(Protocol):
    """How a domain runs a program. Tests pass a substitute; everything else passes `run`."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        timeout: float | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        """Run `argv` to its end; see `run`."""


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Run `argv` to its end.

    Args:
        argv: program and arguments, never a shell line.
        cwd: where it runs; default: here.
        env: variables on top of this process's own.
        stdin: text for its standard input; default: none at all.
        timeout: seconds before it is ended; default: no limit.
        on_line: called with every line of stdout and stderr as it comes.

    Raises:
        ProgramMissing: the program is not on PATH.
        TimedOut: it was ended after `timeout` seconds.
        KeyboardInterrupt: passed on after the child has ended.
    """
    if shutil.which(argv[0]) is None:
        raise ProgramMissing(argv[0])
    child = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env={**inherited(), **(env or {})},
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if on_line else subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        if on_line is None:
            stdout, stderr = child.communicate(stdin, timeout=timeout)
            return Completed(tuple(argv), child.returncode, stdout, stderr)
        reader = _reading(child, on_line, tail)
        child.wait(timeout)
        # A grandchild that kept the pipe open must not keep headgate waiting once the pipeline itself has ended.
        reader.join(timeout=5)
        return Completed(tuple(argv), child.returncode, "", "", tuple(tail))
    except subprocess.TimeoutExpired as expired:
        _end(child)  # what it says when it is interrupted belongs to its last lines: it tells where it was
        raise TimedOut(argv, expired.timeout, tuple(tail)) from expired
    finally:
        _end(child)


def _reading(child: subprocess.Popen[str], on_line: Callable[[str], None], tail: deque[str]) -> threading.Thread:
    """A thread that hands each line to `on_line` and to `tail` until the child closes its output."""

    def read(stream: IO[str]) -> None:
        with stream:
            for line in stream:
                tail.append(line.rstrip("\n"))
                on_line(line.rstrip("\n"))

    assert child.stdout is not None  # noqa: S101  (Popen was given PIPE)
    reader = threading.Thread(target=read, args=(child.stdout,), daemon=True)
    reader.start()
    return reader


def _end(child: subprocess.Popen[str]) -> None:
    """End the process group of a child that still runs: ask, wait, insist. A child that has ended is left alone."""
    if child.poll() is not None:
        return
    for request in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(child.pid, request)
        if await_until(lambda: child.poll() is not None and not _group_alive(child.pid), timeout=_GRACE):
            return


def _group_alive(group: int) -> bool:
    """Whether any process of the group is left: a shell's background jobs outlive the shell."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def inherited() -> dict[str, str]:
    """This process's own variables, without what opens hosts, registry and repository: no training has use for it."""
    return {name: value for name, value in os.environ.items() if name not in _for_headgate_alone}


def withhold(name: str) -> None:
    """Give the variable `name` to no program, and to no code of the project."""
    _for_headgate_alone.add(name)


@contextmanager
def as_inherited() -> Iterator[None]:
    """For code of the project that runs in this process: the variables that a program of the project would get."""
    withheld = {name: os.environ.pop(name) for name in _for_headgate_alone & os.environ.keys()}
    try:
        yield
    finally:
        os.environ.update(withheld)


def await_until(condition: Callable[[], bool], *, timeout: float, every: float = 0.1) -> bool:
    """Ask `condition` again and again until it holds (True) or `timeout` seconds are over (False)."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True
