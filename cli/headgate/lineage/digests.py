"""Digests of files and folders: `sha256:<hex>`, the same on every machine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

_CHUNK = 1 << 20
_LONG = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def short(text: str) -> str:
    """`text` with its digests cut to what a person compares: `sha256:9c1e02ab44d1…`."""
    return _LONG.sub(r"\1…", text)


def text_digest(text: str) -> str:
    """The digest of `text` as UTF-8."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def digest(path: Path) -> str:
    """The digest of a file's bytes, or of a folder's tree.

    A folder's digest covers the relative name and the digest of every file in it, in order of name, so that neither
    a file's content nor its place can change unnoticed. Times and permissions do not count.

    Raises:
        FileNotFoundError: there is nothing at `path`.
    """
    if not path.is_dir():
        return _file_digest(path)
    files = (file for file in path.rglob("*") if file.is_file())
    return tree_digest({file.relative_to(path).as_posix(): _file_digest(file) for file in files})


def tree_digest(files: Mapping[str, str]) -> str:
    """The digest of a folder, from its files' digests by relative name."""
    in_order = sorted(files, key=lambda name: name.split("/"))
    return text_digest("".join(f"{name}\0{files[name]}\n" for name in in_order))


def stream_digest(stream: IO[bytes]) -> str:
    """The digest of what is left to read in `stream`."""
    hasher = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        hasher.update(chunk)
    return f"sha256:{hasher.hexdigest()}"


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return stream_digest(file)
