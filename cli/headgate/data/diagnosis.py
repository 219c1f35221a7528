"""Why files are not where they should be: never pushed, damaged on the remote, or whatever DVC complained of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headgate.data.failures import DataDamaged, DvcFailed, NoRemote, NotPushed
from headgate.data.remotes import Remote
from headgate.data.status import data_status
from headgate.errors import CouldNotCarryOut
from headgate.lineage.dvc import complaint, object_path
from headgate.lineage.dvc_files import DvcFiles
from headgate.lineage.git import Git
from headgate.process import Completed, Runner


@dataclass(frozen=True)
class Diagnosis:
    """Finds the reason.

    Args:
        files: what was asked for.
        remote: where it should be.
        project: where DVC runs.
        run: how programs are run.
    """

    files: DvcFiles
    remote: Remote | None
    project: Path
    run: Runner

    def asked_for(self, paths: Sequence[str]) -> list[str]:
        """Those of `paths` that were asked for and that DVC keeps on a remote."""
        return [path for path in paths if (entry := self.files.named(path)) is not None and entry.cached]

    def missing(self, paths: Sequence[str], pulled: Completed) -> CouldNotCarryOut:
        """Why a pull did not bring `paths`; asks the remote what it has.

        Raises:
            DvcFailed: the remote cannot be asked.
        """
        if self.remote is None:
            return NoRemote(paths)
        absent = set(data_status(self.project, run=self.run, remote=self.remote, ask_remote=True).not_in_remote)
        never = [path for path in paths if path in absent]
        if never:
            return self.not_pushed(never, self.remote)
        if not pulled.ok:
            return DvcFailed("dvc pull", complaint(pulled))
        entries = [entry for path in paths if (entry := self.files.named(path)) is not None and entry.path == path]
        return DataDamaged(paths, [object_path(entry.file.md5) for entry in entries], self.remote.name)

    def not_pushed(self, paths: Sequence[str], remote: Remote) -> NotPushed:
        """`paths` are not on the remote: with who changed the first one last, who is likely to have it."""
        entry = self.files.named(paths[0])
        who = Git(self.project, self.run).last_commit_of(entry.named_by) if entry else None
        return NotPushed(paths, remote.name, who)
