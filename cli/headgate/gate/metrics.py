"""Each metric of the policy, measured on an evaluation set by the method that suits it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from headgate.config.metrics import class_of, level_of
from headgate.gate import probabilities
from headgate.gate.evaluation_set import Answers, EvaluationSet
from headgate.statistics import confusion, losses, ranking, regression
from headgate.statistics.bootstrap import Resampling, bootstrap
from headgate.statistics.calibration import Gaps, own_error, paired_error
from headgate.statistics.cells import Concerns, least_reach, own_least
from headgate.statistics.estimate import Estimate, mean, own_bounds, paired_bounds
from headgate.statistics.measurement import Own, Paired, each, worth
from headgate.statistics.paired import own_share, paired_shares
from headgate.statistics.units import MOST_CELLS, of_groups, of_parts

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Floats

Found = TypeVar("Found")

ACCURACY = ("accuracy", "f1_micro", "precision_micro", "recall_micro")
"""One and the same number, where every row has one label and one answer."""

_PER_CLASS: Mapping[str, tuple[confusion.Metric, Concerns]] = {
    "precision": (confusion.precision_per_class, "answer"),
    "recall": (confusion.recall_per_class, "label"),
    "f1": (confusion.f1_per_class, "either"),
}
_OF_CONFUSION: Mapping[str, confusion.Metric] = {
    "balanced_accuracy": confusion.balanced_accuracy,
    "mcc": confusion.mcc,
    "cohen_kappa": confusion.cohen_kappa,
    **{f"{name}_macro": confusion.macro(per_class) for name, (per_class, _) in _PER_CLASS.items()},
    **{f"{name}_weighted": confusion.weighted(per_class) for name, (per_class, _) in _PER_CLASS.items()},
}
_FOR_TWO: Mapping[str, str] = {
    **{f"{name}_binary": f"{name}[label]" for name in _PER_CLASS},
    "roc_auc": "roc_auc_ovr_macro",
    "average_precision": "roc_auc_ovr_macro",
}
"""Metrics of a positive class, and what to take where there are more than two classes."""


@dataclass(frozen=True)
class Measured:
    """A metric on the evaluation set: the candidate's own value, and the comparison where there is Production."""

    own: Own
    paired: Paired | None


@dataclass(frozen=True)
class Unmeasurable:
    """Why a metric cannot be computed on these rows; it never passes."""

    why: str


@dataclass(frozen=True)
class OfConfusion:
    """A metric of confusion counts.

    Args:
        function: from margins to values.
        position: of the one class it is about; None for all of them.
        concerns: which rows that class concerns it by.
        scale: how wide its range is, beside that of a share.
    """

    function: confusion.Metric
    position: int | None = None
    concerns: Concerns = "either"
    scale: float = 1.0


def measure(names: Iterable[str], rows: EvaluationSet, confidence: float) -> dict[str, Measured | Unmeasurable]:
    """Every metric of `names` on `rows`, with one-sided bounds at `confidence`."""
    found: dict[str, Measured | Unmeasurable] = {}
    of_confusion: dict[str, OfConfusion] = {}
    of_order: list[str] = []
    for name in dict.fromkeys(names):
        if why := _unmeasurable(name, rows):
            found[name] = why
        elif name in rows.candidate.source.row_values:
            found[name] = _estimated(_of_project(name), rows, confidence)
        elif name in ACCURACY:
            found[name] = _accuracy(rows, confidence)
        elif name == "ece":
            found[name] = _calibration(rows, confidence)
        elif name in _OF_ORDER:
            of_order.append(name)
        elif (estimate := _estimate(name)) is not None:
            found[name] = _estimated(estimate, rows, confidence)
        else:
            of_confusion[name] = _confusion_metric(name, rows)
    return found | _ordered(of_order, rows, confidence) | counted(of_confusion, rows, confidence)


def right(rows: EvaluationSet, answers: Answers) -> Flags:
    """Which rows `answers` has right, shape (rows,)."""
    flags: Flags = answers.classes == rows.label
    return flags


def counted(
    metrics: Mapping[str, OfConfusion],
    rows: EvaluationSet,
    confidence: float,
    *,
    least_by: EvaluationSet | None = None,
) -> dict[str, Measured]:
    """Metrics of confusion counts, all from the same resamples.

    `least_by` are the rows that limit what can be proven where there is no disagreement; default: all.
    """
    if not metrics:
        return {}
    found = {}
    least_rows = least_by or rows
    cells, units = least_rows.cells, _units_in(least_rows)
    resampled = bootstrap(resampling(rows), {name: metric.function for name, metric in metrics.items()})
    for name, metric in metrics.items():
        about = (cells, confidence, metric.position, metric.concerns)
        least, least_own = (function(*about, units=units).times(metric.scale) for function in (least_reach, own_least))
        paired = None if rows.production is None else resampled[name].paired(confidence, least=least)
        found[name] = Measured(resampled[name].own(confidence, least=least_own), paired)
    return found


def _unmeasurable(name: str, rows: EvaluationSet) -> Unmeasurable | None:
    """Why these rows have no such number, where they have none."""
    if name in _FOR_TWO and len(rows.classes) > 2:
        known = ", ".join(map(repr, rows.classes[:5]))
        return Unmeasurable(
            f"{name} is for two classes, and here are {len(rows.classes)}: {known}; take {_FOR_TWO[name]}"
        )
    wanted = rows.positive if name in _FOR_TWO else (class_of(name) or (None, None))[1]
    if wanted is not None and wanted not in rows.classes:
        return Unmeasurable(f"no row has the label or the answer {wanted!r}")
    return None


def _accuracy(rows: EvaluationSet, confidence: float) -> Measured:
    """Closed forms for shares; as any other mean where rows are weighted, or belong together."""
    if rows.groups is not None or rows.weights is not None:
        return _estimated(_right, rows, confidence)
    candidate = right(rows, rows.candidate)
    production = None if rows.production is None else right(rows, rows.production)
    paired = None if production is None else paired_shares(production, candidate, confidence)
    return Measured(own_share(candidate, confidence), paired)


def _estimated(estimate: Estimator, rows: EvaluationSet, confidence: float) -> Measured:
    return _compared(*_on_both(rows, lambda answers: estimate(rows, answers)), rows, confidence)


def _ordered(names: Sequence[str], rows: EvaluationSet, confidence: float) -> dict[str, Measured]:
    """Metrics of how well the positive class is put before the other: each side is sorted once for all of them."""
    if not names:
        return {}
    positive = rows.classes.index(rows.positive)

    def estimates(answers: Answers) -> dict[str, Estimate]:
        ranked = _ranked(rows, answers, positive)
        return {name: _OF_ORDER[name](ranked) for name in names}

    candidate, production = _on_both(rows, estimates)
    return {
        name: _compared(candidate[name], None if production is None else production[name], rows, confidence)
        for name in names
    }


def _compared(candidate: Estimate, production: Estimate | None, rows: EvaluationSet, confidence: float) -> Measured:
    return Measured(
        own_bounds(candidate, confidence, rows.groups),
        None if production is None else paired_bounds(production, candidate, confidence, rows.groups),
    )


def _calibration(rows: EvaluationSet, confidence: float) -> Measured:
    candidate, production = _on_both(rows, lambda answers: _gaps(rows, answers))
    return Measured(
        own_error(candidate, confidence, rows.groups),
        None if production is None else paired_error(production, candidate, confidence, rows.groups),
    )


def _on_both(rows: EvaluationSet, work: Callable[[Answers], Found]) -> tuple[Found, Found | None]:
    """`work` on the candidate's answers and, at the same time, on Production's: numpy lets go of the interpreter."""
    if rows.production is None:
        return work(rows.candidate), None
    with ThreadPoolExecutor(max_workers=1) as beside:
        production = beside.submit(work, rows.production)
        return work(rows.candidate), production.result()


def _gaps(rows: EvaluationSet, answers: Answers) -> Gaps:
    """Of two classes, how often the positive one comes true at its probability; of several, how often the answer."""
    if len(rows.classes) > 2:
        return Gaps.of(right(rows, answers), probabilities.of_answer(rows, answers), rows.weights)
    positive = rows.classes.index(rows.positive) if rows.positive in rows.classes else 0
    return Gaps.of(rows.label == positive, probabilities.of_class(rows, answers, positive), rows.weights)


Estimator = Callable[[EvaluationSet, Answers], Estimate]


def _right(rows: EvaluationSet, answers: Answers) -> Estimate:
    """The share of right answers, where rows are weighted or belong together."""
    return mean(right(rows, answers).astype(float), rows.weights, share=True)


def _mean_of(row_losses: Callable[[EvaluationSet, Answers], Floats]) -> Estimator:
    return lambda rows, answers: mean(row_losses(rows, answers), rows.weights)


def _of_project(name: str) -> Estimator:
    """The mean of the numbers that the project itself gives the rows."""
    return _mean_of(lambda _rows, answers: answers.of_file(answers.source.row_values[name]))


def _ranked(rows: EvaluationSet, answers: Answers, position: int) -> ranking.Ranked:
    """The rows by the score of the class at `position`, against all others."""
    score = probabilities.of_class(rows, answers, position)
    return ranking.Ranked.of(rows.label == position, score, rows.weights)


def _auc_of_each(rows: EvaluationSet, answers: Answers) -> Estimate:
    """The mean over the classes that occur as a label, each against all others."""
    import numpy as np

    return ranking.mean_of(
        [ranking.roc_auc(_ranked(rows, answers, int(position))) for position in np.flatnonzero(np.bincount(rows.label))]
    )


def _of_numbers(measure: Callable[[Floats, Floats, Floats | None], Estimate]) -> Estimator:
    return lambda rows, answers: measure(rows.truth, answers.values, rows.weights)


_OF_ORDER: Mapping[str, Callable[[ranking.Ranked], Estimate]] = {
    "roc_auc": ranking.roc_auc,
    "average_precision": ranking.average_precision,
}
_ESTIMATES: Mapping[str, Estimator] = {
    "log_loss": _mean_of(probabilities.log_loss),
    "brier": _mean_of(probabilities.brier),
    "roc_auc_ovr_macro": _auc_of_each,
    "mae": _mean_of(lambda rows, answers: losses.absolute_errors(rows.truth, answers.values)),
    "mape": _mean_of(lambda rows, answers: losses.percentage_errors(rows.truth, answers.values)),
    "rmse": _of_numbers(regression.rmse),
    "r2": _of_numbers(regression.r2),
}


def _estimate(name: str) -> Estimator | None:
    """The estimator of a metric that is a mean, or behaves like one."""
    level = level_of(name)
    if level is not None:
        return _mean_of(lambda rows, answers: losses.pinball_losses(rows.truth, answers.values, level))
    return _ESTIMATES.get(name)


def _confusion_metric(name: str, rows: EvaluationSet) -> OfConfusion:
    if name in _OF_CONFUSION:
        return OfConfusion(_OF_CONFUSION[name], scale=2.0 if name in ("mcc", "cohen_kappa") else 1.0)
    kind, label = class_of(name) or (name.removesuffix("_binary"), rows.positive)
    per_class, concerns = _PER_CLASS[kind]
    position = rows.classes.index(label)
    return OfConfusion(confusion.of_class(per_class, position), position, concerns)


def _units_in(rows: EvaluationSet) -> int | None:
    """How many groups, or rows of equal weight, the rows are worth; None where every row is on its own."""
    if rows.groups is None and rows.weights is None:
        return None
    return worth(each(rows.rows.joined, rows.weights), rows.groups)


def resampling(rows: EvaluationSet) -> Resampling:
    """Cells; units where rows belong together, or where there are too many cells to draw."""
    if rows.groups is None and len(rows.cells.count) <= MOST_CELLS:
        return rows.cells
    production = None if rows.production is None else rows.production.classes
    columns = (rows.label, production, rows.candidate.classes, len(rows.classes), rows.weights)
    return of_parts(*columns) if rows.groups is None else of_groups(rows.groups, *columns)
