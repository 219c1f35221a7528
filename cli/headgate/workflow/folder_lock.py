"""One release at a time in one folder: two would train over each other's files."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from headgate.errors import CouldNotCarryOut


class AnotherIsAtWork(CouldNotCarryOut):
    """A release is under way in this folder."""

    title = "another release is under way here"


@contextmanager
def alone(project: Path) -> Iterator[None]:
    """Hold the folder's lock while the block runs; the system frees it when this process ends, however it ends.

    Raises:
        AnotherIsAtWork: names the process that holds it.
    """
    path = project / ".headgate" / "release.lock"
    path.parent.mkdir(exist_ok=True)
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AnotherIsAtWork(
                f"Process {file.read().strip() or 'unknown'} is releasing from {project}.",
                hint="Wait for it to end, or work in another clone.",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _opened(path: Path) -> IO[str]:
    """The lock file; never one that a link in the repository points at, somewhere else."""
    link = next((one for one in (path.parent, path) if one.is_symlink()), None)
    if link is not None:
        raise CouldNotCarryOut(
            f"{link} is a symbolic link, and headgate writes to no file through one.",
            hint=f"git rm {path.parent.name}, and add /{path.parent.name}/ to .gitignore",
        )
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")
