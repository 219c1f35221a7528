"""McNemar's exact test: are two models' mistakes on the same rows compatible with equal accuracy?"""

from __future__ import annotations

import math


def mcnemar_exact(gained: int, lost: int) -> float:
    """The two-sided p-value 2 P(Bin(b + c, 1/2) <= min(b, c)), at most 1.

    Args:
        gained: rows that the candidate alone answers rightly, b.
        lost: rows that Production alone answers rightly, c.

    Source: McNemar, Psychometrika 12 (1947) 153-157, in its exact conditional form. The sum runs downwards from the
    largest term, each from the one before, until the rest no longer counts.
    """
    trials, least = gained + lost, min(gained, lost)
    log_term = math.lgamma(trials + 1) - math.lgamma(least + 1) - math.lgamma(trials - least + 1)
    term = math.exp(log_term - trials * math.log(2))
    total = 0.0
    for successes in range(least, -1, -1):
        total += term
        term *= successes / (trials - successes + 1)
        if term < total * 1e-17:
            break
    return min(1.0, 2 * total)
