"""What `dvc data status` says: its exit code is 0 whatever it finds, so that its JSON is what counts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate.data.failures import DvcFailed
from headgate.data.remotes import Remote
from headgate.lineage.dvc import complaint, dvc
from headgate.process import Runner

_TIMEOUT = 1800.0  # seconds; listing a large remote takes its time


@dataclass(frozen=True)
class Status:
    """Paths relative to the project; folders without their final slash.

    Args:
        missing: in the commit, and neither in the cache nor in the workspace.
        changed: in the workspace with other content than the commit names.
        not_in_remote: the remote does not have them; empty when it was not asked.
    """

    missing: tuple[str, ...]
    changed: tuple[str, ...]
    not_in_remote: tuple[str, ...]


def data_status(project: Path, *, run: Runner, remote: Remote | None = None, ask_remote: bool = False) -> Status:
    """Compare commit, cache, workspace and, with `ask_remote`, the remote; file by file inside folders.

    Raises:
        DvcFailed: DVC could not compare, or answered something else than JSON.
    """
    remote_too = ["--not-in-remote", *(["-r", remote.argument] if remote else [])] if ask_remote else []
    arguments = ["data", "status", "--json", "--granular", *remote_too]
    completed = dvc(*arguments, project=project, run=run, timeout=_TIMEOUT)
    if not completed.ok:
        raise DvcFailed(f"dvc {' '.join(arguments)}", complaint(completed))
    try:
        said: dict[str, Any] = json.loads(completed.stdout)
        uncommitted = said.get("uncommitted", {})
    except (ValueError, AttributeError) as error:
        raise DvcFailed(f"dvc {' '.join(arguments)}", f"not JSON: {completed.stdout[:100]!r}") from error
    return Status(
        missing=_paths(said.get("not_in_cache"), uncommitted.get("deleted"), uncommitted.get("unknown")),
        changed=_paths(uncommitted.get("modified"), uncommitted.get("added")),
        not_in_remote=_paths(said.get("not_in_remote")),
    )


def _paths(*lists: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted({path.rstrip("/") for paths in lists for path in paths or ()}))
