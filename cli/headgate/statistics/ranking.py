"""How well a score puts positive rows before the others: areas under the ROC and the precision-recall curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.estimate import Estimate
from headgate.statistics.measurement import worth

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Floats, Integers


@dataclass(frozen=True)
class Ranked:
    """Rows in order of their score, sorted once for all that is measured of the order.

    Args:
        positive: which rows are positive, shape (n,).
        step: each row's place among the distinct scores, rising, shape (n,).
        of_positive, of_others: how many rows of either kind, or their weight, have each score, shape (scores,).
        weights: of the rows, shape (n,); None where all weigh the same.
    """

    positive: Flags
    step: Integers
    of_positive: Floats
    of_others: Floats
    weights: Floats | None = None

    @classmethod
    def of(cls, positive: Flags, score: Floats, weights: Floats | None = None) -> Ranked:
        """Sort rows by a score, finite, the higher the more likely positive; all of shape (n,), n >= 1."""
        import numpy as np

        order = np.argsort(score)
        rising = score[order]
        step = np.empty(len(score), dtype=np.int64)
        step[order] = np.append(0, np.cumsum(rising[1:] != rising[:-1]))
        scores = int(step[order[-1]]) + 1

        def at_each(rows: Flags) -> Floats:
            chosen = None if weights is None else weights[rows]
            return np.bincount(step[rows], chosen, scores).astype(np.float64)

        return cls(positive, step, at_each(positive), at_each(~positive), weights)

    def __len__(self) -> int:
        return len(self.step)

    @property
    def hits(self) -> int:
        """How many rows are positive."""
        return int(self.positive.sum())

    def part(self, chosen: Flags) -> Floats | Flags:
        """The weights of the chosen rows, 0 for the others, shape (n,)."""
        return chosen if self.weights is None else chosen * self.weights


def roc_auc(ranked: Ranked) -> Estimate:
    """The probability that a positive row scores above another, ties counting half.

    The influence of a positive row is n/m (V10 - A) with V10 the share of the others that it is above, of one of the k
    others n/k (V01 - A) with V01 the share of positives above it; scaled so that the variance is DeLong's own,
    S10/m + S01/k. NaN where all rows are positive, or none.

    Source: DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837-845; by ranks: Sun and Xu, IEEE Signal Processing
    Letters 21 (2014) 1389-1393.
    """
    import numpy as np

    rows, hits = len(ranked), ranked.hits
    if hits in (0, rows):
        return Estimate(math.nan, np.full(rows, math.nan), "delong", parts=(), share=True)
    of_positive, of_others = ranked.of_positive, ranked.of_others
    positives, others = of_positive.sum(), of_others.sum()
    others_below = (np.cumsum(of_others) - of_others / 2) / others
    positives_above = 1 - (np.cumsum(of_positive) - of_positive / 2) / positives
    area = float((of_positive * others_below).sum() / positives)
    pull_of_positive = (others_below - area) * (rows / positives * _unbiased(hits, rows))
    pull_of_other = (positives_above - area) * (rows / others * _unbiased(rows - hits, rows))
    influence = _influence(ranked, pull_of_positive, pull_of_other)
    return Estimate(
        area, influence, "delong", parts=(ranked.part(ranked.positive), ranked.part(~ranked.positive)), share=True
    )


def _unbiased(part: int, rows: int) -> float:
    """Turns a variance over `part` of `rows` rows into DeLong's, with part - 1 for part and the pooled n - 1 undone."""
    return math.sqrt(part / (part - 1) * (rows - 1) / rows) if part > 1 else math.nan


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """The unweighted mean of estimates on the same rows, with their covariance: influences average as values do.

    It is no surer than the least certain part of them.
    """
    import numpy as np

    return Estimate(
        value=float(np.mean([one.value for one in estimates])),
        influence=np.mean([one.influence for one in estimates], axis=0),
        method=estimates[0].method,
        parts=tuple(sorted((part for one in estimates for part in one.parts), key=worth)[:1]),
        share=all(one.share for one in estimates),
    )


def average_precision(ranked: Ranked) -> Estimate:
    """The precision at each threshold, weighted by the recall it adds: sum (R_t - R_(t-1)) P_t.

    With A and B the weight of the positive rows and of all rows that score at least t, and m that of all positives,
    the influence of a row is n w / m (y (P - AP) + sum over t below it of m_t (y B_t - A_t) / B_t^2), m_t the positives
    at t: what its weight does to its own term, and to the precision at every threshold that it passes. 0 where no row
    is positive, as in scikit-learn.

    Source: the derivative of the sum by a row's weight (infinitesimal jackknife: Efron, 1982, chapter 6).
    """
    import numpy as np

    rows, hits = len(ranked), ranked.hits
    if hits == 0:
        return Estimate(0.0, np.zeros(rows), "delta", parts=(), share=True)
    of_positive = ranked.of_positive
    positives_from = np.cumsum(of_positive[::-1])[::-1]
    all_from = np.cumsum((of_positive + ranked.of_others)[::-1])[::-1]
    positives = of_positive.sum()
    precision = positives_from / all_from
    value = float((of_positive * precision).sum() / positives)
    gain = np.cumsum(of_positive / all_from)
    cost = np.cumsum(of_positive * positives_from / all_from**2)
    scale = rows / positives
    pull_of_positive, pull_of_other = scale * (precision - value + gain - cost), -scale * cost
    influence = _influence(ranked, pull_of_positive, pull_of_other)
    return Estimate(value, influence, "delta", parts=(ranked.part(ranked.positive),), share=True)


def _influence(ranked: Ranked, of_positive: Floats, of_other: Floats) -> Floats:
    """What each row pulls, shape (n,), from what a positive row and another pull at each score, shape (scores,)."""
    import numpy as np

    pull: Floats = np.concatenate([of_other, of_positive])[ranked.step + len(of_other) * ranked.positive]
    return pull if ranked.weights is None else pull * ranked.weights
