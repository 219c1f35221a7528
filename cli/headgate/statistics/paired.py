"""Closed forms for shares of the same rows: right and wrong answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from headgate.statistics.measurement import Bounds, Own, Paired, quantile

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags

SMALL_SAMPLE = 1000
"""Below this many 0/1 rows Wald's bounds are too narrow, and the score interval takes over."""
FEW_DISCORDANT = 10
"""So do they where either model alone is right on fewer rows than this."""


def paired_shares(production: Flags, candidate: Flags, confidence: float) -> Paired:
    """Bounds on the difference of two shares over the same 0/1 rows, e.g. right and wrong answers.

    Args:
        production: which rows count, shape (n,), n >= 1.
        candidate: the same of the candidate, rows in the same order.
        confidence: one-sided level in (0.5, 1).

    Source: with b rows the candidate's alone and c Production's alone, d = (b - c)/n and s^2 = (b + c)/n - d^2 (Wald);
    Tango's score interval where n < 1000 or b or c is below 10.
    """
    rows = len(production)
    gained = int((candidate & ~production).sum())
    lost = int((production & ~candidate).sum())
    few = rows < SMALL_SAMPLE or min(gained, lost) < FEW_DISCORDANT
    bounds = tango_bounds(rows, gained, lost, confidence) if few else wald_bounds(rows, gained, lost, confidence)
    return Paired(
        production=int(production.sum()) / rows,
        candidate=int(candidate.sum()) / rows,
        difference=(gained - lost) / rows,
        bounds=bounds,
        spread=math.sqrt((gained + lost) / rows),
        rows=rows,
        method="tango" if few else "paired-wald",
        smallest=tango_bounds(rows, 0, 0, confidence).upper if few else 0.0,
    )


def wald_bounds(rows: int, gained: int, lost: int, confidence: float) -> Bounds:
    """D -+ z sqrt(((b + c)/n - d^2)/n) over `gained` (b) and `lost` (c) of n `rows`."""
    difference = (gained - lost) / rows
    spread = math.sqrt(max(0.0, (gained + lost) / rows - difference**2))
    reach = quantile(confidence) * spread / math.sqrt(rows)
    return Bounds(difference - reach, difference + reach)


def tango_bounds(rows: int, gained: int, lost: int, confidence: float) -> Bounds:
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
