"""A numeric model's errors: how they are spread, and how they change with what was predicted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers

BINS = 20
HISTOGRAM = 40
TAIL = 0.005
"""The share left out at each end of the histogram, so that one wild error does not make the rest a single bar."""


@dataclass(frozen=True)
class ErrorsAt:
    """The errors of rows with similar predictions: their median, and the band that 80% of them lie in."""

    predicted: float
    low: float
    median: float
    high: float
    rows: int


@dataclass(frozen=True)
class Errors:
    """Errors, prediction - truth, in the label's own unit.

    Args:
        mean: their mean, the bias.
        along: how they are spread over the predictions, in bins with equally many rows.
        edges: of the histogram, shape (bars + 1,).
        shares: of all rows in each bar; they sum to less than 1, for the far ends are left out.
    """

    mean: float
    along: tuple[ErrorsAt, ...]
    edges: tuple[float, ...]
    shares: tuple[float, ...]


def errors(label: Floats, *predictions: Floats) -> tuple[Errors, ...]:
    """The errors of each of several models on the same rows, shapes (n,), with histograms on the same edges."""
    import numpy as np

    found = [prediction - label for prediction in predictions]
    low, high = np.quantile(np.concatenate(found), [TAIL, 1 - TAIL])
    edges = np.linspace(low, high if high > low else low + 1, HISTOGRAM + 1)
    return tuple(
        Errors(
            mean=float(error.mean()),
            along=_along(prediction, error),
            edges=tuple(edges.tolist()),
            shares=tuple((np.histogram(error, edges)[0] / len(error)).tolist()),
        )
        for prediction, error in zip(predictions, found, strict=True)
    )


def _along(prediction: Floats, error: Floats) -> tuple[ErrorsAt, ...]:
    import numpy as np

    order = np.argsort(prediction, kind="stable")

    def at(rows: Integers) -> ErrorsAt:
        low, median, high = np.quantile(error[rows], [0.1, 0.5, 0.9])
        return ErrorsAt(float(np.median(prediction[rows])), float(low), float(median), float(high), len(rows))

    return tuple(at(rows) for rows in np.array_split(order, min(BINS, len(order))))
