"""Expected calibration error: how far probabilities are from the shares of rows they speak of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.bootstrap import RESAMPLES, SEED, percentiles
from headgate.statistics.estimate import relative
from headgate.statistics.measurement import NOTHING, Bounds, Least, Own, Paired, each, quantile, worth
from headgate.statistics.paired import FEW_DISCORDANT, least_of_shares
from headgate.statistics.units import merged

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Floats, Integers

BINS = 10
METHOD = "normal-bootstrap"


@dataclass(frozen=True)
class Gaps:
    """One side's rows in bins of equal width by their probability.

    Args:
        place: each row's bin, shape (n,): [0, 0.1), [0.1, 0.2), ... [0.9, 1].
        gap: what the row adds to its bin, weight times (true - probability), shape (n,); weights have a mean of 1.
        weights: what each row counts, shape (n,).
    """

    place: Integers
    gap: Floats
    weights: Floats

    @classmethod
    def of(cls, true: Flags, probability: Floats, weights: Floats | None = None) -> Gaps:
        """The rows' gaps, for flags and probabilities of shape (n,)."""
        import numpy as np

        place = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
        return cls(place, (true - probability) * relative(weights), each(len(place), weights))


def calibration_error(sums: Floats) -> Floats:
    """ECE from the bins' mean gaps, shape (..., bins): the sum of their sizes, shape (...).

    As a bin's share of the rows times |mean truth - mean probability| in it is the size of its gap over n.

    Source: Naeini, Cooper, Hauskrecht, AAAI (2015) 2901-2907; Guo et al., ICML (2017) 1321-1330.
    """
    import numpy as np

    error: Floats = np.abs(sums).sum(axis=-1)
    return error


def own_error(candidate: Gaps, confidence: float, groups: Integers | None = None) -> Own:
    """Bounds on one side's calibration error."""
    bins = _Bins.of([candidate], groups)
    value = float(calibration_error(bins.sums)[0])
    noise = calibration_error(bins.drawn())[:, 0]
    around = percentiles(noise - noise.mean(), confidence)
    (excess,) = bins.excesses(confidence)
    bounds = Bounds(value + around.lower - excess.most, value + around.upper - excess.least)
    return Own(value, bounds.reaching(value, _least(candidate.gap, candidate, 0.0, confidence, groups)), METHOD)


def paired_error(production: Gaps, candidate: Gaps, confidence: float, groups: Integers | None = None) -> Paired:
    """Bounds on candidate - production over the same rows.

    The bins' mean gaps are normal with the rows' (or the groups') covariance; what is resampled are these 2 x 10 means,
    at a cost that does not depend on the rows. Noise alone makes an error, the more of it the better calibrated the
    model is, so the measured difference is off by the difference of two excesses that the rows cannot tell exactly: the
    bounds leave room for both.
    """
    import numpy as np

    rows = len(candidate.gap)
    bins = _Bins.of([candidate, production], groups)
    values, drawn = calibration_error(bins.sums), calibration_error(bins.drawn())
    differences = drawn[:, 0] - drawn[:, 1]
    around = percentiles(differences - differences.mean(), confidence)
    ours, theirs = bins.excesses(confidence)
    difference = float(values[0] - values[1])
    upper = around.upper + theirs.most - ours.least
    least = _least(candidate.gap - production.gap, candidate, difference, confidence, groups)
    return Paired(
        production=float(values[1]),
        candidate=float(values[0]),
        difference=difference,
        bounds=Bounds(difference + around.lower - ours.most + theirs.least, difference + upper).reaching(
            difference, least
        ),
        spread=float(np.std(differences, ddof=1)) * math.sqrt(rows),
        rows=rows,
        method=METHOD,
        smallest=max(upper, least.equal),
    )


def _least(differences: Floats, gaps: Gaps, difference: float, confidence: float, groups: Integers | None) -> Least:
    """How far bounds must reach at least where hardly a row differs, as those of shares."""
    import numpy as np

    units = worth(gaps.weights, groups)
    telling = int(np.count_nonzero(np.abs(differences) > 1e-12))
    if min(telling, units) >= 2 * FEW_DISCORDANT:
        return NOTHING
    return least_of_shares(units, difference, confidence)


@dataclass(frozen=True)
class _Excess:
    """How much of a measured error is noise, at least and at most."""

    least: float
    most: float


@dataclass(frozen=True)
class _Bins:
    """The bins' mean gaps, shape (sides, bins), and their covariance, shape (sides x bins, sides x bins)."""

    sums: Floats
    covariance: Floats

    @classmethod
    def of(cls, sides: Sequence[Gaps], groups: Integers | None) -> _Bins:
        import numpy as np

        rows = len(sides[0].gap)
        sums = np.stack([np.bincount(side.place, side.gap, BINS) for side in sides]) / rows
        return cls(sums, _of_rows(sides, sums.ravel()) if groups is None else _of_groups(sides, groups))

    def drawn(self) -> Floats:
        """Resampled means, shape (resamples, sides, bins); NaN where there is no covariance."""
        import numpy as np

        if not np.isfinite(self.covariance).all():
            return np.full((RESAMPLES, *self.sums.shape), np.nan)
        noise = np.random.default_rng(SEED).standard_normal((RESAMPLES, len(self.covariance)))
        means: Floats = self.sums.ravel() + noise @ _root(self.covariance)
        return means.reshape(RESAMPLES, *self.sums.shape)

    def excesses(self, confidence: float) -> list[_Excess]:
        """Of each side: E|m + noise| - |m| summed over its bins, for the m that its data allow.

        Source: the mean of a folded normal (Leone, Nelson, Nottingham, Technometrics 3 (1961) 543-550).
        """
        import numpy as np

        noise = np.sqrt(np.maximum(np.diag(self.covariance), 0.0)).reshape(self.sums.shape)
        reach, size = quantile(confidence) * noise, np.abs(self.sums)
        most, least = _excess(np.maximum(size - reach, 0.0), noise), _excess(size + reach, noise)
        return [_Excess(float(low), float(high)) for low, high in zip(least.sum(axis=1), most.sum(axis=1), strict=True)]


def _excess(mean: Floats, noise: Floats) -> Floats:
    """E|mean + noise| - |mean| for a mean >= 0 and the noise's standard deviation, of the same shape."""
    import numpy as np

    far = np.divide(mean, noise, out=np.full(mean.shape, 40.0), where=noise > 0)
    below = np.vectorize(math.erfc, otypes=[float])(far / math.sqrt(2)) / 2
    excess: Floats = noise * math.sqrt(2 / math.pi) * np.exp(-(far**2) / 2) - 2 * mean * below
    return excess


def _root(covariance: Floats) -> Floats:
    """Its symmetric square root, of the same shape.

    Of all roots the one that rounding does not turn: the signs of single axes, and so the order of the rows, cancel.
    """
    import numpy as np

    variances, axes = np.linalg.eigh(covariance)
    rounding = 1e-12 * variances[-1]  # all there is of empty bins, and of equal gaps
    root: Floats = (axes * np.sqrt(np.where(variances > rounding, variances, 0.0))) @ axes.T
    return root


def _of_rows(sides: Sequence[Gaps], sums: Floats) -> Floats:
    """The covariance of the bins' mean gaps over n rows, shape (sides x bins, sides x bins)."""
    import numpy as np

    def products(one: Gaps, other: Gaps) -> Floats:
        together = np.bincount(one.place * BINS + other.place, one.gap * other.gap, BINS**2)
        return together.reshape(BINS, BINS).astype(np.float64)

    rows = len(sides[0].gap)
    squares = np.block([[products(one, other) for other in sides] for one in sides])
    covariance: Floats = squares / rows**2 - np.outer(sums, sums) / rows
    return covariance


def _of_groups(sides: Sequence[Gaps], groups: Integers) -> Floats:
    """The same where rows belong together: that of the groups' sums; NaN from a single group."""
    import numpy as np

    present, group = np.unique(groups, return_inverse=True)
    unit, units = merged(group, len(present), BINS)
    sums = np.hstack([np.bincount(unit * BINS + s.place, s.gap, units * BINS).reshape(units, BINS) for s in sides])
    around = sums - sums.mean(axis=0)
    covariance: Floats = around.T @ around / len(groups) ** 2 * (units / (units - 1) if units > 1 else math.nan)
    return covariance
