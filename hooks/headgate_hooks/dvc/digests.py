"""DVC's hashes: of files, of files as DVC 2 took them, and of folders.

Source: `dvc_data/hashfile/hash.py` and `tree.py` of dvc-data 3.18: a folder's hash is that of the JSON list of its
files, in order of name, and ends in `.dir`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

_TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"
_CHUNK = 1 << 20


def md5_of(content: bytes, *, legacy: bool) -> str:
    """The md5 of a file; a `legacy` one is of text with Unix line ends, chunk by chunk, as DVC 2 took it."""
    hasher = hashlib.md5(usedforsecurity=False)
    if not legacy:
        hasher.update(content)
        return hasher.hexdigest()
    for start in range(0, len(content), _CHUNK):
        chunk = content[start : start + _CHUNK]
        hasher.update(chunk.replace(b"\r\n", b"\n") if _is_text(chunk[:512]) else chunk)
    return hasher.hexdigest()


def folder_md5(files: Mapping[str, str]) -> str:
    """The hash of a folder, from the md5 of each file by its name relative to the folder."""
    listed = [{"md5": files[name], "relpath": name} for name in sorted(files)]
    text = json.dumps(listed, sort_keys=True).encode()
    return f"{hashlib.md5(text, usedforsecurity=False).hexdigest()}.dir"


def _is_text(block: bytes) -> bool:
    return b"\0" not in block and len(block.translate(None, _TEXT)) <= 0.3 * len(block)
