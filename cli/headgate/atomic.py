"""Files that are written whole or not at all, whoever reads them meanwhile and however the writing ends."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace(path: Path, content: str | bytes, *, mode: int = 0o600, scratch: Path | None = None) -> None:
    """Put `content` into `path`, in one step.

    Args:
        path: the file; its folder is made where it is missing.
        content: a text is written as UTF-8.
        mode: its permissions.
        scratch: the folder where it is written first, of the same file system; default: that of `path`.

    Raises:
        OSError: it cannot be written; what was at `path` is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, written = tempfile.mkstemp(dir=scratch or path.parent, prefix=f".{path.name}-")  # 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(written).chmod(mode)
        Path(written).replace(path)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise
