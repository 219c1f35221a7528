"""A folder that only this user can enter, gone when headgate ends; what a killed headgate left is cleared by the next.

Each is locked by its owner as long as the owner lives, however that ends: a folder that can be locked is abandoned.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PREFIX = f"headgate-ssh-{os.getuid() if hasattr(os, 'getuid') else ''}-"
# The path of a socket has at most 104 characters, and some systems' own temporary folder takes most of them.
_BASE = Path("/tmp") if os.access("/tmp", os.W_OK) else Path(tempfile.gettempdir())  # noqa: S108


class PrivateFolder:
    """A new folder, mode 0700, until `remove`."""

    def __init__(self) -> None:
        made = Path(tempfile.mkdtemp(prefix=f"new-{_PREFIX}", dir=_BASE))
        self._owner = os.open(made, os.O_RDONLY)
        fcntl.flock(self._owner, fcntl.LOCK_EX)
        self.path = made.rename(made.with_name(made.name.removeprefix("new-")))  # nobody sees it without its lock

    def write(self, name: str, content: bytes) -> Path:
        """A file of mode 0600, from the first moment on."""
        path = self.path / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(content)
        return path

    def remove(self) -> None:
        """Remove it with all that is inside; a second time does nothing."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._owner >= 0:
            os.close(self._owner)
            self._owner = -1


def clear_abandoned() -> Iterator[Path]:
    """Remove every folder whose owner is gone; each is given out just before."""
    for path in _BASE.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # not ours, or being removed by another headgate
            owner = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(owner).st_uid != os.getuid():
                    continue
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield path
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(owner)
