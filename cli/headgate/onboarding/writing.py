"""From a proposal to the disk: what is there already stays, unless somebody has seen the difference and insists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Literal

from headgate import atomic
from headgate.errors import CouldNotCarryOut
from headgate.onboarding.proposal import File, Proposal

State = Literal["new", "same", "adds", "differs"]


@dataclass(frozen=True)
class Change:
    """A proposed file beside the one that is there.

    Args:
        file: as it should be.
        state: `new` there is none; `same`; `adds` only lines are added; `differs` somebody's own lines would go.
        diff: unified, from what is there to what is proposed; empty when new or the same.
    """

    file: File
    state: State
    diff: str = ""

    def is_written(self, *, force: bool) -> bool:
        """Whether `write` would touch the file."""
        return self.state in ("new", "adds") or (self.state == "differs" and force)


def compare(root: Path, proposal: Proposal) -> tuple[Change, ...]:
    """Each proposed file against the disk.

    Raises:
        CouldNotCarryOut: a file is behind a symbolic link, or cannot be read as text.
    """
    return tuple(_compared(root, file) for file in proposal.files)


def write(root: Path, changes: Iterable[Change], *, force: bool = False) -> tuple[Change, ...]:
    """Write what is new or only adds; what differs only with `force`. Returns what was written."""
    written = tuple(change for change in changes if change.is_written(force=force))
    for change in written:
        _replace(root / change.file.path, change.file.text)
    return written


def _compared(root: Path, file: File) -> Change:
    path = root / file.path
    _refuse_links(root, path)
    if not path.exists():
        return Change(file, "new")
    try:
        there = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotCarryOut(f"{file.path} is there and cannot be read as text: {error}.") from error
    if there == file.text:
        return Change(file, "same")
    before, after = there.splitlines(), file.text.splitlines()
    diff = "\n".join(unified_diff(before, after, file.path, f"{file.path} (proposed)", lineterm=""))
    return Change(file, "adds" if file.adds else "differs", diff)


def _refuse_links(root: Path, path: Path) -> None:
    """A link in a repository may point anywhere: nothing is written through one."""
    for part in (path, *path.parents):
        if part == root:
            return
        if part.is_symlink():
            raise CouldNotCarryOut(
                f"{part.relative_to(root)} is a symbolic link, and headgate writes to no file through one.",
                hint="Replace it with a file or a folder, or leave this file out.",
            )


def _replace(path: Path, text: str) -> None:
    """The whole file or nothing; the permissions of the one that was there."""
    atomic.replace(path, text, mode=path.stat().st_mode & 0o777 if path.exists() else 0o644)
