"""How far a sample has moved from a reference: population stability, and the tests that say what chance explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Counts, Floats, Integers

_PSEUDO_COUNT = 0.5
_CHANCE = 0.95


@dataclass(frozen=True)
class Shift:
    """A sample against its reference.

    Args:
        psi: the population stability index, 0 for equal shares.
        by_chance: what the index stays below in 95 of 100 samples of this size without any shift.
        p_value: of `test`, how often a shift as large comes about without a cause.
        test: `chi-square` or `kolmogorov-smirnov`.
    """

    psi: float
    by_chance: float
    p_value: float
    test: str


def shift_of_classes(reference: Counts, sample: Counts) -> Shift:
    """Of classes, by how often each occurs.

    Args:
        reference: counts by class, shape (classes,), not all zero.
        sample: counts of the same classes, not all zero.

    Source: Pearson's test of homogeneity on the table of both rows, over the classes that occur.
    """
    from scipy.stats import chi2_contingency

    occurring = (reference + sample) > 0
    table = [reference[occurring], sample[occurring]]
    p_value = float(chi2_contingency(table, correction=False).pvalue) if occurring.sum() > 1 else 1.0
    return Shift(psi(*table), _by_chance(*table), p_value, "chi-square")


def shift_of_numbers(reference: Floats, sample: Floats, *, bins: int = 10) -> Shift:
    """Of numbers, by the quantiles of the reference that they fall between.

    Args:
        reference: shape (n,), finite, n >= 1.
        sample: shape (m,), finite, m >= 1.
        bins: how many quantiles; equal values of the reference stay in one bin, so that there may be fewer.

    Source: the two-sample test of Kolmogorov and Smirnov on the numbers themselves.
    """
    import numpy as np
    from scipy.stats import ks_2samp

    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]))
    table = [_counts(edges, reference), _counts(edges, sample)]
    p_value = float(ks_2samp(reference, sample, method="asymp").pvalue)
    return Shift(psi(*table), _by_chance(*table), p_value, "kolmogorov-smirnov")


def psi(reference: Counts, sample: Counts) -> float:
    """Sum over bins of (q - p) ln(q / p), with shares p of the reference and q of the sample.

    Half a count is added to every bin, so that an empty one gives a number.

    Source: Siddiqi, Credit Risk Scorecards (2006); it is Jeffreys' divergence of the two distributions.
    """
    import numpy as np

    expected, found = _shares(reference), _shares(sample)
    return float(np.sum((found - expected) * np.log(found / expected)))


def _shares(counts: Counts) -> Floats:
    shares: Floats = (counts + _PSEUDO_COUNT) / (counts.sum() + _PSEUDO_COUNT * len(counts))
    return shares


def _by_chance(reference: Counts, sample: Counts) -> float:
    """The 95% point of the index without a shift: (1/n + 1/m) times that of chi-square with bins - 1 degrees.

    Source: Yurdakul and Naranjo, Journal of Risk Model Validation 14 (2020), proposition 1.
    """
    from scipy.stats import chi2

    if len(reference) < 2:
        return 0.0
    return float(chi2.ppf(_CHANCE, len(reference) - 1) * (1 / reference.sum() + 1 / sample.sum()))


def _counts(edges: Floats, numbers: Floats) -> Integers:
    import numpy as np

    return np.bincount(np.searchsorted(edges, numbers, side="right"), minlength=len(edges) + 1)
