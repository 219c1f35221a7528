"""How they are started and ended: a script is the first of all processes of its engine, and all end with it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import docker
from docker.errors import DockerException

from support.deployment import until
from support.hosts import Host

_APART = ("unshare", "--fork", "--pid", "--mount", "--mount-proc")
_STARTS_WITHIN, _ENDS_WITHIN = 60, 60  # seconds


@dataclass(frozen=True)
class Lent:
    """An engine that is up. `socket` is where its own host has it, `seen_here` where this machine sees the same."""

    socket: str
    seen_here: Path

    @property
    def url(self) -> str:
        """For programs of this machine."""
        return f"unix://{self.seen_here}"

    def load(self, images: Sequence[str]) -> None:
        """Copy images of this machine's engine."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            loading = ["docker", "-H", self.url, "load", "--quiet"]
            subprocess.run(loading, stdin=saved.stdout, check=True, stdout=subprocess.DEVNULL)

    @property
    def answers(self) -> bool:
        try:
            docker.DockerClient(base_url=self.url).close()
            return True
        except DockerException:
            return False


@contextmanager
def lent(engine: Lent, images: Sequence[str], script: str, *arguments: str, host: Host | None = None) -> Iterator[Lent]:
    """Run a script of this folder, which runs the engine, until the block ends.

    The script waits for the end of its standard input and then clears up: however this process ends, nothing is left.
    """
    text = Path(__file__).with_name(script).read_text()
    argv = [*(host.entering if host else ()), *_APART, "bash", "-c", text, script, *arguments]
    with tempfile.TemporaryFile() as log:
        running = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
        try:
            until(lambda: running.poll() is not None or engine.answers, _STARTS_WITHIN)
            assert running.poll() is None, f"{script}: {_end_of(log)}"
            if images:
                engine.load(images)
            yield engine
        finally:
            running.communicate(timeout=_ENDS_WITHIN)


def _end_of(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")[-2000:]
