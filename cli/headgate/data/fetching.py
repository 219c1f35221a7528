"""Brings what a training in another job pushed: by the hashes in the record, since no commit names it yet.

The record and the remote are what the training left. Neither may lead anything out of the files that are asked for:
DVC takes every name in a folder's list as it is, so a list is looked through before DVC is given it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from headgate.config.models import Data as DataConfig
from headgate.console import Step
from headgate.data.failures import DvcFailed, ListDamaged, NoRemote, PushedFilesLost
from headgate.data.progress import shown
from headgate.data.reachable import check_answers
from headgate.data.remotes import Remote, chosen
from headgate.lineage.dvc import complaint, dvc, object_path, root_of
from headgate.lineage.dvc_apart import apart, from_cache, write_pointer
from headgate.lineage.dvc_config import read_config
from headgate.process import Runner, run
from headgate.record import OnRemote

_TIMEOUT = 6 * 3600.0  # seconds
_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Piece:
    """A file or folder to be brought: its `place` in the project, and which `part` of what was pushed it is."""

    pushed: OnRemote
    place: str
    part: str = ""


def pieces_of(wanted: Iterable[str], pushed: Sequence[OnRemote]) -> Iterator[Piece]:
    """What the files and folders `wanted` are made of, as far as it was pushed: themselves, or parts, or a part."""
    for path in wanted:
        for one in pushed:
            if _inside(one.path, path):
                yield Piece(one, one.path)
            elif _inside(path, one.path):
                yield Piece(one, path, PurePosixPath(path).relative_to(one.path).as_posix())


def fetch(config: DataConfig, pieces: Sequence[Piece], *, project: Path, run: Runner = run, step: Step) -> str:
    """Bring `pieces`, none of which is there yet, from the DVC remote, whose name is returned.

    Nobody has compared them with anything by then but their own md5: that is for who knows their digests.

    Raises:
        NoRemote: DVC has none here.
        PushedFilesLost: the remote does not have them any more.
        ListDamaged: a folder's list names what is outside of the folder.
        RemoteSilent, DvcFailed, UsageError: as for `pull`.
    """
    root = root_of(project)
    settings = read_config(root / ".dvc") if root else None
    remote = chosen(settings, config.remote) if settings else None
    if settings is None or remote is None:
        raise NoRemote([piece.place for piece in pieces])
    check_answers(remote, run=run, project=project)
    files = list({piece.pushed.path: piece.pushed for piece in pieces}.values())
    with tempfile.TemporaryDirectory(prefix="headgate-") as folder, apart(settings, cache=Path(folder)) as scratch:
        cache = Path(folder)
        for file in files:
            write_pointer(file, scratch / file.path)
            if file.md5.endswith(".dir"):
                _bring_list(file, remote, cache, scratch, run)
        with shown(step, cache, files):
            places = [piece.place for piece in pieces]
            fetched = dvc("fetch", "-r", remote.name, "--", *places, project=scratch, run=run, timeout=_TIMEOUT)
        if not fetched.ok:
            raise DvcFailed("dvc fetch", complaint(fetched))
        lost = [piece for piece in pieces if not _put(piece, cache, project)]
    if lost:
        raise PushedFilesLost([piece.place for piece in lost], remote.name)
    return remote.name


def _bring_list(file: OnRemote, remote: Remote, cache: Path, scratch: Path, run: Runner) -> None:
    """The list of a folder's files into the cache, where DVC looks first; one that reaches out of it never gets there.

    Raises:
        PushedFilesLost, ListDamaged: as for `fetch`.
    """
    brought = scratch / ".dvc" / "list"
    brought.unlink(missing_ok=True)
    source = f"remote://{remote.name}/{object_path(file.md5)}"
    got = dvc("get-url", source, str(brought), project=scratch, run=run)
    if not brought.is_file():
        raise PushedFilesLost([file.path], remote.name, complaint(got))
    if not _harmless(brought):
        raise ListDamaged(file.path, object_path(file.md5), remote.name)
    kept = cache / object_path(file.md5)
    kept.parent.mkdir(parents=True, exist_ok=True)
    brought.replace(kept)


def _harmless(listing: Path) -> bool:
    """Whether it is a list of files inside of their folder, each with a hash that is one."""
    try:
        entries = json.loads(listing.read_bytes())
        names = [PurePosixPath(entry["relpath"]) for entry in entries]
        hashes = [entry["md5"] for entry in entries]
        return all(not name.is_absolute() and ".." not in name.parts for name in names) and all(
            _MD5.fullmatch(one) for one in hashes
        )
    except (ValueError, KeyError, TypeError):
        return False


def _put(piece: Piece, cache: Path, project: Path) -> bool:
    """Whether all of a piece arrived; it is in its place then."""
    place = project / piece.place
    place.parent.mkdir(parents=True, exist_ok=True)
    return from_cache(piece.pushed, cache, place, piece.part)


def _inside(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)
