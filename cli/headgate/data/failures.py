"""How data can be incomplete, each with who can mend it."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.errors import CouldNotCarryOut, listing
from headgate.masking import mask


class DataIncomplete(CouldNotCarryOut):
    """The data that this commit names is not here, or is not what it was."""

    title = "data is incomplete"


class NotPushed(DataIncomplete):
    """Files that are in nobody's reach but of whoever made them.

    Args:
        files: paths relative to the project.
        remote: the DVC remote's name.
        last_commit: who changed the first one's dvc.lock or *.dvc, e.g. `3f2c1ab by octocat`.
    """

    def __init__(self, files: Sequence[str], remote: str, last_commit: str | None) -> None:
        who = f"; last changed in {last_commit}" if last_commit else ""
        super().__init__(
            f"{_count(files)} named by dvc.lock or *.dvc {_are(files)} not on the remote '{remote}': {listing(files)}",
            hint=f"dvc push -r {remote}  (on the machine that made them{who})",
        )


class DataDamaged(DataIncomplete):
    """Files whose content on the remote does not have the hash they are stored under.

    Args:
        files: paths relative to the project.
        objects: where they are on the remote, as far as that is known.
        remote: the DVC remote's name.
    """

    title = "data on the remote is damaged"

    def __init__(self, files: Sequence[str], objects: Sequence[str], remote: str) -> None:
        super().__init__(
            f"{_count(files)} {_are(files)} on the remote '{remote}' with other content than dvc.lock or *.dvc names: "
            f"{listing(files)}",
            hint=f"Delete {listing(objects) or 'them'} on the remote, then on a machine that has the data: "
            f"dvc push -r {remote}",
        )


class DataChanged(DataIncomplete):
    """Data in the workspace is not what the commit names."""

    title = "data was changed"

    def __init__(self, files: Sequence[str], commit: str) -> None:
        super().__init__(
            f"{_count(files)} in the workspace {_are(files)} not what commit {commit[:7]} names: {listing(files)}",
            hint="To keep the change: dvc commit, git commit, dvc push. To drop it: dvc checkout --force",
        )


class NoRemote(DataIncomplete):
    """Files are not here, and DVC was given nowhere to look for them."""

    def __init__(self, files: Sequence[str]) -> None:
        super().__init__(
            f"{_count(files)} named by dvc.lock or *.dvc {_are(files)} not here, and DVC has no remote to ask: "
            f"{listing(files)}",
            hint="dvc remote add --default storage <url>  (then, on the machine that has the data: dvc push)",
        )


class LockMissing(DataIncomplete):
    """A stage reads data that only a dvc.lock could name, and there is none."""

    title = "dvc.lock is missing"

    def __init__(self, stage: str, files: Sequence[str]) -> None:
        super().__init__(
            f"The stage '{stage}' reads {listing(files)}, which {_are(files)} not here, and no dvc.lock or *.dvc says "
            "which version to pull.",
            hint="On a machine that has the data: dvc repro && git add dvc.lock && git commit && dvc push",
        )


class PushedFilesLost(DataIncomplete):
    """The remote does not give back what the training pushed.

    Args:
        files: paths relative to the project.
        remote: the DVC remote's name.
        why: what DVC said of it, where it said something.
    """

    title = "what the training pushed is gone"

    def __init__(self, files: Sequence[str], remote: str, why: str = "") -> None:
        super().__init__(
            f"{_count(files)} that the training pushed cannot be had from the remote '{remote}': {listing(files)}"
            f"{f' ({mask(why)})' if why else ''}",
            hint="Where its server was away: this again. Where they were deleted: headgate train",
        )


class ListDamaged(DataIncomplete):
    """The list of a folder's files is none, or names something outside of the folder."""

    title = "data on the remote is damaged"

    def __init__(self, folder: str, place: str, remote: str) -> None:
        super().__init__(
            f"The list of the files in {folder} on the remote '{remote}' is not one that a push leaves: it was damaged "
            "or replaced there.",
            hint=f"Find out who wrote {place} on the remote, delete it, then: headgate train",
        )


class DvcFailed(CouldNotCarryOut):
    """A call of `dvc` failed: no permission, no network, a plugin that is not installed."""

    title = "dvc failed"

    def __init__(self, command: str, complaint: str, *, hint: str | None = None) -> None:
        super().__init__(f"`{command}`: {mask(complaint)}", hint=hint or f"{command} -v  (here, to see all of it)")


class RemoteSilent(CouldNotCarryOut):
    """The remote's host does not answer: said after seconds, where DVC would wait for minutes."""

    title = "the data remote does not answer"


def _count(files: Sequence[str]) -> str:
    return "1 file" if len(files) == 1 else f"{len(files)} files"


def _are(files: Sequence[str]) -> str:
    return "is" if len(files) == 1 else "are"
