"""Two independent samples: the difference of two shares, and bounds on a percentile that assume no distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from headgate.statistics.measurement import Bounds, quantile
from headgate.statistics.paired import crossing


def share_difference(before: tuple[int, int], after: tuple[int, int], confidence: float) -> Bounds:
    """Score bounds on the difference of two shares, after - before.

    The bound is the D at which the score statistic (d - D) / sqrt(v(D)) is +-z, d being the measured difference and v
    its variance, with the two shares that are likeliest under a difference of exactly D, times N / (N - 1). It holds
    where a share is 0, which is what a good release's share of errors is.

    Args:
        before: how many of how many, e.g. (3, 1000); at least one in all.
        after: the same of the other sample.
        confidence: one-sided level in (0.5, 1).

    Source: Miettinen and Nurminen, Statistics in Medicine 4 (1985) 213-226; the closed form of the constrained shares
    is that of Farrington and Manning, Statistics in Medicine 9 (1990) 1447-1454.
    """
    z = quantile(confidence)
    difference = after[0] / after[1] - before[0] / before[1]

    def score(shift: float) -> float:
        variance = _constrained_variance(before, after, shift)
        distance = difference - shift
        if variance > 0:
            return distance / math.sqrt(variance)
        return math.copysign(math.inf, distance) if distance else 0.0

    return Bounds(
        lower=crossing(lambda shift: score(shift) - z, -1.0, difference),
        upper=crossing(lambda shift: score(shift) + z, difference, 1.0),
    )


def percentile(in_order: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of at least one value: one that was really measured, no interpolation.

    Args:
        in_order: the values, ascending, shape (n,).
        percent: in [0, 100].
    """
    return in_order[max(math.ceil(percent * len(in_order) / 100) - 1, 0)]


def percentile_bounds(in_order: Sequence[float], percent: float, confidence: float) -> Bounds:
    """Bounds on a percentile of what the values are a sample of; infinite where there are too few of them.

    The number of values below the percentile is binomial, whatever they are distributed like: the bounds are two of
    the values themselves.

    Args:
        in_order: the values, ascending, shape (n,).
        percent: in (0, 100).
        confidence: one-sided level in (0.5, 1), of each of the two bounds.

    Source: order-statistic intervals, David and Nagaraja, Order Statistics (2003), section 7.1.
    """
    count, share, doubt = len(in_order), percent / 100, 1 - confidence
    above = _tail(count, 1 - share, doubt)  # so many values, or fewer, are above the percentile only rarely
    below = _tail(count, share, doubt)
    return Bounds(
        lower=in_order[below - 1] if below else -math.inf,
        upper=in_order[count - above] if above else math.inf,
    )


def _tail(trials: int, chance: float, doubt: float) -> int:
    """The largest k with P(fewer than k of `trials`) <= `doubt`, each coming with `chance`."""
    log_chance, log_rest = math.log(chance), math.log1p(-chance)
    total, number = 0.0, 0
    while number <= trials:
        ways = math.lgamma(trials + 1) - math.lgamma(number + 1) - math.lgamma(trials - number + 1)
        total += math.exp(ways + number * log_chance + (trials - number) * log_rest)
        if total > doubt:
            return number
        number += 1
    return number


def _constrained_variance(before: tuple[int, int], after: tuple[int, int], shift: float) -> float:
    """The variance of the difference, with the likeliest shares whose difference is exactly `shift`."""
    (hits, rows), (other_hits, other_rows) = after, before
    ratio = other_rows / rows
    own, other = hits / rows, other_hits / other_rows
    a = 1 + ratio
    b = -(1 + ratio + own + ratio * other + shift * (ratio + 2))
    c = shift**2 + shift * (2 * own + ratio + 1) + own + ratio * other
    d = -own * shift * (1 + shift)
    v = (b / (3 * a)) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    u = math.copysign(math.sqrt(max(0.0, (b / (3 * a)) ** 2 - c / (3 * a))), v)
    turn = min(1.0, max(-1.0, v / u**3)) if u else 0.0
    likely = 2 * u * math.cos((math.pi + math.acos(turn)) / 3) - b / (3 * a)
    likely = min(1.0, max(0.0, shift, min(likely, 1.0 + min(shift, 0.0))))
    likely_other = min(1.0, max(0.0, likely - shift))
    spread = likely * (1 - likely) / rows + likely_other * (1 - likely_other) / other_rows
    return spread * (rows + other_rows) / (rows + other_rows - 1)
