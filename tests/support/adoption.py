"""How a team takes headgate up: `headgate init` in a repository without it, and then what a person edits by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from support.act import COMMIT, HEADGATE
from support.project import Project

USES = ("--uses", f"{HEADGATE}@{COMMIT}")
ON_GITHUB = "https://github.com/acme/animals.git"


def without_headgate(folder: Path, *, rows: int) -> Project:
    """A repository that trains with DVC, as it was before anybody in it had heard of headgate."""
    project = Project.make(folder, rows=rows)
    project.run("git", "rm", "--quiet", "headgate.yaml")
    project.config = {}
    project.write(".gitignore", "/training-started\n__pycache__/\n")
    project.write("requirements.txt", "# everything is there\n")
    project.dvc("repro", "--quiet")
    project.dvc("push", "--quiet")
    project.commit("Trained")
    return project


def adopt(project: Project, hosts: Sequence[str]) -> Project:
    """`headgate init`; then the hosts are put in, and it is run again for the workflows that reach them."""
    origin = project.run("git", "remote", "get-url", "origin").strip()
    project.run("git", "remote", "set-url", "origin", ON_GITHUB)
    _headgate(project, "init", "--yes", *USES)
    proposed = (project.folder / "headgate.yaml").read_text()
    project.write("headgate.yaml", proposed.replace("hosts: [local]", f"hosts: {list(hosts)}"))
    _headgate(project, "init", "--yes", "--force", *USES)
    project.run("git", "remote", "set-url", "origin", origin)
    project.config = yaml.safe_load((project.folder / "headgate.yaml").read_text())
    return project


def add_workflows(project: Project, *names: str) -> None:
    """Those that init does not write."""
    _headgate(project, "template", *names, *USES, "--branch", "main", "--to", ".github/workflows")


def edit(project: Project, **sections: dict[str, Any]) -> None:
    """Change some values of headgate.yaml; all others stay as init wrote them."""
    project.configure(**{name: {**project.config.get(name, {}), **values} for name, values in sections.items()})


def _headgate(project: Project, *words: str) -> None:
    done = project.headgate(*words)
    assert done.exit_code == 0, done.stderr
