"""Whether what is written to a stream is read by GitHub's runner, which takes commands out of the log, and by it alone.

The runner gives its pipe to the shell of a step. What headgate writes may go elsewhere: into a file, or into a `tee`
that keeps what it hands on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

_OUTPUTS = (1, 2)  # file descriptors


def goes_to_the_runner(stream: TextIO) -> bool:
    """Whether `stream` is what the step's shell was given; where nobody can tell, it is unless it is a file."""
    try:
        here = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return True
    if stat.S_ISREG(here.st_mode):
        return False
    given = [*_outputs_of(_shell_of_the_step())]
    return not given or any(os.path.samestat(here, output) for output in given)


def _shell_of_the_step() -> int:
    """The first process of the step, of which this one descends: the runner itself has none of the job's variables."""
    pid = above = os.getpid()
    with suppress(OSError, ValueError, IndexError):  # no Linux; or of somebody else
        while b"GITHUB_ACTIONS=true" in Path(f"/proc/{above}/environ").read_bytes().split(b"\0"):
            pid, above = above, int(Path(f"/proc/{above}/stat").read_text().rpartition(")")[2].split()[1])
    return pid


def _outputs_of(pid: int) -> Iterator[os.stat_result]:
    """As far as they can be seen."""
    for number in _OUTPUTS:
        with suppress(OSError):
            yield Path(f"/proc/{pid}/fd/{number}").stat()
