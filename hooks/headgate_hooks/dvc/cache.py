"""DVC's cache on this machine: where an object is, and the files of a folder."""

from __future__ import annotations

import json
from pathlib import Path

from headgate_hooks.dvc.records import Out


def kept(out: Out, cache: Path) -> Path:
    """Where the cache has the object of `out`, if it has; DVC 2 kept its own elsewhere."""
    md5 = out.md5 or ""
    return cache / ("" if out.legacy else "files/md5") / md5[:2] / md5[2:]


def listing(folder: Out, cache: Path) -> dict[str, str] | None:
    """The md5 of each file in a folder by its name there; None where this machine does not know them."""
    try:
        return {one["relpath"]: one["md5"] for one in json.loads(kept(folder, cache).read_bytes())}
    except (OSError, ValueError, KeyError, TypeError):
        return None
