"""Metrics of a confusion matrix, for one matrix or for thousands of resampled ones at once.

All of them need the matrix' margins and diagonal alone: per class how often it is true, how often it is predicted, and
how often it is both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers


@dataclass(frozen=True)
class Margins:
    """Counts per class, each of shape (..., classes); leading axes are resamples."""

    actual: Integers
    predicted: Integers
    correct: Integers

    @property
    def rows(self) -> Integers:
        """Rows behind each matrix, shape (...)."""
        total: Integers = self.actual.sum(axis=-1)
        return total


Metric = Callable[[Margins], "Floats"]
"""From margins of shape (..., classes) to values of shape (...)."""


def _share(part: Integers, whole: Integers) -> Floats:
    """Part / whole, 0 where there is nothing to divide by: scikit-learn's `zero_division=0`."""
    import numpy as np

    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


def accuracy(margins: Margins) -> Floats:
    """The share of right answers."""
    return _share(margins.correct.sum(axis=-1), margins.rows)


def f1_per_class(margins: Margins) -> Floats:
    """F1 of every class, shape (..., classes): 2 tp / (2 tp + fp + fn)."""
    return _share(2 * margins.correct, margins.actual + margins.predicted)


def f1_macro(margins: Margins) -> Floats:
    """The mean F1 over the classes that occur, as a truth or as an answer."""
    import numpy as np

    present = (margins.actual + margins.predicted) > 0
    return _share(np.where(present, f1_per_class(margins), 0.0).sum(axis=-1), present.sum(axis=-1))


def f1_weighted(margins: Margins) -> Floats:
    """The mean F1 weighted by how often a class is true."""
    return _share((f1_per_class(margins) * margins.actual).sum(axis=-1), margins.rows)


def f1_of(position: int) -> Metric:
    """F1 of the class at `position`."""

    def f1(margins: Margins) -> Floats:
        of_class: Floats = f1_per_class(margins)[..., position]
        return of_class

    return f1
