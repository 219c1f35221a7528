"""Calibration: of the rows given a probability of about p, which share came true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.paired import own_share

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Floats

BINS = 10
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Bin:
    """Rows with probabilities in one interval.

    Args:
        predicted: their mean probability.
        observed: the share that came true, with one-sided bounds `lower` and `upper` at 95%.
        rows: how many they are.
    """

    predicted: float
    observed: float
    lower: float
    upper: float
    rows: int


def reliability(true: Flags, score: Floats, *, bins: int = BINS) -> tuple[Bin, ...]:
    """Bins of equal width over [0, 1] that are not empty; arrays of shape (n,).

    Source: DeGroot and Fienberg, The Statistician 32 (1983) 12-22; bounds by Wilson's score interval.
    """
    import numpy as np

    place = np.minimum((score * bins).astype(np.int64), bins - 1)

    def bin_of(rows: Flags) -> Bin:
        share = own_share(true[rows], CONFIDENCE)
        return Bin(
            predicted=float(score[rows].mean()),
            observed=share.value,
            lower=share.bounds.lower,
            upper=share.bounds.upper,
            rows=int(rows.sum()),
        )

    return tuple(bin_of(place == position) for position in np.unique(place))
