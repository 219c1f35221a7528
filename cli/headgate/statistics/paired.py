"""Closed forms for shares of the same rows: right and wrong answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from headgate.statistics.measurement import Bounds, Least, Own, Paired, quantile

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags

FEW_DISCORDANT = 10
"""With fewer rows than this that one model alone has right, resampling rows proves more than the rows do."""


def paired_shares(production: Flags, candidate: Flags, confidence: float) -> Paired:
    """Bounds on the difference of two shares over the same 0/1 rows, e.g. right and wrong answers.

    Args:
        production: which rows count, shape (n,), n >= 1.
        candidate: the same of the candidate, rows in the same order.
        confidence: one-sided level in (0.5, 1).

    Tango's score interval whatever the counts. Wald's, d -+ z sqrt(((b + c)/n - d^2)/n) with b rows the candidate's
    alone and c Production's alone, lets up to 5.6% pass at 2,000 rows where it should be 5% (exact, over all counts);
    choosing between the two by the counts at hand only hides that.
    """
    rows = len(production)
    gained = int((candidate & ~production).sum())
    lost = int((production & ~candidate).sum())
    return Paired(
        production=int(production.sum()) / rows,
        candidate=int(candidate.sum()) / rows,
        difference=(gained - lost) / rows,
        bounds=tango_bounds(rows, gained, lost, confidence),
        spread=math.sqrt((gained + lost) / rows),
        rows=rows,
        method="tango",
        smallest=tango_bounds(rows, 0, 0, confidence).upper,
    )


def tango_bounds(rows: int, gained: float, lost: float, confidence: float) -> Bounds:
    """Score bounds on the difference of two paired shares.

    The bound is the D at which the score statistic (b - c - nD) / sqrt(n (2 q + D (1 - D))) is +-z, with q the
    maximum-likelihood probability of a lost row under that D: the larger root of 2n q^2 + B q + C = 0,
    B = -b - c + (2n - b + c) D, C = -c D (1 - D). Without any discordant row the bounds are +-z^2 / (n + z^2).

    Source: Tango, Statistics in Medicine 17 (1998) 891-908, equations 8 to 10.
    """
    z = quantile(confidence)

    def score(shift: float) -> float:
        linear = -gained - lost + (2 * rows - gained + lost) * shift
        constant = -lost * shift * (1 - shift)
        likeliest = (math.sqrt(max(0.0, linear**2 - 8 * rows * constant)) - linear) / (4 * rows)
        variance = rows * (2 * likeliest + shift * (1 - shift))
        distance = gained - lost - rows * shift
        if variance > 0:
            return distance / math.sqrt(variance)
        return math.copysign(math.inf, distance) if distance else 0.0

    difference = (gained - lost) / rows
    return Bounds(
        lower=crossing(lambda shift: score(shift) - z, -1.0, difference),
        upper=crossing(lambda shift: score(shift) + z, difference, 1.0),
    )


def crossing(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses zero between `low` and `high`, by halving; an end where it does not."""
    for _ in range(100):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if falling(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def least_of_shares(rows: int, difference: float, confidence: float) -> Least:
    """How far bounds on the difference of two shares reach where every row that tells the models apart says the same.

    Resampling such rows, and their spread, would prove it from a handful. Tango's bounds know what n rows prove, with
    b or c = n |difference| of them discordant and all to one side; z^2 / (n + z^2) without any.
    """
    gained, lost = rows * max(difference, 0.0), rows * max(-difference, 0.0)
    bounds, equal = tango_bounds(rows, gained, lost, confidence), tango_bounds(rows, 0, 0, confidence).upper
    return Least(max(equal, difference - bounds.lower), max(equal, bounds.upper - difference), equal)


def own_share(flags: Flags, confidence: float) -> Own:
    """Bounds on the share of rows that count, shape (n,), n >= 1.

    Source: Wilson, JASA 22 (1927) 209-212: (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n).
    """
    rows, z = len(flags), quantile(confidence)
    share = int(flags.sum()) / rows
    shrink = 1 + z**2 / rows
    centre = share + z**2 / (2 * rows)
    reach = z * math.sqrt(share * (1 - share) / rows + z**2 / (4 * rows**2))
    return Own(share, Bounds((centre - reach) / shrink, (centre + reach) / shrink), "wilson")
