"""Puts what the training made where the next machine finds it, and makes sure that it is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from headgate.config.models import Data as DataConfig
from headgate.console import Step
from headgate.data.diagnosis import Diagnosis
from headgate.data.failures import DvcFailed
from headgate.data.reachable import check_answers
from headgate.data.remotes import remote_for_this_run
from headgate.data.status import data_status
from headgate.lineage.dvc import complaint, dvc, root_of
from headgate.lineage.dvc_files import read_dvc_files
from headgate.process import Runner, run
from headgate.record import DataFile, OnRemote

_TIMEOUT = 6 * 3600.0  # seconds


@dataclass(frozen=True)
class Pushed:
    """What a push left behind.

    Args:
        files: what stages made and what the targets name, all of it on the remote now.
        remote: the DVC remote's name; None when nothing was pushed.
        nothing_because: why nothing was pushed, e.g. `DVC has no remote`; None after a push.
    """

    files: tuple[DataFile, ...] = ()
    remote: str | None = None
    nothing_because: str | None = None

    def concerning(self, *paths: str) -> tuple[OnRemote, ...]:
        """What another job needs to find `paths` again. Before 3.0 DVC kept files in another way: those it does not."""
        return tuple(
            OnRemote(**file.model_dump())
            for file in self.files
            if file.hash == "md5" and any(_concerns(PurePosixPath(file.path), PurePosixPath(path)) for path in paths)
        )


def push(config: DataConfig, *, project: Path, run: Runner = run, step: Step) -> Pushed:
    """Push all that DVC tracks, and check that the remote has what stages made and what the targets name.

    Raises:
        NotPushed: the remote does not have a file afterwards.
        RemoteSilent, DvcFailed, UsageError: as for `pull`.
    """
    root = root_of(project)
    if root is None:
        return Pushed(nothing_because="there is no DVC here")
    with remote_for_this_run(root / ".dvc", config.remote) as remote:
        if remote is None:
            return Pushed(nothing_because="DVC has no remote")
        check_answers(remote, run=run, project=project)
        files = read_dvc_files(project)
        asked_for = files.only(config.targets).cached
        ours = tuple(entry for entry in files.cached if entry.stage is not None or entry in asked_for)
        step.doing(f"pushing to {remote.name}")
        pushed = dvc("push", "-r", remote.argument, project=project, run=run, on_line=step.detail, timeout=_TIMEOUT)
        if not pushed.ok:
            raise DvcFailed("dvc push", complaint(pushed))
        step.doing("checking that the remote has all of it")
        status = data_status(project, run=run, remote=remote, ask_remote=True)
        if absent := [path for path in status.not_in_remote if files.named(path) in ours]:
            raise Diagnosis(files, remote, project, run).not_pushed(absent, remote)
    return Pushed(tuple(entry.file for entry in ours), remote.name)


def _concerns(one: PurePosixPath, other: PurePosixPath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
