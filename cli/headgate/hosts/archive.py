"""Files as the tar archives that the engine's API takes and gives."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping


def pack(files: Mapping[str, bytes], private_to: tuple[int, int] | None = None) -> bytes:
    """A tar of `files`: owned by root and readable by all, or by the user and group `private_to` alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600 if private_to else 0o644
            entry.uid, entry.gid = private_to or (0, 0)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def pack_folder(name: str) -> bytes:
    """A tar of an empty folder that everybody may write to, and where only the owner of a file may delete it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
        archive.addfile(entry)
    return buffer.getvalue()


def unpack(archive: bytes) -> dict[str, bytes]:
    """The regular files of a tar, by name; everything else in it is left alone."""
    files = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for entry in opened:
            content = opened.extractfile(entry) if entry.isreg() else None
            if content is not None:
                files[entry.name] = content.read()
    return files
