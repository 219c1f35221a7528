"""`init`: what is in the repository, what is asked, what would be written, and what was."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from headgate.console import Console
from headgate.errors import UsageError
from headgate.github.templates import Uses, templates
from headgate.lineage.git import Git
from headgate.lineage.source import without_credentials
from headgate.onboarding import (
    LIBRARIES,
    Change,
    Findings,
    Proposal,
    Questions,
    Repository,
    Shipped,
    ask,
    compare,
    discover,
    pipeline_folders,
    propose,
    workflows,
    write,
)
from headgate.process import Runner, run
from headgate.workflow.onboarded import Outcome
from headgate.workflow.templates import default_branch

_NEVER_IN_GIT = (".env", "**/.env", "**/.dvc/config.local", "**/id_rsa", "**/id_ed25519")
_ALL = "all of them"


@dataclass(frozen=True)
class Start:
    """What `init` is told.

    Args:
        folder: where it was called.
        pipelines: folders of pipelines, relative to it; none: those that are found.
        service: whether a service is wanted where there is none; None: ask.
        uses: the copy of headgate whose actions the workflows use, `owner/name@<commit>`; None: the installed one.
        force: replace files that differ.
        dry_run: write nothing.
    """

    folder: Path
    pipelines: tuple[str, ...] = ()
    service: bool | None = None
    uses: str | None = None
    force: bool = False
    dry_run: bool = False


def init(
    start: Start,
    questions: Questions,
    console: Console,
    *,
    environ: Mapping[str, str] = os.environ,
    run: Runner = run,
) -> Outcome:
    """Look, ask, show, write.

    Raises:
        UsageError: there is no such pipeline.
        DvcFileUnreadable, MergeConflictLeft, CouldNotCarryOut: something there cannot be read.
    """
    git = Git(start.folder, run)
    repository, ours = repository_of(git), shipped(start.uses, default_branch(git))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    proposals = []
    for folder in _folders(start, repository, questions):
        findings = discover(repository, folder, environ=environ, python=python, installed=_installed())
        _tell(console, findings)
        answers = ask(findings, questions, service=start.service)
        proposals.append(propose(findings, answers, workflows=workflows(findings, answers, ours)))
    proposal = reduce(Proposal.beside, proposals)
    changes = compare(repository.root, proposal)
    _show(console, changes, whole=start.dry_run)
    wanted = [change for change in changes if change.is_written(force=start.force)]
    agreed = not start.dry_run and bool(wanted) and questions.confirm(_asking(wanted), default=True)
    written = write(repository.root, changes, force=start.force) if agreed else ()
    return Outcome(repository.root, changes, written, proposal, whole=start.dry_run)


def repository_of(git: Git) -> Repository:
    """What git says of the folder; a folder without git is a repository of its own."""
    top = git.try_("rev-parse", "--show-toplevel")
    if not top.ok:
        return Repository(git.project.resolve(), is_git=False)
    origin = git.remote_url()
    tracked = git.try_("ls-files", "--full-name", "--", *(f":(top,glob){name}" for name in _NEVER_IN_GIT))
    return Repository(
        Path(top.stdout.strip()),
        origin=without_credentials(origin) if origin else None,
        tracked=tuple(tracked.stdout.splitlines()),
    )


def shipped(uses: str | None, branch: str) -> dict[str, Shipped] | None:
    """The workflows that headgate ships, filled in; None where nobody knows which copy of its actions may be used.

    Raises:
        UsageError: `uses` is no repository with a commit.
    """
    source = Uses.parse(uses) if uses else Uses.installed()
    if source is None:
        return None
    return {
        name: Shipped(one.file_name, one.filled(source, default_branch=branch)) for name, one in templates().items()
    }


def _folders(start: Start, repository: Repository, questions: Questions) -> Sequence[str]:
    """The projects, relative to the root: those named, the only one there is, or those that are chosen."""
    here = Path(os.path.relpath(start.folder.resolve(), repository.root)).as_posix()
    found = [_joined(here, folder) for folder in pipeline_folders(start.folder.resolve())]
    if start.pipelines:
        wanted = [_joined(here, folder.rstrip("/")) for folder in start.pipelines]
        for folder in wanted:
            if folder.startswith("..") or not (repository.root / folder).is_dir():
                raise UsageError(
                    f"--pipeline names {folder}, and there is no such folder in the repository.",
                    hint=f"Folders with a pipeline: {', '.join(found) or 'none'}",
                )
        return wanted
    if len(found) > 1:
        said = questions.choose("Several pipelines are here. Which is to be released?", [*found, _ALL], _ALL)
        return found if said == _ALL else [said]
    return found or [here]


def _installed() -> dict[str, str]:
    """The versions beside headgate, which is usually where the training runs."""
    from importlib import metadata

    found = {name: next(iter(metadata.distributions(name=name)), None) for name in LIBRARIES}
    return {name: one.version for name, one in found.items() if one}


def _joined(here: str, folder: str) -> str:
    return Path(os.path.normpath(Path(here) / folder)).as_posix()


def _tell(console: Console, findings: Findings) -> None:
    """What was found, before anything is asked."""
    pipeline = findings.pipeline
    trained = (
        f"stages {', '.join(pipeline.stages[:8])}" if pipeline.stages else pipeline.command or "nothing that trains"
    )
    console.say(f"{findings.at_root('.') if findings.folder != '.' else findings.project.name}: {trained}")
    rows = {
        "model": pipeline.models[:3],
        "predictions": [table.path for table in findings.tables],
        "numbers": list(findings.numbers)[:6],
        "service": [f"{one.path} ({one.framework})" for one in findings.services[:2]],
        "Dockerfile": [one.path for one in findings.containers[:2]],
        "DVC remote": [f"{one.name} ({one.where})" for one in findings.remotes],
        "workflows": list(findings.workflows),
    }
    for name, values in rows.items():
        console.say(f"  {name:<12} {', '.join(values) or 'none'}")


def _show(console: Console, changes: Sequence[Change], *, whole: bool) -> None:
    """What would be written: the configuration in full, of everything else the differences; all of it with `whole`."""
    for change in changes:
        if change.diff:
            console.say(f"\n{change.diff}")
        elif change.state == "new" and (whole or change.file.path.endswith("headgate.yaml")):
            console.say(f"\n+++ {change.file.path}\n{change.file.text.rstrip()}")
    console.say("")


def _asking(wanted: Sequence[Change]) -> str:
    names = ", ".join(change.file.path for change in wanted)
    return f"Write {len(wanted)} file{'' if len(wanted) == 1 else 's'} ({names})?"
