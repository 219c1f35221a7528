"""The files of a project that are worth a look: none of hidden folders, environments, or data by the million."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

_NEVER = {"node_modules", "__pycache__", "site-packages", "venv", "env", "mlruns", "wandb", "dist", "build"}
_MOST_FILES = 20_000  # of one project; what lies behind them is data
_DEEPEST = 5


def files_below(project: Path, patterns: Sequence[str]) -> Iterator[Path]:
    """The files whose names fit one of `patterns`, folders in order of name, not deeper than five."""
    seen = 0
    for folder, below, names in os.walk(project):
        depth = len(Path(folder).relative_to(project).parts)
        below[:] = sorted(
            name
            for name in below
            if depth < _DEEPEST
            and not name.startswith(".")
            and name not in _NEVER
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            seen += 1
            if any(fnmatch(name, pattern) for pattern in patterns):
                yield Path(folder) / name
        if seen > _MOST_FILES:
            return
