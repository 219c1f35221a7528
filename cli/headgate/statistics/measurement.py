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
    Counts = NDArray[np.int64] | NDArray[np.float64]
    Flags = NDArray[np.bool_]


def quantile(confidence: float) -> float:
    """Z with P(Z <= z) = `confidence` for a standard normal Z."""
    return NormalDist().inv_cdf(confidence)


def student_quantile(confidence: float, freedom: int) -> float:
    """T with P(T <= t) = `confidence` for Student's t with `freedom` >= 1 degrees of freedom, to 1% or better.

    Source: closed forms for 1 and 2; else the expansion in 1/freedom around the normal quantile (Fisher and Cornish,
    Technometrics 2 (1960) 209-225).
    """
    above = confidence - 0.5
    if freedom == 1:
        return math.tan(math.pi * above)
    if freedom == 2:
        return 2 * above * math.sqrt(2 / (1 - 4 * above**2))
    z = quantile(confidence)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))


def each(rows: int, weights: Floats | None) -> Floats:
    """What each row counts, shape (rows,): its weight, or 1."""
    import numpy as np

    return np.broadcast_to(1.0, rows) if weights is None else weights


def worth(part: Floats | Flags, groups: Integers | None = None) -> int:
    """How many equal and independent pieces of evidence rows are worth: (sum w)^2 / sum w^2, w their weights.

    Where rows belong together the w are the groups' sums: a group that holds half of the rows leaves no more than four.

    Args:
        part: each row's weight, 0 where it is none of them, shape (n,).
        groups: each row's group, shape (n,).

    Source: Kish, Survey Sampling (1965); of groups: Carter, Schnepel, Steigerwald, Review of Economics and Statistics
    99 (2017) 698-709.
    """
    import numpy as np

    sums = part if groups is None else np.bincount(groups, part)
    total = sums.sum()
    return max(1, int((1 + 1e-9) / float(((sums / total) ** 2).sum()))) if total else 0


@dataclass(frozen=True)
class Bounds:
    """Two one-sided bounds, each at the same confidence: the truth is above `lower`; it is below `upper`."""

    lower: float
    upper: float

    @property
    def finite(self) -> bool:
        """Whether both are numbers."""
        return math.isfinite(self.lower) and math.isfinite(self.upper)

    def widest(self, other: Bounds) -> Bounds:
        """The farther of both on either side; what is no number stays none."""
        if not (self.finite and other.finite):
            return self if not self.finite else other
        return Bounds(min(self.lower, other.lower), max(self.upper, other.upper))

    def reaching(self, value: float, least: Least) -> Bounds:
        """These bounds, as far from `value` as `least` says at least; what is no number stays none."""
        if not self.finite:
            return self
        return Bounds(min(self.lower, value - least.down), max(self.upper, value + least.up))


@dataclass(frozen=True)
class Least:
    """How far bounds must reach at least, down and up; and for two models between which no row decides."""

    down: float = 0.0
    up: float = 0.0
    equal: float = 0.0

    def times(self, scale: float) -> Least:
        """The same of values on another scale."""
        return Least(scale * self.down, scale * self.up, scale * self.equal)


NOTHING = Least()
"""Enough rows tell the models apart: their spread speaks for itself."""


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
        student: how many standard errors the bounds reach, where that is Student's quantile and not the normal one.
    """

    production: float
    candidate: float
    difference: float
    bounds: Bounds
    spread: float
    rows: int
    method: str
    smallest: float = 0.0
    student: float | None = None

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
            student=self.student,
        )

    @property
    def finite(self) -> bool:
        """Whether all of it are numbers: only then can anything be concluded."""
        return self.bounds.finite and all(map(math.isfinite, (self.production, self.candidate, self.difference)))
