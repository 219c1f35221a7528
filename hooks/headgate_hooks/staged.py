"""What is staged, read from git's index: a commit is made of that, whatever the working tree says.

Programs are run here and not through `headgate.process`, because blobs are bytes, and because each import counts in a
hook that has 150 ms.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple

from headgate_hooks.outcome import CouldNotCheck

_FILES = ("100644", "100755")


class Entry(NamedTuple):
    """A file of the index: the id of its blob."""

    oid: str
    executable: bool


def git(*arguments: str, cwd: Path | None = None, stdin: bytes | None = None) -> bytes:
    """What `git ARGUMENTS` prints.

    Raises:
        CouldNotCheck: there is no git, or it failed.
    """
    try:
        done = subprocess.run(["git", *arguments], cwd=cwd, input=stdin, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise CouldNotCheck("git is not on PATH") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise CouldNotCheck(f"`git {' '.join(arguments)}`: {said or f'exit code {done.returncode}'}")
    return done.stdout


@dataclass(frozen=True)
class Tree:
    """Files of one repository: of its index, or of one commit.

    Args:
        top: the working tree.
        prefix: where the hook runs in it, with a final slash; empty at the top.
        entries: by path from the top, with slashes.
    """

    top: Path
    prefix: str
    entries: Mapping[str, Entry]
    _kept: dict[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def staged(cls) -> Tree:
        """The index of the repository around the current folder."""
        top, prefix = _place()
        listed = git("ls-files", "--stage", "-z", cwd=top).decode("utf-8", "surrogateescape")
        return cls(top, prefix, dict(_indexed(listed)))

    @classmethod
    def of_commit(cls, commit: str) -> Tree:
        """The files of `commit`."""
        top, prefix = _place()
        listed = git("ls-tree", "-r", "-z", "--full-tree", commit, cwd=top).decode("utf-8", "surrogateescape")
        return cls(top, prefix, dict(_listed(listed)))

    def __contains__(self, path: object) -> bool:
        return path in self.entries

    def at(self, names: Iterable[str], allowed: Iterable[str] = ()) -> list[str]:
        """Paths from the top of files named on the command line, without those that fit one of `allowed`."""
        paths = (os.path.normpath(os.path.join(self.prefix, name)).replace(os.sep, "/") for name in names)  # noqa: PTH118
        return without(paths, allowed)

    def shown(self, path: str) -> str:
        """`path` as it is called from where the hook runs."""
        return os.path.relpath(path, self.prefix) if self.prefix else path

    def named(self, names: Iterable[str]) -> list[str]:
        """The paths of every file with one of these names (`dvc.yaml`) or endings (`*.dvc`), in order."""
        wanted = tuple(names)
        endings = tuple(name[1:] for name in wanted if name.startswith("*"))
        return sorted(
            path
            for path in self.entries
            if (name := path.rpartition("/")[2]) in wanted
            or (endings and name.endswith(endings) and name not in endings)
        )

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that has a file below it."""
        found: set[str] = set()
        for path in self.entries:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    def below(self, folder: str) -> list[str]:
        """The paths of every file in `folder`."""
        start = f"{folder}/" if folder not in ("", ".") else ""
        return sorted(path for path in self.entries if path.startswith(start))

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """Sizes in bytes, without reading the files."""
        wanted = list(paths)
        on_disk = (path for path in wanted if path not in self.entries)
        sizes = {path: (self.top / path).stat().st_size for path in on_disk if (self.top / path).is_file()}
        blobs = [path for path in wanted if path in self.entries]
        if blobs:
            asked = "".join(f"{self.entries[path].oid}\n" for path in blobs).encode()
            answers = git("cat-file", "--batch-check=%(objectsize)", cwd=self.top, stdin=asked).split(b"\n")
            sizes.update({path: int(size) for path, size in zip(blobs, answers, strict=False) if size.isdigit()})
        return sizes

    def read(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The content of each file, all through one process; a file that the tree does not have comes from disk."""
        wanted = list(paths)
        blobs = [path for path in wanted if path in self.entries]
        for path in wanted:
            if path not in self.entries and (self.top / path).is_file():
                yield path, (self.top / path).read_bytes()
        yield from zip(blobs, _blobs(self.top, [self.entries[path].oid for path in blobs]), strict=True)

    def content(self, path: str) -> bytes | None:
        """The content of one file, kept for the next time; None where there is none, in the tree or on disk."""
        if path not in self._kept:
            self.keep([path])
        return self._kept.get(path)

    def keep(self, paths: Iterable[str]) -> None:
        """Read all of these at once, for `content` to find."""
        self._kept.update(self.read(path for path in paths if path not in self._kept))


def without(paths: Iterable[str], allowed: Iterable[str]) -> list[str]:
    """The paths that fit none of the patterns."""
    globs = tuple(allowed)
    return [path for path in paths if not any(fnmatchcase(path, glob) for glob in globs)]


def _place() -> tuple[Path, str]:
    said = git("rev-parse", "--show-toplevel", "--show-prefix").decode("utf-8", "surrogateescape").split("\n")
    return Path(said[0]), said[1]


def _indexed(listed: str) -> Iterator[tuple[str, Entry]]:
    """The files of `git ls-files --stage -z`; of a file in conflict our side, until it is resolved."""
    for record in listed.split("\0"):
        facts, tab, path = record.partition("\t")
        if tab:
            mode, oid, stage = facts.split(" ")
            if mode in _FILES and stage in ("0", "2"):
                yield path, Entry(oid, mode == "100755")


def _listed(listed: str) -> Iterator[tuple[str, Entry]]:
    """The files of `git ls-tree -r -z`."""
    for record in listed.split("\0"):
        facts, tab, path = record.partition("\t")
        if tab:
            mode, _, oid = facts.split(" ")
            if mode in _FILES:
                yield path, Entry(oid, mode == "100755")


def _blobs(top: Path, oids: list[str]) -> Iterator[bytes]:
    """Each blob, one in memory at a time."""
    if not oids:
        return
    child = subprocess.Popen(["git", "cat-file", "--batch"], cwd=top, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdin is not None and child.stdout is not None  # noqa: S101  (Popen was given PIPE)
        asked = "".join(f"{oid}\n" for oid in oids).encode()
        # git stops reading when nobody reads its answers, so asking and reading go side by side.
        threading.Thread(target=_ask, args=(child.stdin, asked), daemon=True).start()
        for oid in oids:
            header = child.stdout.readline().split()
            if len(header) != 3:
                raise CouldNotCheck(f"git does not have the object {oid}: is this a partial clone?")
            yield child.stdout.read(int(header[2]))
            child.stdout.read(1)


def _ask(stdin: IO[bytes], asked: bytes) -> None:
    with suppress(BrokenPipeError), stdin:
        stdin.write(asked)
