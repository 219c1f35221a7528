"""Where Production's predictions and numbers come from: the registry, a git revision, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headgate import process
from headgate.errors import CouldNotCarryOut, UsageError
from headgate.gate.checks import Reported
from headgate.lineage.dvc_files import read_dvc_files
from headgate.lineage.git import Git
from headgate.lineage.params import read_metrics
from headgate.lineage.past import Past
from headgate.process import Runner
from headgate.record import Baseline
from headgate.registry.base import Registry


class BaselineUnavailable(CouldNotCarryOut):
    """There is a Production, and what the policy needs of it cannot be had."""

    title = "Production cannot be compared with"


@dataclass(frozen=True)
class Production:
    """What the candidate is compared with.

    Args:
        baseline: which model it is; `none` when there is none yet.
        name: what reports and messages call it, e.g. `Production v7`.
        predictions: its predictions on disk, where the policy needs them.
        reported: its logged numbers.
        evaluation_data: digest of what it was scored on, where that is known.
    """

    baseline: Baseline
    name: str
    predictions: Path | None = None
    reported: Reported | None = None
    evaluation_data: str | None = None


def no_production() -> Production:
    """There is none yet."""
    return Production(Baseline(kind="none"), "Production")


def from_registry(registry: Registry, scratch: Path, *, predictions: bool) -> Production:
    """The version the alias names, with its predictions where they are needed; none when the registry says so.

    Raises:
        RegistryUnreachable, ArtifactDamaged: never the same as 'there is none'.
        BaselineUnavailable: it was registered without predictions, and the policy compares them.
    """
    version = registry.production()
    if version is None:
        return no_production()
    name = f"Production v{version.version}"
    if predictions and version.predictions_digest is None:
        raise BaselineUnavailable(
            f"{name} was registered without predictions, so no metric can be compared on the same rows.",
            hint="Release once with absolute limits alone (min, max); from then on max_drop and max_rise have "
            "something to compare with. Or compare with a file: gate.baseline: file:<path>.",
        )
    return Production(
        baseline=Baseline(kind="registry", version=version.version, model_digest=version.model_digest),
        name=name,
        predictions=registry.fetch(version, "predictions", scratch) if predictions else None,
        reported=Reported(version.metrics, name),
        evaluation_data=version.evaluation_data,
    )


def from_file(path: Path, shown: str) -> Production:
    """A predictions file alone: no numbers come with it."""
    return Production(Baseline(kind="file", version=shown), shown, predictions=path)


def from_git(
    revision: str,
    project: Path,
    scratch: Path,
    *,
    predictions: str | None,
    metrics: Sequence[str],
    run: Runner = process.run,
) -> Production:
    """The predictions and metrics files of another commit; those that DVC tracks come from the user's own `dvc get`.

    A revision that knows no predictions file, in git or in DVC, has no Production yet.

    Raises:
        BaselineUnavailable: no such revision here, or DVC cannot bring what it tracks.
    """
    git = Git(project, run)
    commit = _commit(git, revision)
    name = f"{revision}@{commit[:7]}"
    past = Past(git, commit, scratch)
    tracked = read_dvc_files(past.check_out_dvc_files())
    file = None if predictions is None else past.bring(predictions, tracked)
    if predictions is not None and file is None:
        return no_production()
    numbers = {name: past.bring(name, tracked) for name in metrics}
    found = [name for name, place in numbers.items() if place is not None]
    return Production(
        baseline=Baseline(kind="git", version=name),
        name=name,
        predictions=file,
        reported=Reported(read_metrics(past.project, found), name) if found else None,
        evaluation_data=tracked.sources_digest,
    )


def _commit(git: Git, revision: str) -> str:
    if revision.startswith("-"):
        raise UsageError(f"gate.baseline: git:{revision} is no revision.", hint="E.g. git:origin/main")
    found = git.try_("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if not found.ok:
        raise BaselineUnavailable(
            f"gate.baseline names the git revision '{revision}', which is not in this clone.",
            hint=f"git fetch origin {revision.removeprefix('origin/')}  (in GitHub Actions: actions/checkout with "
            "fetch-depth: 0)",
        )
    return found.stdout.strip()
