"""Digests of files and folders: `sha256:<hex>`, the same on every machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

_CHUNK = 1 << 20


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
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return text_digest("".join(f"{file.relative_to(path).as_posix()}\0{_file_digest(file)}\n" for file in files))


def _file_digest(path: Path) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return f"sha256:{hasher.hexdigest()}"
