"""What a DVC remote has, fetched by its md5 in a DVC project of its own: nothing in the real one is touched.

A list of a folder's files comes from the remote, and whoever can write there wrote it. So files are copied out of the
cache here, where no name in such a list leads out of its folder.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

import yaml

from headgate.lineage.dvc import object_path
from headgate.lineage.dvc_config import DvcConfig


class Tracked(Protocol):
    """What DVC finds a file or folder by; `hash` is its word for how `md5` was made."""

    @property
    def md5(self) -> str:
        """As DVC gives it: `….dir` for a folder."""

    @property
    def size(self) -> int | None:
        """Bytes."""

    @property
    def files(self) -> int | None:
        """How many, in a folder."""

    @property
    def hash(self) -> str | None:
        """`md5`; None before DVC 3.0."""


@contextmanager
def apart(config: DvcConfig, *, cache: Path) -> Iterator[Path]:
    """An empty DVC project with the real one's settings; only this user can read it, for remotes have passwords."""
    with tempfile.TemporaryDirectory(prefix="headgate-dvc-") as folder:
        scratch = Path(folder).resolve()
        (scratch / ".dvc").mkdir(mode=0o700)
        written = scratch / ".dvc" / "config"
        written.touch(mode=0o600)
        written.write_text(config.alone(cache=cache), encoding="utf-8")
        yield scratch


def write_pointer(tracked: Tracked, place: Path) -> None:
    """The `.dvc` file that makes DVC look for `tracked`, to put it at `place`."""
    out = {
        "md5": tracked.md5,
        "size": tracked.size,
        "nfiles": tracked.files,
        "hash": tracked.hash,
        "path": place.name,
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    pointer = {"outs": [{key: value for key, value in out.items() if value is not None}]}
    place.with_name(f"{place.name}.dvc").write_text(yaml.safe_dump(pointer), encoding="utf-8")


def from_cache(tracked: Tracked, cache: Path, target: Path, part: str = "") -> bool:
    """Copy `tracked` out of DVC's cache if all of it is there; of a folder perhaps the file or folder `part` alone.

    Each call of dvc would cost a second.
    """
    if tracked.hash != "md5":  # DVC before 3.0 kept its cache another way
        return False
    try:
        if tracked.md5.endswith(".dir"):
            _copy_listed(cache, tracked.md5, target, PurePosixPath(part))
        else:
            shutil.copyfile(cache / object_path(tracked.md5), target)
    except (OSError, ValueError, KeyError, TypeError):
        remove(target)
        return False
    return target.exists()


def remove(path: Path) -> None:
    """A file, or a folder with all that is in it; neither needs to be there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _copy_listed(cache: Path, md5: str, target: Path, part: PurePosixPath) -> None:
    """The files that a folder's object lists, those of `part` alone."""
    for entry in json.loads((cache / object_path(md5)).read_text(encoding="utf-8")):
        name = PurePosixPath(entry["relpath"])
        if name.is_relative_to(part):
            place = _below(target, name.relative_to(part))
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(cache / object_path(entry["md5"]), place)


def _below(folder: Path, name: PurePosixPath) -> Path:
    """The place of `name` in `folder`; whoever wrote the list of a folder's files must not reach out of it."""
    place = folder / name
    if not place.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{name} leaves the folder it is in")
    return place
