"""The user's own `dvc`: its plugins and its version are theirs. Each call costs about a second: rarely called."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from headgate.errors import MissingExtra
from headgate.process import Completed, Runner

_QUIETLY = {"DVC_NO_ANALYTICS": "1"}


def program(name: str = "dvc") -> str:
    """`dvc` on PATH, else the one installed beside headgate.

    Raises:
        MissingExtra: neither.
    """
    beside = Path(sys.executable).with_name(name)
    found = shutil.which(name) or (str(beside) if beside.is_file() else None)
    if found is None:
        raise MissingExtra("Data under DVC", "dvc")
    return found


def root_of(project: Path) -> Path | None:
    """The folder that holds `.dvc`: the project or one above it in the same git repository; None without DVC."""
    for folder in (project, *project.parents):
        if (folder / ".dvc").is_dir():
            return folder
        if (folder / ".git").exists():
            break
    return None


def dvc(
    *arguments: str,
    project: Path,
    run: Runner,
    on_line: Callable[[str], None] | None = None,
    timeout: float | None = None,
) -> Completed:
    """`dvc ARGUMENTS` in the project, whatever its exit code."""
    return run([program(), *arguments], cwd=project, env=_QUIETLY, on_line=on_line, timeout=timeout)


def complaint(completed: Completed) -> str:
    """What DVC says went wrong: its last ERROR line, since the very last is only a link."""
    lines = [*completed.tail, *completed.stderr.splitlines()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return errors[-1] if errors else completed.last_words


def object_path(md5: str) -> str:
    """Where an object is in a cache or on a remote; a folder's object is a JSON list of the files in it.

    Source: the layout of DVC 3, "internal directories and files".
    """
    return f"files/md5/{md5[:2]}/{md5[2:]}"
