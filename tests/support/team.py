"""A team: a bare git remote, a folder as DVC remote, and clones that share nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from headgate import process
from headgate.config import Config
from headgate.lineage.digests import digest
from headgate.process import Runner
from headgate.registry import Candidate, Registry, open_registry

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=timezone.utc)
DVC_CONFIG = """\
[core]
    remote = storage
    analytics = false
['remote "storage"']
    url = ../../storage
"""


def git(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


@dataclass
class Team:
    """`folder` holds origin.git, storage and the clones; all of them by relative paths, so that it can be copied."""

    folder: Path

    @property
    def origin(self) -> Path:
        return self.folder / "origin.git"

    @property
    def storage(self) -> Path:
        return self.folder / "storage"

    @property
    def dev(self) -> Path:
        return self.folder / "dev"

    def clone(self, name: str, *options: str) -> Path:
        git(self.folder, "clone", "--quiet", *options, f"file://{self.origin}", name)
        return self.folder / name

    def commit(self, project: Path, message: str) -> str:
        git(project, "commit", "--quiet", "--allow-empty", "--message", message)
        git(project, "push", "--quiet", "origin", "HEAD:main")
        return git(project, "rev-parse", "HEAD")

    def registry(self, project: Path, *, run: Runner = process.run, **changes: Any) -> Registry:
        config = Config.model_validate({"version": 1, "model": "sentiment", **changes})
        return open_registry(config, project=project, run=run, environ={"GITHUB_ACTOR": "octocat"}, clock=lambda: NOON)

    def object_of(self, content: bytes) -> Path:
        """Where the DVC remote keeps a file with this content."""
        found = [path for path in self.storage.rglob("*") if path.is_file() and path.read_bytes() == content]
        assert len(found) == 1
        return found[0]


def candidate(
    project: Path,
    model: bytes | Mapping[str, bytes],
    *,
    predictions: bytes | None = b"id,label,prediction\n1,a,a\n",
    name: str = "sentiment",
    run: str | None = "3f9c",
    **changes: Any,
) -> Candidate:
    """What a training in `project` might have left: a model file, or a folder of files, and its predictions."""
    path = project / "models" / "model.bin"
    path.parent.mkdir(exist_ok=True)
    if isinstance(model, bytes):
        path.write_bytes(model)
    else:
        for inner, content in model.items():
            (path / inner).parent.mkdir(parents=True, exist_ok=True)
            (path / inner).write_bytes(content)
    told = project / "predictions.csv"
    if predictions is not None:
        told.write_bytes(predictions)
    fields: dict[str, Any] = {
        "name": name,
        "model": path,
        "model_digest": digest(path),
        "predictions": None if predictions is None else told,
        "predictions_digest": None if predictions is None else digest(told),
        "evaluation_data": digest(told) if predictions is not None else None,
        "metrics": {"accuracy": 0.7455, "f1_macro": 0.7251},
        "facts": {"commit": git(project, "rev-parse", "HEAD"), "verdict": "pass", "run-url": "https://example.com/1"},
        "commit": git(project, "rev-parse", "HEAD"),
        "run": run,
    }
    return Candidate(**{**fields, **changes})


def founded(folder: Path) -> Team:
    """A team before its first model."""
    team = Team(folder)
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git(folder, "init", "--quiet", "--initial-branch=main", "dev")
    git(team.dev, "config", "user.name", "Octo Cat")
    git(team.dev, "config", "user.email", "octocat@example.com")
    git(team.dev, "remote", "add", "origin", "../origin.git")
    (team.dev / ".dvc").mkdir()
    (team.dev / ".dvc" / "config").write_text(DVC_CONFIG)
    (team.dev / ".gitignore").write_text("models\npredictions.csv\n.headgate\n")
    git(team.dev, "add", ".")
    team.commit(team.dev, "the beginning")
    return team
