"""The two sides of the gate, from the record and the registry, or from files named by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from headgate import process
from headgate.config.gate import Gate
from headgate.config.models import Config
from headgate.console import Step
from headgate.errors import UsageError
from headgate.gate import uses
from headgate.gate.checks import Reported
from headgate.gate.custom import RowMetrics
from headgate.gate.decision import Anchor, Comparison
from headgate.gate.evaluation_set import EvaluationSet
from headgate.gate.ids import EvaluationDataDiffers
from headgate.gate.policy import Policy, policy_of
from headgate.gate.predictions import PredictionsUnusable
from headgate.gate.production import Production, from_file, from_git, from_registry, from_version, no_production
from headgate.gate.rescoring import Rescoring
from headgate.gate.same_rows import NAME_A_FILE, SameRows
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
    step: Step | None = None,
) -> Comparison:
    """The candidate of the record's run, and what the configuration compares it with.

    Args:
        config: `gate` says what is needed of both sides, `train` where a git revision has it.
        record_run: the tracked training, whose predictions and numbers are the candidate's.
        registry: who knows Production and the anchor, and counts; None where the baseline is something else.
        project: the folder of headgate.yaml.
        scratch: a folder for what is downloaded.
        baseline: predictions named by hand, in place of the configured baseline.
        run: how programs are run.
        step: where `gate.evaluate` speaks, where it has to run.

    Raises:
        PolicyUnusable: exit 2.
        PredictionsUnusable, EvaluationDataDiffers, EvaluateFailed, BaselineUnavailable, RegistryUnreachable: exit 3.
    """
    policy = policy_of(config.gate)
    production = (
        from_file(baseline, str(baseline))
        if baseline is not None
        else production_of(config, policy, registry, project, scratch, run)
    )
    candidate = _predictions_of(record_run, project) if policy.metrics else None
    same = SameRows(
        config.gate,
        reading=policy.reading,
        rescoring=_rescoring(config, registry, project, scratch, run, step),
        own=RowMetrics.of(policy.custom, project),
    )
    sides = _Sides.of(same, policy, candidate, record_run.predictions_path, production, registry, scratch)
    data = read_dvc_files(project).sources_digest
    if policy.compares_reported and production.baseline.kind in ("registry", "git"):
        _same_data(production, {known for known in (data, sides.evaluation_data) if known})
    return _comparison(
        sides,
        same,
        registry,
        candidate=Reported(record_run.metrics, "the candidate's run"),
        candidate_digest=record_run.predictions_digest if sides.rows else None,
        evaluation_data=sides.evaluation_data or data,
        by_hand=baseline is not None,
    )


def comparison_of_files(
    gate: Gate,
    candidate: Path,
    baseline: Path | None,
    *,
    registry: Registry | None = None,
    scratch: Path | None = None,
    project: Path | None = None,
) -> Comparison:
    """Two predictions files named by hand; without `baseline` the registry's Production, where a registry is given.

    `project` is the folder whose functions the policy's own metrics are.

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
    file = candidate if policy.metrics else None
    same = SameRows(gate, reading=policy.reading, own=RowMetrics.of(policy.custom, project), way_out=NAME_A_FILE)
    sides = _Sides.of(same, policy, file, str(candidate), production, registry, scratch)
    return _comparison(
        sides,
        same,
        registry,
        candidate=None,
        candidate_digest=digest(candidate) if sides.rows else None,
        evaluation_data=sides.evaluation_data,
        by_hand=True,
    )


@dataclass(frozen=True)
class _Sides:
    """What is compared with what: the rows with Production, and those with the anchor."""

    rows: EvaluationSet | None
    production: Production
    anchor: Anchor | None

    @classmethod
    def of(
        cls,
        same: SameRows,
        policy: Policy,
        candidate: Path | None,
        shown: str | None,
        production: Production,
        registry: Registry | None,
        scratch: Path | None,
    ) -> _Sides:
        """The files read, as far as the policy needs them, and joined."""
        if candidate is None:
            return cls(None, production, None)
        ours = same.read(candidate, shown)
        if policy.compares_metrics and production.baseline.kind != "none":
            rows, production = same.with_(ours, production)
        else:
            rows = same.alone(ours)
        anchor = _anchor(policy, production, registry, scratch)
        if anchor is None:
            return cls(rows, production, None)
        shared, anchor = same.with_(ours, anchor)
        return cls(rows, production, Anchor(anchor.baseline, shared))

    @property
    def evaluation_data(self) -> str | None:
        """Digest of the candidate's rows."""
        return None if self.rows is None else self.rows.digest


def _anchor(
    policy: Policy, production: Production, registry: Registry | None, scratch: Path | None
) -> Production | None:
    """The version that the policy holds every candidate to; None where there is no anchor, or it is Production."""
    if policy.anchor is None or (production.version and production.version.version == policy.anchor):
        return None
    if registry is None or scratch is None:
        raise UsageError(
            f"gate.anchor names v{policy.anchor}, and no registry was given to fetch its predictions from.",
            hint="Leave --baseline out, so that the registry is asked; or take gate.anchor out.",
        )
    name = f"v{policy.anchor}, the anchor"
    return from_version(registry.version(policy.anchor), registry, scratch, predictions=True, name=name)


def _comparison(
    sides: _Sides,
    same: SameRows,
    registry: Registry | None,
    *,
    candidate: Reported | None,
    candidate_digest: str | None,
    evaluation_data: str | None,
    by_hand: bool,
) -> Comparison:
    rows, production = sides.rows, sides.production
    used, notes = (
        uses.count(registry, rows.digest, candidate_digest)
        if registry is not None and rows is not None and candidate_digest is not None
        else (None, ())
    )
    return Comparison(
        rows=rows,
        candidate=candidate,
        production=production.reported,
        baseline=production.baseline,
        evaluation_data=evaluation_data,
        candidate_digest=candidate_digest,
        production_digest=digest(production.predictions) if rows and production.predictions else None,
        anchor=sides.anchor,
        uses=used,
        by_hand=by_hand,
        notes=(*same.own.notes(), *notes),
    )


def _rescoring(
    config: Config, registry: Registry | None, project: Path, scratch: Path, run: Runner, step: Step | None
) -> Rescoring | None:
    """`gate.evaluate`, where the project says how a registered model is scored."""
    if config.gate.evaluate is None or registry is None or config.train.predictions is None:
        return None
    return Rescoring(
        command=config.gate.evaluate,
        predictions=config.train.predictions,
        requirements=config.gate.evaluate_requirements,
        timeout=config.train.timeout,
        project=project,
        registry=registry,
        scratch=scratch,
        run=run,
        step=step,
    )


def production_of(
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
