"""The DVC remote: it answers, and it has what the commit names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headgate.config.models import Config
from headgate.data.diagnosis import Diagnosis
from headgate.data.reachable import check_answers
from headgate.data.remotes import Remote, chosen, remote_for_this_run
from headgate.data.status import data_status
from headgate.errors import listing
from headgate.lineage.dvc import root_of
from headgate.lineage.dvc_config import read_config
from headgate.lineage.dvc_files import DvcFiles, read_dvc_files
from headgate.process import TimedOut
from headgate.workflow.doctor.finding import Context, Said, fail, failed, ok, warn

_ADD = "dvc remote add --default storage <url> && dvc push && git commit .dvc/config"


def data(context: Context) -> Iterator[Said]:
    """The remote answers, and nothing that the training reads is missing there."""
    job = context.job
    root = root_of(job.project)
    if root is None:
        yield without_dvc(job.config)
        return
    files = read_dvc_files(job.project)
    with _usable(root / ".dvc", job.config.data.remote) as remote:
        if remote is None:
            yield fail("DVC has no remote: neither data nor models get anywhere", _ADD)
            return
        folder = _folder(remote)
        if folder is not None:
            yield from folder_remote(remote.name, folder, in_ci=context.in_ci)
            if not folder.is_dir():
                return
        check_answers(remote, run=job.run, project=job.project)
        if not files.cached:
            yield ok(f"'{remote.name}' is set; DVC tracks no data yet")
            return
        try:
            absent = data_status(job.project, run=job.run, remote=remote, ask_remote=True).not_in_remote
        except TimedOut:
            yield not_in_time(remote.name)
            return
        yield from complete(files, absent, remote, Diagnosis(files, remote, job.project, job.run))


def complete(files: DvcFiles, absent: tuple[str, ...], remote: Remote, explain: Diagnosis) -> Iterator[Said]:
    """What the remote lacks: data that no stage makes is lost to everybody else; the rest can be made again."""
    asked = explain.asked_for(absent)
    lost = [path for path in asked if files.made_by(path) is None]
    if lost:
        yield failed(explain.not_pushed(lost, remote))
    made = [path for path in asked if path not in lost]
    if made:
        yield warn(
            f"'{remote.name}' does not have {listing(made)}, which stages make: the training makes them anew",
            f"dvc push -r {remote.name}",
        )
    if not asked:
        count = len(files.cached)
        yield ok(f"'{remote.name}' answers and has all of {count} file{'' if count == 1 else 's'} and folders")


def not_in_time(name: str) -> Said:
    """A remote that hangs, or that is too large to be listed in seconds: nobody can tell yet."""
    return fail(
        f"'{name}' could not be listed in time: it does not answer, or it is very large",
        f"dvc data status --not-in-remote -r {name}  (takes as long as it takes)\n"
        "Where it is large and well: headgate doctor --skip data",
    )


def folder_remote(name: str, folder: Path, *, in_ci: bool) -> Iterator[Said]:
    """A remote that is a folder of one machine."""
    if not folder.is_dir():
        yield fail(f"'{name}' is the folder {folder}, which is not there", f"mkdir -p {folder}, or mount it")
    elif not os.access(folder, os.W_OK):
        yield fail(f"'{name}' is the folder {folder}, where this user may not write", f"ls -ld {folder}")
    elif in_ci:
        yield warn(f"'{name}' is a folder of this runner: what is pushed is gone with it", _ADD)


def without_dvc(config: Config) -> Said:
    """A project without `.dvc`."""
    if config.registry.uri == "git":
        return fail(
            "there is no DVC here, and the git registry keeps models on a DVC remote",
            f"dvc init && {_ADD}\nor: registry: {{uri: tracking}}",
        )
    return ok("there is no DVC here, and nothing asks for it")


@contextmanager
def _usable(folder: Path, name: str | None) -> Iterator[Remote | None]:
    """The remote as it is; only one whose keyfile is elsewhere is made fit, as a release would, and put back."""
    remote = chosen(read_config(folder), name)
    if remote is None or remote.stand_in is None:
        yield remote
        return
    with remote_for_this_run(folder, name) as fit:
        yield fit


def _folder(remote: Remote) -> Path | None:
    return Path(remote.url) if Path(remote.url).is_absolute() else None
