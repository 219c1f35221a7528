"""Where a release starts from: programs, the checkout, room on the disk."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from headgate.lineage.dvc import dvc, program, root_of
from headgate.lineage.dvc_config import read_config
from headgate.lineage.dvc_files import DvcFiles, read_dvc_files
from headgate.workflow.doctor.finding import Context, Said, fail, ok, warn

LEAST_FREE = 1_000_000_000  # bytes; less than that and something will break on the way
COMFORTABLE = 5_000_000_000
_OLDEST_DVC = (3, 50)
_OLDEST_GIT = (2, 24)  # `fetch --no-write-fetch-head` and atomic pushes, as the git registry uses them


def tools(context: Context) -> Iterator[Said]:
    """Python, git and DVC are there, and not too old."""
    job = context.job
    python = f"Python {platform.python_version()}"
    said = job.git.try_("--version").stdout.strip()
    git = said.replace("git version", "git")
    if root_of(job.project) is None:
        yield recent([python, git], version_of(said), None)
        return
    dvc_version = dvc("--version", project=job.project, run=job.run).stdout.strip()
    yield recent([python, git, f"dvc {dvc_version} ({program()})"], version_of(said), version_of(dvc_version))


def recent(parts: list[str], git: tuple[int, int], dvc_version: tuple[int, int] | None) -> Said:
    """Whether what is installed is recent enough, `parts` being how it is called."""
    there = ", ".join(parts)
    if git < _OLDEST_GIT:
        return fail(f"{there}: git is too old for the git registry", "Install git 2.24 or later.")
    if dvc_version is not None and dvc_version < _OLDEST_DVC:
        return warn(f"{there}: this DVC is older than those headgate is tested with", "pip install 'dvc>=3.50'")
    return ok(there)


def version_of(text: str) -> tuple[int, int]:
    """Major and minor; (0, 0) where the text has no version."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def checkout(context: Context) -> Iterator[Said]:
    """There is a commit, it is what is on disk, and its history is here as far as anybody asks for it."""
    job = context.job
    commit = job.git.commit()
    branch = job.git.branch() or "no branch"
    if job.git.dirty():
        changed = job.git("status", "--short", "--untracked-files=no").splitlines()
        names = ", ".join(line[2:].strip() for line in changed[:3])
        yield warn(
            f"{len(changed)} file(s) differ from the commit ({names}): a release could not be made again from it",
            "git commit, or git stash",
        )
    if job.git("rev-parse", "--is-shallow-repository") == "true":
        yield shallow(job.config.gate.baseline)
    yield ok(f"commit {commit[:7]} on {branch}")


def shallow(baseline: str) -> Said:
    """What a clone without history means for this configuration."""
    fix = "actions/checkout with fetch-depth: 0, or git fetch --unshallow"
    if baseline.startswith("git:"):
        return fail(f"the clone is shallow, and gate.baseline is {baseline}, which it does not have", fix)
    return warn("the clone is shallow: `verify` cannot look up older commits", fix)


def disk(context: Context) -> Iterator[Said]:
    """There is room for the data that is to come, and for what training makes of it."""
    project = context.job.project
    root = root_of(project)
    cache = read_config(root / ".dvc").cache if root else None
    coming = _to_come(read_dvc_files(project), cache) if cache else 0
    yield enough_room(shutil.disk_usage(project).free, coming, "the project")
    if cache is not None and cache.is_dir() and cache.stat().st_dev != project.stat().st_dev:
        yield enough_room(shutil.disk_usage(cache).free, coming, "DVC's cache")


def enough_room(free: int, coming: int, where: str) -> Said:
    """Whether `coming` bytes of data fit into `free`, with something left to work with."""
    has = f"{where} has {free / 1e9:.1f} GB free"
    needs = f", and {coming / 1e9:.1f} GB of data are to come" if coming >= 1e8 else ""
    if free < coming + LEAST_FREE:
        return fail(f"{has}{needs}", "Free some space: dvc gc --workspace, docker system prune", about=where)
    if free < coming + COMFORTABLE:
        return warn(f"{has}{needs}", "docker system df and dvc gc --workspace show what could go", about=where)
    return ok(f"{has}{needs}", about=where)


def _to_come(files: DvcFiles, cache: Path) -> int:
    """Bytes that a pull would bring: what the cache does not have."""
    absent = (
        one.file for one in files.cached if not (cache / "files" / "md5" / one.file.md5[:2] / one.file.md5[2:]).exists()
    )
    return sum(file.size or 0 for file in absent)
