"""How differently the groups of a column are answered: counted over (group, label, production, candidate)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from headgate.gate.evaluation_set import Answers, EvaluationSet
from headgate.gate.metrics import Measured, OfConfusion, Unmeasurable, counted, resampling
from headgate.gate.slices import values_of
from headgate.statistics.fairness import METRICS, OF_RATES, Allowing

if TYPE_CHECKING:
    from headgate.statistics.measurement import Integers


@dataclass(frozen=True)
class Groups:
    """The rows of the groups that are large enough, and what was left out.

    Args:
        rows: those of the groups that are compared, their classes being (group, class) with the positive class second.
        compared: the groups' names.
        left_out: names of groups with too few rows, and how many they have.
        smallest: the rows of the smallest group that is compared, counted the same way.
    """

    rows: EvaluationSet
    compared: tuple[str, ...]
    left_out: dict[str, int]
    smallest: EvaluationSet


def groups_by(column: str, rows: EvaluationSet, min_rows: int) -> Groups | Unmeasurable:
    """The groups of `column`, or why they cannot be compared.

    Raises:
        PredictionsUnusable: the file has no such column, or too many values for groups.
    """
    import numpy as np

    if len(rows.classes) > 2:
        return Unmeasurable(f"fairness is for two classes, and here are {len(rows.classes)}")
    if rows.positive not in rows.classes:
        return Unmeasurable(f"no row has the label or the answer {rows.positive!r}")
    values, position = values_of((column,), rows)
    names = [value for (value,) in values]
    counts = np.bincount(position, minlength=len(names))
    large = np.flatnonzero(counts >= min_rows)
    left_out = {name: int(count) for name, count in zip(names, counts, strict=True) if count < min_rows}
    if len(names) < 2:
        return Unmeasurable(f"every row has {column} = {names[0]}, so there is nothing to compare")
    if len(large) < 2:
        return Unmeasurable(f"fewer than two groups of {column} have {min_rows:,} rows: {told(left_out)}")
    kept = np.flatnonzero(np.isin(position, large))
    group = np.searchsorted(large, position[kept])
    joint = _joint(rows.at(kept), group, len(large))
    smallest = np.flatnonzero(group == np.argmin(counts[large]))
    return Groups(joint, tuple(names[at] for at in large), left_out, joint.at(smallest))


def measure_fairness(names: Iterable[str], groups: Groups, confidence: float) -> dict[str, Measured]:
    """Every metric of `names`, both models on the same resamples of all groups."""
    metrics = {name: OfConfusion(METRICS[name]) for name in dict.fromkeys(names)}
    found = counted(metrics, groups.rows, confidence, least_by=groups.smallest)
    rows = resampling(groups.rows)
    return {name: _widened(one, Allowing.of(OF_RATES[name], rows, confidence)) for name, one in found.items()}


def _widened(measured: Measured, allowing: Allowing) -> Measured:
    own, paired = measured.own, measured.paired
    own = replace(own, bounds=own.bounds.widest(allowing.own))
    if paired is not None and allowing.paired is not None:
        paired = replace(paired, bounds=paired.bounds.widest(allowing.paired))
    return Measured(own, paired)


def told(groups: dict[str, int]) -> str:
    """`a (12 rows), b (3 rows)`."""
    return ", ".join(f"{name} ({rows:,} row{'s' if rows != 1 else ''})" for name, rows in groups.items())


def _joint(rows: EvaluationSet, group: Integers, groups: int) -> EvaluationSet:
    """The rows with (group, class) as their classes: class k of group g at 2 g + k, the positive class being k = 1."""
    positive = rows.classes.index(rows.positive)

    def joined(answers: Answers) -> Answers:
        return replace(answers, classes=2 * group + (answers.classes == positive))

    return replace(
        rows,
        classes=tuple(f"{at}:{kind}" for at in range(groups) for kind in ("other", "positive")),
        label=2 * group + (rows.label == positive),
        candidate=joined(rows.candidate),
        production=None if rows.production is None else joined(rows.production),
    )
