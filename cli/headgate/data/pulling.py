"""Brings what the commit names, and makes sure that all of it is here and is what the commit says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from headgate.config.models import Data as DataConfig
from headgate.config.suggestion import nearest
from headgate.console import Step
from headgate.data.diagnosis import Diagnosis
from headgate.data.failures import DataChanged, DataIncomplete, DvcFailed, LockMissing
from headgate.data.progress import shown
from headgate.data.reachable import check_answers
from headgate.data.remotes import Remote, remote_for_this_run
from headgate.data.status import Status, data_status
from headgate.errors import UsageError
from headgate.lineage.digests import digest
from headgate.lineage.dvc import complaint, dvc, root_of
from headgate.lineage.dvc_config import read_config
from headgate.lineage.dvc_files import LOCK, DvcFiles, read_dvc_files
from headgate.lineage.dvc_yaml import PIPELINE
from headgate.lineage.source import now
from headgate.process import Completed, Runner, run
from headgate.record import Data, Source

_TIMEOUT = 6 * 3600.0  # seconds


def pull(
    config: DataConfig,
    source: Source,
    *,
    project: Path,
    run: Runner = run,
    step: Step,
    clock: Callable[[], datetime] = now,
) -> Data:
    """Pull what dvc.lock and *.dvc name with the user's own `dvc`, and check that nothing is missing or damaged.

    A project without DVC has nothing to pull: its section says so.

    Raises:
        LockMissing: a stage reads data that nothing names.
        NotPushed: the remote never had a file; says who to ask.
        DataDamaged: the remote has a file with other content than its hash says.
        DataChanged: data in the workspace is not what the commit names.
        RemoteSilent: an SSH remote does not answer within 10 s.
        DvcFailed: DVC could not do it, in its own words.
        UsageError: a target or a remote that does not exist.
    """
    root = root_of(project)
    files = _wanted(config, project, read_dvc_files(project))
    if root is None:
        return _nothing(config, project, files, clock)
    _check_all_named(project, files)
    with remote_for_this_run(root / ".dvc", config.remote) as remote:
        check_answers(remote, run=run, project=project)
        with shown(step, read_config(root / ".dvc").cache, [entry.file for entry in files.cached]):
            pulled = dvc(*_pull(config, remote), project=project, run=run, on_line=step.detail, timeout=_TIMEOUT)
        step.doing("checking that nothing is missing")
        _check_all_here(pulled, data_status(project, run=run), Diagnosis(files, remote, project, run), source)
    name = config.remote or read_config(root / ".dvc").default
    return Data(
        remote=name,
        sources=files.sources_digest,
        lock=digest(project / LOCK) if (project / LOCK).is_file() else None,
        files=tuple(entry.file for entry in files.inputs),
        pulled_at=clock(),
    )


def _pull(config: DataConfig, remote: Remote | None) -> list[str]:
    """Missing files are no error here: a stage that never ran has none, and what counts is checked afterwards."""
    return ["pull", "--allow-missing", *(["-r", remote.argument] if remote else []), "--", *config.targets]


def _wanted(config: DataConfig, project: Path, files: DvcFiles) -> DvcFiles:
    """The part of `files` that the configuration asks for; every target must ask for something."""
    unlocked = {stage.name for stage in files.unlocked}
    for target in config.targets:
        if target in unlocked:
            raise LockMissing(target, next(stage.reads for stage in files.unlocked if stage.name == target))
        if not files.only([target]).tracked:
            known = [entry.path for entry in files.tracked] + [entry.stage for entry in files.tracked if entry.stage]
            raise UsageError(
                f"data.targets names '{target}', which no dvc.lock or *.dvc in {project.name} knows"
                f"{nearest(target, known)}."
            )
    return files.only(config.targets)


def _nothing(config: DataConfig, project: Path, files: DvcFiles, clock: Callable[[], datetime]) -> Data:
    """The section of a project without DVC."""
    if config.remote or config.targets or files.tracked or (project / PIPELINE).exists():
        raise DataIncomplete(
            f"{project} uses DVC, and has no .dvc folder with its configuration.",
            hint="git add .dvc/config on the machine that has it, or: dvc init",
        )
    return Data(remote=None, lock=None, files=(), pulled_at=clock())


def _check_all_named(project: Path, files: DvcFiles) -> None:
    """What an unlocked stage reads must be here, come from another stage, or be named by a *.dvc."""
    made = {path for stage in files.unlocked for path in stage.makes}
    for stage in files.unlocked:
        unknown = [
            path for path in stage.reads if path not in made and not files.named(path) and not (project / path).exists()
        ]
        if unknown:
            raise LockMissing(stage.name, unknown)


def _check_all_here(pulled: Completed, status: Status, explain: Diagnosis, source: Source) -> None:
    """Nothing missing, nothing changed; else the reason that fits."""
    missing = explain.asked_for(status.missing)
    if missing:
        raise explain.missing(missing, pulled)
    changed = explain.asked_for(status.changed)
    if pulled.ok:  # what a stage makes may differ: the training makes it anew
        changed = [path for path in changed if explain.files.made_by(path) is None]
    if changed:
        raise DataChanged(changed, source.commit)
    if not pulled.ok:
        raise DvcFailed("dvc pull", complaint(pulled))
