"""How many rows would decide, and what the rows at hand can prove."""

from __future__ import annotations

import math

from headgate.statistics.measurement import Paired, quantile

MOST_ROWS = 10**12
"""No evaluation set has more; a difference that would need them is the margin itself."""

POWER = 0.8
"""The probability with which an equal model should pass."""


def required_rows(paired: Paired, margin: float) -> int | None:
    """Rows that would decide, were the difference to stay as measured; always more than an undecided comparison has.

    Args:
        paired: oriented so that higher is better.
        margin: how far below Production the candidate may be, D >= 0.

    Returns:
        None where no number of rows that could be had decides: the difference is the margin itself, or as good as.

    Source: n = (z s / (d + D))^2, with z s = sqrt(n) times the distance from d to the bound that has to clear -D: for
    Wald's bounds that is z times the standard deviation of the paired differences.
    """
    if not paired.finite:
        return None
    distance = paired.difference + margin
    to_bound = paired.difference - paired.bounds.lower if distance > 0 else paired.bounds.upper - paired.difference
    reach = to_bound * math.sqrt(paired.rows)
    if abs(distance) <= reach / math.sqrt(MOST_ROWS):
        return None
    return max(math.ceil((reach / distance) ** 2), paired.rows + 1)


def detectable_margin(paired: Paired, confidence: float) -> float:
    """The margin at which a model equal to Production passes with a probability of 80%.

    Source: D = (z_confidence + z_power) s / sqrt(n), the sample size of a paired non-inferiority test solved for D;
    with Student's quantile in place of z_confidence where the bounds have it, which of few groups is far more.
    """
    reach = (paired.student or quantile(confidence)) + quantile(POWER)
    return max(reach * paired.spread / math.sqrt(paired.rows), paired.smallest)
