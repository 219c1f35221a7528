"""Where Production's predictions and numbers come from: the registry, a git revision, or a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headgate import process
from headgate.config import DEFAULT_PATH
from headgate.errors import CouldNotCarryOut, UsageError
from headgate.gate.checks import Reported
from headgate.lineage.dvc_files import read_dvc_files
from headgate.lineage.git import Git
from headgate.lineage.params import read_metrics
from headgate.lineage.past import Past
from headgate.process import Runner
from headgate.record import Baseline
from headgate.registry.base import Registry, Version


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
        version: the registered version, where it is one.
    """

    baseline: Baseline
    name: str
    predictions: Path | None = None
    reported: Reported | None = None
    evaluation_data: str | None = None
    version: Version | None = None

    @property
    def file_name(self) -> str:
        """What messages call its predictions."""
        if self.baseline.kind == "file":
            return self.name
        again = ", scored again" if self.baseline.rescored else ""
        return f"the predictions of {self.name}{again}"


def no_production() -> Production:
    """There is none yet."""
    return Production(Baseline(kind="none"), "Production")


def from_registry(registry: Registry, scratch: Path, *, predictions: bool) -> Production:
    """The version the alias names, with its predictions where they are needed; none when the registry says so.

    Raises:
        RegistryUnreachable, ArtifactDamaged: never the same as 'there is none'.
    """
    version = registry.production()
    if version is None:
        return no_production()
    return from_version(version, registry, scratch, predictions=predictions, name=f"Production v{version.version}")


def from_version(version: Version, registry: Registry, scratch: Path, *, predictions: bool, name: str) -> Production:
    """A version of the registry, with its predictions where they are needed and it has some.

    Raises:
        RegistryUnreachable, ArtifactDamaged: they cannot be had as they were registered.
    """
    wanted = predictions and version.predictions_digest is not None
    return Production(
        baseline=Baseline(kind="registry", version=version.version, model_digest=version.model_digest),
        name=name,
        predictions=registry.fetch(version, "predictions", scratch / f"v{version.version}") if wanted else None,
        reported=Reported(version.metrics, name),
        evaluation_data=version.evaluation_data,
        version=version,
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

    A revision from before the project used headgate has no Production yet.

    Raises:
        BaselineUnavailable: no such revision here, or none of its predictions.
        FileNotBrought: DVC cannot bring what it tracks.
    """
    git = Git(project, run)
    commit = _commit(git, revision)
    name = f"{revision}@{commit[:7]}"
    past = Past(git, commit, scratch)
    tracked = read_dvc_files(past.check_out_dvc_files())
    file = None if predictions is None else past.bring(predictions, tracked)
    if predictions is not None and file is None:
        if past.knows(str(DEFAULT_PATH)):  # a renamed file must not turn a comparison into "the first model ever"
            raise BaselineUnavailable(
                f"{name} has a {DEFAULT_PATH}, and no {predictions} that git or DVC knows.",
                hint="Did train.predictions change? Compare with the registry, or keep the name for one more release.",
            )
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
