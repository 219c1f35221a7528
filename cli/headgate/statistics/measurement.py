"""What a metric measures on the two sides of the same rows, and how sure the rows make of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def quantile(confidence: float) -> float:
    """Z with P(Z <= z) = `confidence` for a standard normal Z."""
    return NormalDist().inv_cdf(confidence)


@dataclass(frozen=True)
class Bounds:
    """Two one-sided bounds, each at the same confidence: the truth is above `lower`; it is below `upper`."""

    lower: float
    upper: float

    @property
    def finite(self) -> bool:
        """Whether both are numbers."""
        return math.isfinite(self.lower) and math.isfinite(self.upper)


@dataclass(frozen=True)
class Own:
    """One side's value and the bounds on it."""

    value: float
    bounds: Bounds
    method: str


@dataclass(frozen=True)
class Paired:
    """candidate - production over the same rows, in the metric's own unit.

    Args:
        production, candidate: the two measured values.
        difference: candidate - production.
        bounds: one-sided bounds on the difference.
        spread: standard deviation of the difference per row for two models that are equal; over sqrt(rows) it is the
            standard error.
        rows: how many rows both sides share.
        method: what made the bounds, e.g. `paired-wald`.
        smallest: what an equal model needs as a margin at least, whatever its spread: above 0 where the method does not
            trust a sample without any disagreement.
    """

    production: float
    candidate: float
    difference: float
    bounds: Bounds
    spread: float
    rows: int
    method: str
    smallest: float = 0.0

    def mirrored(self) -> Paired:
        """The same with the sign turned, for metrics where lower is better."""
        return Paired(
            production=-self.production,
            candidate=-self.candidate,
            difference=-self.difference,
            bounds=Bounds(-self.bounds.upper, -self.bounds.lower),
            spread=self.spread,
            rows=self.rows,
            method=self.method,
            smallest=self.smallest,
        )

    @property
    def finite(self) -> bool:
        """Whether all of it are numbers: only then can anything be concluded."""
        return self.bounds.finite and all(map(math.isfinite, (self.production, self.candidate, self.difference)))
