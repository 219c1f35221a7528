"""The two sides of the gate, from the record and the registry, or from files named by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headgate import process
from headgate.config.models import Config, Gate
from headgate.errors import UsageError
from headgate.gate.checks import Reported
from headgate.gate.decision import Comparison
from headgate.gate.evaluation_set import EvaluationSet, evaluation_set
from headgate.gate.ids import EvaluationDataDiffers
from headgate.gate.metrics import NEEDS_SCORES
from headgate.gate.policy import Policy, policy_of
from headgate.gate.predictions import PredictionsUnusable, read_predictions
from headgate.gate.production import Production, from_file, from_git, from_registry, no_production
from headgate.lineage.digests import digest
from headgate.lineage.dvc_files import read_dvc_files
from headgate.process import Runner
from headgate.record import Run
from headgate.registry.base import Registry


def comparison_from(
    config: Config,
    record_run: Run,
    *,
    registry: Registry | None,
    project: Path,
    scratch: Path,
    baseline: Path | None = None,
    run: Runner = process.run,
) -> Comparison:
    """The candidate of the record's run, and what the configuration compares it with.

    Args:
        config: `gate` says what is needed of both sides, `train` where a git revision has it.
        record_run: the tracked training, whose predictions and numbers are the candidate's.
        registry: who knows Production; not asked when the baseline is something else.
        project: the folder of headgate.yaml.
        scratch: a folder for what is downloaded.
        baseline: predictions named by hand, in place of the configured baseline.
        run: how programs are run.

    Raises:
        PolicyUnusable: exit 2.
        PredictionsUnusable, EvaluationDataDiffers, BaselineUnavailable, RegistryUnreachable: exit 3.
    """
    policy = policy_of(config.gate)
    production = (
        from_file(baseline, str(baseline))
        if baseline is not None
        else _production(config, policy, registry, project, scratch, run)
    )
    candidate = _predictions_of(record_run, project) if policy.metrics else None
    rows = None if candidate is None else _rows(config.gate, policy, candidate, production, record_run.predictions_path)
    data = read_dvc_files(project).sources_digest
    if policy.compares_reported and production.baseline.kind in ("registry", "git"):
        _same_data(production, {known for known in (data, rows and rows.digest) if known})
    return _comparison(
        rows,
        production,
        candidate=Reported(record_run.metrics, "the candidate's run"),
        candidate_digest=record_run.predictions_digest if rows else None,
        evaluation_data=data if rows is None else rows.digest,
        by_hand=baseline is not None,
    )


def comparison_of_files(
    gate: Gate,
    candidate: Path,
    baseline: Path | None,
    *,
    registry: Registry | None = None,
    scratch: Path | None = None,
) -> Comparison:
    """Two predictions files named by hand; without `baseline` the registry's Production, where a registry is given.

    Raises:
        PolicyUnusable, UsageError: the policy compares, and there is nothing to compare with; exit 2.
        PredictionsUnusable, EvaluationDataDiffers: exit 3.
    """
    policy = policy_of(gate)
    if baseline is not None:
        production = from_file(baseline, str(baseline))
    elif registry is not None and scratch is not None:
        production = from_registry(registry, scratch, predictions=policy.compares_metrics)
    elif policy.compares_metrics or policy.compares_reported:
        raise UsageError(
            "The policy compares with Production, and nothing was named to compare with.",
            hint="--baseline <predictions of Production>",
        )
    else:
        production = no_production()
    rows = _rows(gate, policy, candidate, production, str(candidate)) if policy.metrics else None
    return _comparison(
        rows,
        production,
        candidate=None,
        candidate_digest=digest(candidate) if rows else None,
        evaluation_data=rows.digest if rows else None,
        by_hand=True,
    )


def _comparison(
    rows: EvaluationSet | None,
    production: Production,
    *,
    candidate: Reported | None,
    candidate_digest: str | None,
    evaluation_data: str | None,
    by_hand: bool,
) -> Comparison:
    return Comparison(
        rows=rows,
        candidate=candidate,
        production=production.reported,
        baseline=production.baseline,
        evaluation_data=evaluation_data,
        candidate_digest=candidate_digest,
        production_digest=digest(production.predictions) if rows and production.predictions else None,
        by_hand=by_hand,
    )


def _production(
    config: Config, policy: Policy, registry: Registry | None, project: Path, scratch: Path, run: Runner
) -> Production:
    """What `gate.baseline` names."""
    kind, _, name = config.gate.baseline.partition(":")
    if kind == "git":
        predictions = config.train.predictions if policy.compares_metrics else None
        metrics: Sequence[str] = config.train.metrics if policy.compares_reported else ()
        return from_git(name, project, scratch, predictions=predictions, metrics=metrics, run=run)
    if kind == "file":
        return from_file(project / name, name)
    if registry is None:
        raise UsageError("gate.baseline is `registry`, and no registry was given.", hint="Set registry.uri.")
    return from_registry(registry, scratch, predictions=policy.compares_metrics)


def _predictions_of(run: Run, project: Path) -> Path | None:
    """The candidate's predictions, unchanged since the run; None when the run made none.

    Raises:
        PredictionsUnusable: gone, or not what the run made.
    """
    if run.predictions_path is None:
        return None
    path = project / run.predictions_path
    if not path.exists():
        raise PredictionsUnusable(f"{run.predictions_path}, which the run made, is gone.", hint="headgate train")
    if run.predictions_digest is not None and digest(path) != run.predictions_digest:
        raise PredictionsUnusable(
            f"{run.predictions_path} is not what the run made: it was changed since.", hint="headgate train"
        )
    return path


def _rows(gate: Gate, policy: Policy, candidate: Path, production: Production, shown: str | None) -> EvaluationSet:
    """Both files read, as far as the policy needs them, and joined."""
    scores = not NEEDS_SCORES.isdisjoint(policy.metrics)
    ours = read_predictions(candidate, gate.columns, scores=scores, name=shown)
    theirs = None
    if policy.compares_metrics and production.predictions is not None:
        name = production.name if production.baseline.kind == "file" else f"the predictions of {production.name}"
        theirs = read_predictions(production.predictions, gate.columns, scores=scores, name=name)
    return evaluation_set(ours, theirs, positive=gate.columns.positive)


def _same_data(production: Production, known: set[str]) -> None:
    """Refuse to compare logged numbers that were measured on other data, or on data nobody knows."""
    if production.evaluation_data is None or not known:
        whose = production.name if production.evaluation_data is None else "the candidate"
        raise EvaluationDataDiffers(
            f"The reported numbers cannot be compared with those of {production.name}: what {whose} was measured on is "
            "not known.",
            hint="Track the evaluation data with DVC (dvc add), or write train.predictions; or keep to min and max "
            "under gate.reported.",
        )
    if production.evaluation_data not in known:
        raise EvaluationDataDiffers(
            f"The reported numbers cannot be compared with those of {production.name}: the evaluation data changed "
            "since.",
            hint="Release once with absolute limits alone (min, max) on the new data; from then on there is something "
            "to compare with.",
        )
