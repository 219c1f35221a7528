"""Model and predictions that the gate saw, at hand: from this machine, or from where the training pushed them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from headgate.errors import CouldNotCarryOut, listing
from headgate.lineage.digests import digest, short
from headgate.lineage.dvc_apart import remove
from headgate.record import Run
from headgate.workflow import summaries
from headgate.workflow.job import Job

if TYPE_CHECKING:
    from headgate.data import Piece


class ModelChanged(CouldNotCarryOut):
    """The file at hand, or on the remote, is not the one the record speaks of."""

    title = "the model is not the one that was gated"


class NotAtHand(CouldNotCarryOut):
    """What was gated is not here, and nothing says where else it is."""

    title = "what was gated is not here"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path}, which the training made, is not here, and it was not pushed to any DVC remote.",
            hint="headgate train  (where it was made here)\n"
            "Made by another job: let that job push it (data: {push: true}, with DVC 3 and a remote), or hand the file "
            "on with the record, as an artifact of its own",
        )


def at_hand(job: Job, run: Run) -> None:
    """See to it that model and predictions are here as the gate saw them; what is not here is fetched.

    The record may come from another job: it says what the content must be, and headgate.yaml where it goes.

    Raises:
        ModelChanged: another place or content than the gate saw; what came from the remote as that is removed again.
        NotAtHand: one is not here, and nothing says where it is.
        DataIncomplete, RemoteSilent, DvcFailed: it could not be fetched.
    """
    from headgate.data import pieces_of

    _check_places(job, run)
    expected = run.digests
    away = [piece for piece in pieces_of(expected, run.on_remote) if not job.path(piece.place).exists()]
    to_bring = {path: sha for path, sha in expected.items() if any(_belongs(piece, path) for piece in away)}
    here = {path: sha for path, sha in expected.items() if path not in to_bring}
    for path in here:
        if not job.path(path).exists():
            raise NotAtHand(path)
    if away:
        _fetch(job, away, to_bring)
    for path, promised in here.items():
        _unchanged(job.path(path), promised)


def _check_places(job: Job, run: Run) -> None:
    """Nothing is fetched to a place that only a record names."""
    config = job.config.train
    configured = [path for path in (config.model, config.predictions) if path is not None]
    if [job.path(path) for path in run.digests] != [job.path(path) for path in configured]:
        raise ModelChanged(
            f"The record speaks of {listing(run.digests)}, and headgate.yaml of {listing(configured)}.",
            hint="headgate train, then headgate gate",
        )


def _fetch(job: Job, away: list[Piece], expected: Mapping[str, str]) -> None:
    """Bring what is away; what turns out to be something else does not stay."""
    from headgate.data import fetch

    with job.console.step("fetch") as step:
        remote = fetch(job.config.data, away, project=job.project, run=job.run, step=step)
        for path, promised in expected.items():
            if (found := digest(job.path(path))) != promised:
                for piece in away:
                    if _belongs(piece, path):
                        remove(job.path(piece.place))
                raise ModelChanged(
                    f"{path} came from the remote '{remote}' as {short(found)}, and the gate saw {short(promised)}: "
                    "it was replaced there, or the record was changed on its way.",
                    hint="headgate train, then headgate gate",
                )
        step.made(summaries.fetched([piece.pushed for piece in away], remote))


def _belongs(piece: Piece, path: str) -> bool:
    return PurePosixPath(piece.place).is_relative_to(path)


def _unchanged(path: Path, expected: str) -> None:
    found = digest(path)
    if found != expected:
        raise ModelChanged(
            f"{path} is {short(found)}, and the gate saw {short(expected)}.", hint="headgate train, then headgate gate"
        )
