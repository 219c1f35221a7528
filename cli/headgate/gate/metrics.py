"""Each metric of the policy, measured on an evaluation set by the method that suits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.config.metrics import class_of
from headgate.gate.evaluation_set import Answers, EvaluationSet
from headgate.statistics import confusion
from headgate.statistics.bootstrap import bootstrap, least_reach
from headgate.statistics.measurement import Own, Paired
from headgate.statistics.paired import own_mean, own_share, paired_means, paired_shares

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags

NEEDS_SCORES = frozenset({"log_loss"})

_OF_CONFUSION: Mapping[str, confusion.Metric] = {
    "f1_macro": confusion.f1_macro,
    "f1_weighted": confusion.f1_weighted,
}


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
    """A metric of confusion counts; `position` is that of the one class it is about, None for all of them."""

    function: confusion.Metric
    position: int | None = None


def measure(names: Iterable[str], rows: EvaluationSet, confidence: float) -> dict[str, Measured | Unmeasurable]:
    """Every metric of `names` on `rows`, with one-sided bounds at `confidence`."""
    found: dict[str, Measured | Unmeasurable] = {}
    of_confusion: dict[str, OfConfusion] = {}
    for name in dict.fromkeys(names):
        if name == "accuracy":
            found[name] = _accuracy(rows, confidence)
        elif name == "log_loss":
            found[name] = _log_loss(rows, confidence)
        else:
            metric = _confusion_metric(name, rows)
            if isinstance(metric, Unmeasurable):
                found[name] = metric
            else:
                of_confusion[name] = metric
    if of_confusion:
        functions = {name: metric.function for name, metric in of_confusion.items()}
        for name, resampled in bootstrap(rows.cells, functions).items():
            least = least_reach(rows.cells, confidence, of_confusion[name].position)
            paired = None if rows.production is None else resampled.paired(confidence, least=least)
            found[name] = Measured(resampled.own(confidence), paired)
    return found


def right(rows: EvaluationSet, answers: Answers) -> Flags:
    """Which rows `answers` has right, shape (rows,)."""
    flags: Flags = answers.classes == rows.label
    return flags


def _accuracy(rows: EvaluationSet, confidence: float) -> Measured:
    candidate = right(rows, rows.candidate)
    production = None if rows.production is None else right(rows, rows.production)
    paired = None if production is None else paired_shares(production, candidate, confidence)
    return Measured(own_share(candidate, confidence), paired)


def _log_loss(rows: EvaluationSet, confidence: float) -> Measured:
    candidate = rows.log_losses(rows.candidate)
    production = None if rows.production is None else rows.log_losses(rows.production)
    paired = None if production is None else paired_means(production, candidate, confidence)
    return Measured(own_mean(candidate, confidence), paired)


def _confusion_metric(name: str, rows: EvaluationSet) -> OfConfusion | Unmeasurable:
    """The function for `name`, or why these rows have no such number."""
    if name in _OF_CONFUSION:
        return OfConfusion(_OF_CONFUSION[name])
    if name == "f1_binary" and len(rows.classes) > 2:
        known = ", ".join(map(repr, rows.classes[:5]))
        return Unmeasurable(f"f1_binary is for two classes, and here are {len(rows.classes)}: {known}; take f1[label]")
    wanted = rows.positive if name == "f1_binary" else class_of(name)
    if wanted not in rows.classes:
        return Unmeasurable(f"no row has the label or the answer {wanted!r}")
    position = rows.classes.index(wanted)
    return OfConfusion(confusion.f1_of(position), position)
