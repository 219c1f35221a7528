"""Programs that run beside headgate and end with it, even where it is killed without a chance to clean up."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from headgate.process import ProgramMissing, await_until, inherited

_GRACE = 3.0  # seconds between asking a program to end and insisting


class Background:
    """A program at work, in a session of its own: a Ctrl-C at the terminal does not reach it.

    Args:
        argv: program and arguments.
        log: the file that gets both of its outputs.
        env: variables on top of this process's own.

    Raises:
        ProgramMissing: the program is not on PATH.
    """

    def __init__(self, argv: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> None:
        if shutil.which(argv[0]) is None:
            raise ProgramMissing(argv[0])
        self._argv = [*_ends_with_its_parent(), *argv]
        self._log = log
        self._env = {**inherited(), **(env or {})}
        self._child: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._begun = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        self._begun.wait()
        if self._failure:
            raise self._failure

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._child is not None and self._child.poll() is None

    def end(self) -> None:
        """Ask it to end, wait, insist."""
        for request in (signal.SIGTERM, signal.SIGKILL):
            if self._child and self.running:
                with suppress(ProcessLookupError):
                    os.killpg(self._child.pid, request)
                await_until(lambda: not self.running, timeout=_GRACE, every=0.01)

    def _watch(self) -> None:
        """Start it, and stay until it ends: to the kernel its parent is this thread, whose end would be its own."""
        try:
            with self._log.open("ab") as log:
                self._child = subprocess.Popen(
                    self._argv,
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as failure:
            self._failure = failure
        finally:
            self._begun.set()
        if self._child:
            self._child.wait()


def _ends_with_its_parent() -> list[str]:
    """Where there is no setpriv (it comes with every Linux), what a killed headgate leaves is ended by the next one."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
