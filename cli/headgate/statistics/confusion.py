"""Metrics of a confusion matrix, for one matrix or for thousands of resampled ones at once.

All of them need the matrix' margins and diagonal alone: per class how often it is true, how often it is predicted, and
how often it is both. Definitions and edge cases are scikit-learn's, with `zero_division=0`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Counts, Flags, Floats


@dataclass(frozen=True)
class Margins:
    """Counts per class, or sums of weights, each of shape (..., classes); leading axes are resamples."""

    actual: Counts
    predicted: Counts
    correct: Counts

    @property
    def rows(self) -> Counts:
        """Rows behind each matrix, shape (...)."""
        total: Counts = self.actual.sum(axis=-1)
        return total


Metric = Callable[[Margins], "Floats"]
"""From margins of shape (..., classes) to values of shape (...)."""


def share(part: Counts, whole: Counts) -> Floats:
    """Part / whole, 0 where there is nothing to divide by: scikit-learn's `zero_division=0`."""
    import numpy as np

    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def accuracy(margins: Margins) -> Floats:
    """The share of right answers."""
    return share(margins.correct.sum(axis=-1), margins.rows)


def precision_per_class(margins: Margins) -> Floats:
    """How often an answer is right, for every class, shape (..., classes): tp / (tp + fp)."""
    return share(margins.correct, margins.predicted)


def recall_per_class(margins: Margins) -> Floats:
    """How often a class is found, for every class, shape (..., classes): tp / (tp + fn)."""
    return share(margins.correct, margins.actual)


def f1_per_class(margins: Margins) -> Floats:
    """F1 of every class, shape (..., classes): 2 tp / (2 tp + fp + fn)."""
    return share(2 * margins.correct, margins.actual + margins.predicted)


def macro(per_class: Metric) -> Metric:
    """The mean over the classes that occur, as a truth or as an answer."""

    def mean(margins: Margins) -> Floats:
        return _mean_where((margins.actual + margins.predicted) > 0, per_class(margins))

    return mean


def weighted(per_class: Metric) -> Metric:
    """The mean over the classes, each weighted by how often it is true."""

    def mean(margins: Margins) -> Floats:
        return share((per_class(margins) * margins.actual).sum(axis=-1), margins.rows)

    return mean


def of_class(per_class: Metric, position: int) -> Metric:
    """The value of the class at `position`."""

    def value(margins: Margins) -> Floats:
        of_one: Floats = per_class(margins)[..., position]
        return of_one

    return value


def balanced_accuracy(margins: Margins) -> Floats:
    """The mean recall over the classes that occur as a truth."""
    return _mean_where(margins.actual > 0, recall_per_class(margins))


def mcc(margins: Margins) -> Floats:
    """Matthews' correlation of truth and answer; 0 where either is the same on every row.

    Source: Gorodkin, Computational Biology and Chemistry 28 (2004) 367-374, which for two classes is Matthews' own:
    (c n - sum t p) / sqrt((n^2 - sum p^2)(n^2 - sum t^2)), c right answers, t and p per class true and predicted.
    """
    import numpy as np

    agreement, chance, everything = _agreement(margins)
    answers = _rest(everything, (_exact(margins.predicted) ** 2).sum(axis=-1))
    truths = _rest(everything, (_exact(margins.actual) ** 2).sum(axis=-1))
    return share(agreement - chance, np.sqrt(answers * truths))


def cohen_kappa(margins: Margins) -> Floats:
    """Agreement beyond chance, (p_o - p_e) / (1 - p_e); NaN where one class is all there is on both sides.

    Source: Cohen, Educational and Psychological Measurement 20 (1960) 37-46.
    """
    import numpy as np

    agreement, chance, everything = _agreement(margins)
    possible = _rest(everything, chance)
    undefined = np.full(np.shape(possible), np.nan)
    kappa: Floats = np.divide(agreement - chance, possible, out=undefined, where=possible > 0)
    return kappa


def _agreement(margins: Margins) -> tuple[Floats, Floats, Floats]:
    """N^2 times the share of right answers, the share expected by chance, and 1: each of shape (...)."""
    rows = _exact(margins.rows)
    chance: Floats = (_exact(margins.actual) * _exact(margins.predicted)).sum(axis=-1)
    return _exact(margins.correct.sum(axis=-1)) * rows, chance, rows**2


def _rest(whole: Floats, part: Floats) -> Floats:
    """What `part` leaves of `whole`; 0 where only the rounding of weights does."""
    import numpy as np

    rest = whole - part
    left: Floats = np.where(rest > 1e-12 * whole, rest, 0.0)
    return left


def _exact(counts: Counts) -> Floats:
    """Counts whose products would not fit 64-bit integers."""
    floats: Floats = counts.astype(float)
    return floats


def _mean_where(counted: Flags, values: Floats) -> Floats:
    import numpy as np

    return share(np.where(counted, values, 0.0).sum(axis=-1), counted.sum(axis=-1))
