"""What a person or a CI log sees while headgate works. All of it goes to stderr: stdout carries results alone.

On a terminal a step is one line with a spinner or a bar while it works. In CI it is one line too, its details folded
into a group, with a sign of life at least every 30 seconds.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TextIO

from headgate.errors import HeadgateError
from headgate.masking import mask
from headgate.runner_log import goes_to_the_runner

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SIGN_OF_LIFE = 28.0  # seconds without a line; CI readers are promised one every 30
_NAME_WIDTH = 10
_COMMAND = re.compile(r"(?=::)|(?<=#)(?=#\[)")
_COMMAND_OF_A_LINE = re.compile(r"(?m)^(?=\s*::)|(?<=#)(?=#\[)")
_BREAK = "\u200b"  # a space of no width, where the runner's parser finds something else then


def without_commands(result: str) -> str:
    """A result for stdout that GitHub's runner, which reads that too, does not take for its commands.

    It obeys `::` at the beginning of a line, and `##[` anywhere in it.
    """
    return _COMMAND_OF_A_LINE.sub(_BREAK, result)


class Step:
    """One step under way: what it says while it works, and the line that is left of it.

    Args:
        console: where it speaks.
        name: the verb, e.g. "pull".
    """

    def __init__(self, console: Console, name: str) -> None:
        self.name = name
        self.summary = ""
        self._console = console
        self._started = console.clock()
        self._last_line = self._started
        self._doing = ""

    @property
    def seconds(self) -> float:
        """How long the step has taken so far."""
        return self._console.clock() - self._started

    def doing(self, what: str, done: float | None = None, total: float | None = None) -> None:
        """Say what is under way now, and how much of it is done, where that is known (any unit, `done` of `total`)."""
        self._doing = what
        self._console.show_progress(self, what, done, total)

    def detail(self, line: str) -> None:
        """A line worth keeping in the log of the step: shown with -v, and inside the group in CI."""
        if self._console.write_detail(line):
            self._last_line = self._console.clock()

    def warn(self, message: str) -> None:
        """Something a person should know, whatever the verbosity."""
        self._last_line = self._console.clock()
        self._console.warn(message)

    def made(self, summary: str) -> None:
        """The one line that is left when the step is done: what it made, and nothing else."""
        self.summary = summary

    def sign_of_life(self) -> None:
        """In CI: a line when none was written for half a minute."""
        if self._console.clock() - self._last_line >= SIGN_OF_LIFE:
            self._last_line = self._console.clock()
            self._console.write(f"   … {self.name}: {self._doing or 'working'} ({self.seconds:.0f} s)")


class Console:
    """Speaks on `stream`.

    Args:
        stream: where the talk goes; stderr by default.
        environ: read for CI, NO_COLOR and TERM.
        verbosity: -1 errors alone, 0 a line per step, 1 with commands and details.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        verbosity: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream = stream or sys.stderr
        self.verbosity = verbosity
        self.clock = clock
        self.github = environ.get("GITHUB_ACTIONS") == "true"
        self.terminal = self.stream.isatty() and environ.get("TERM") != "dumb" and not self.github
        self.colour = self.terminal and "NO_COLOR" not in environ
        self._progress: Progress | None = None
        self._bar: TaskID | None = None
        self._lock = threading.RLock()

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """One step: open while the block runs, then one line with its summary and the time it took."""
        step = Step(self, name)
        if self.github and self.verbosity >= 0:
            self._emit(f"::group::{name}")
        with self._alive(step):
            try:
                yield step
            except BaseException as failure:
                self._close_group()
                how = "interrupted" if isinstance(failure, KeyboardInterrupt) else "failed"
                self._finish(step, how)
                raise
        self._close_group()
        self._finish(step, step.summary)

    def write(self, line: str) -> None:
        """One line, whatever the verbosity; whatever it holds, it is no command of GitHub's runner."""
        self._emit(self._inert(mask(line)))  # in this order: a secret with a break inside is not found any more

    def _emit(self, line: str) -> None:
        """A line, without secrets, as it is; bars on a terminal move down for it."""
        with self._lock:
            if self._progress is not None:
                self._progress.console.print(mask(line), markup=False, highlight=False, soft_wrap=True)
            else:
                print(mask(line), file=self.stream, flush=True)

    def write_detail(self, line: str) -> bool:
        """A line for those who asked for details (-v), and for CI, which folds them; whether it was written."""
        wanted = self.verbosity >= 1 or (self.github and self.verbosity >= 0)
        if wanted:
            self.write(f"   {line}")
        return wanted

    def command(self, argv: Sequence[str]) -> None:
        """A command about to run, with -v."""
        if self.verbosity >= 1:
            self.write(f"   $ {shlex.join(argv)}")

    def say(self, line: str) -> None:
        """A line of talk, left out with -q."""
        if self.verbosity >= 0:
            self.write(line)

    def warn(self, message: str) -> None:
        """Something a person should know that does not end the command."""
        if self.github:
            self._emit(self._annotation("warning", "headgate", message))
        else:
            self.write(f"headgate: warning: {message}")

    def notice(self, message: str) -> None:
        """What was left out on purpose, and why: on the run's page in GitHub Actions."""
        if self.github:
            self._emit(self._annotation("notice", "headgate", message))
        else:
            self.say(f"headgate: {message}")

    def annotate(self, level: Literal["warning", "error"], title: str, message: str) -> None:
        """A remark on the run's page in GitHub Actions; elsewhere nothing, as what it says is on the screen already."""
        if self.github:
            self._emit(self._annotation(level, title, message))

    def hide(self, secrets: Iterable[str]) -> None:
        """Have GitHub's runner take `secrets` out of the whole log: what other programs of the job print too.

        The runner takes these commands out of the log itself. Nothing does where the talk goes into a file or through
        another program, and there they stay unsaid.
        """
        if self.github and goes_to_the_runner(self.stream):
            with self._lock:
                for secret in secrets:  # not through write(), which would mask them
                    print(f"::add-mask::{self._data(secret)}", file=self.stream, flush=True)

    def error(self, error: HeadgateError) -> None:
        """What ended the command: title, what and why, what next; in GitHub Actions as an annotation too."""
        lines = [f"headgate: {error.title}", *(f"  {line}" for line in error.message.splitlines())]
        if error.hint:
            first, *rest = error.hint.splitlines()
            lines += [f"  try: {first}", *(f"       {line}" for line in rest)]
        if self.colour:
            lines[0] = f"\x1b[31m{lines[0]}\x1b[0m"
        self.write("\n".join(lines))
        if self.github:
            what = error.message if error.hint is None else f"{error.message}\ntry: {error.hint}"
            self._emit(self._annotation("error", f"headgate: {error.title}", what))

    def _inert(self, text: str) -> str:
        """Foreign text that GitHub's runner does not take for a command, wherever in the line it stands."""
        return _COMMAND.sub(_BREAK, text) if self.github else text

    def show_progress(self, step: Step, what: str, done: float | None, total: float | None) -> None:
        """Move the bar on a terminal; everywhere else a sign of life is enough."""
        if self._progress is None or self._bar is None:
            step.sign_of_life()
            return
        self._progress.update(self._bar, description=f" {step.name:<{_NAME_WIDTH}} {mask(what)}", total=total)
        if done is not None:
            self._progress.update(self._bar, completed=done)

    def _finish(self, step: Step, summary: str) -> None:
        self.say(f" {step.name:<{_NAME_WIDTH}} {summary:<66} {step.seconds:6.1f} s")

    def _close_group(self) -> None:
        if self.github and self.verbosity >= 0:
            self._emit("::endgroup::")

    @contextmanager
    def _alive(self, step: Step) -> Iterator[None]:
        """A spinner on a terminal; in CI a thread that writes when nothing else did."""
        if self.verbosity < 0:
            yield
        elif self.terminal:
            with self._spinner(step):
                yield
        else:
            over = threading.Event()
            watcher = threading.Thread(target=self._watch, args=(step, over), daemon=True)
            watcher.start()
            try:
                yield
            finally:
                over.set()
                watcher.join()

    @staticmethod
    def _watch(step: Step, over: threading.Event) -> None:
        while not over.wait(1.0):
            step.sign_of_life()

    @contextmanager
    def _spinner(self, step: Step) -> Iterator[None]:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        class BarWhenKnown(BarColumn):
            """A bar only where a total is known; a pulsing one says nothing that the spinner does not."""

            def render(self, task):  # type: ignore[no-untyped-def]
                return super().render(task) if task.total else ""

        progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarWhenKnown(bar_width=24),
            TimeElapsedColumn(),
            console=RichConsole(file=self.stream, no_color=not self.colour),
            transient=True,
        )
        with progress:
            self._progress = progress
            self._bar = progress.add_task(f" {step.name:<{_NAME_WIDTH}}", total=None)
            try:
                yield
            finally:
                self._progress = self._bar = None

    @staticmethod
    def _annotation(level: str, title: str, message: str) -> str:
        """A workflow command of the GitHub runner, with the escapes its parser asks for."""
        name = Console._data(mask(title)).replace(":", "%3A").replace(",", "%2C")
        return f"::{level} title={name}::{Console._data(mask(message))}"

    @staticmethod
    def _data(text: str) -> str:
        """`text` as the data of a workflow command: in one line, whatever it holds."""
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
