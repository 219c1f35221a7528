"""How well a score puts positive rows before the others: areas under the ROC and the precision-recall curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from headgate.statistics.estimate import Estimate, worth

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Floats, Integers


def roc_auc(positive: Flags, score: Floats, weights: Floats | None = None) -> Estimate:
    """The probability that a positive row scores above another, ties counting half.

    Args:
        positive: which rows are positive, shape (n,).
        score: the higher, the more likely positive, shape (n,).
        weights: of the rows, shape (n,).

    The influence of a positive row is n/m (V10 - A) with V10 the share of the others that it is above, of one of the k
    others n/k (V01 - A) with V01 the share of positives above it; scaled so that the variance is DeLong's own,
    S10/m + S01/k. NaN where all rows are positive, or none.

    Source: DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837-845; by ranks: Sun and Xu, IEEE Signal Processing
    Letters 21 (2014) 1389-1393.
    """
    import numpy as np

    rows, hits = len(score), int(positive.sum())
    if hits in (0, rows):
        return Estimate(math.nan, np.full(rows, math.nan), "delong", behind=0, share=True)
    step, of_positive, of_others = _weight_by_score(positive, score, weights)
    positives, others = of_positive.sum(), of_others.sum()
    others_below = (np.cumsum(of_others) - of_others / 2) / others
    positives_above = 1 - (np.cumsum(of_positive) - of_positive / 2) / positives
    area = float((of_positive * others_below).sum() / positives)
    placement = np.where(positive, others_below[step], positives_above[step])
    share = np.where(positive, rows / positives * _unbiased(hits, rows), rows / others * _unbiased(rows - hits, rows))
    influence = (placement - area) * share * (1.0 if weights is None else weights)
    behind = min(_worth_of(positive, weights), _worth_of(~positive, weights))
    return Estimate(area, influence, "delong", behind=behind, share=True)


def _unbiased(part: int, rows: int) -> float:
    """Turns a variance over `part` of `rows` rows into DeLong's, with part - 1 for part and the pooled n - 1 undone."""
    return math.sqrt(part / (part - 1) * (rows - 1) / rows) if part > 1 else math.nan


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """The unweighted mean of estimates on the same rows, with their covariance: influences average as values do."""
    import numpy as np

    return Estimate(
        value=float(np.mean([one.value for one in estimates])),
        influence=np.mean([one.influence for one in estimates], axis=0),
        method=estimates[0].method,
        behind=min(one.behind for one in estimates),
        share=all(one.share for one in estimates),
    )


def average_precision(positive: Flags, score: Floats, weights: Floats | None = None) -> Estimate:
    """The precision at each threshold, weighted by the recall it adds: sum (R_t - R_(t-1)) P_t.

    With A and B the weight of the positive rows and of all rows that score at least t, and m that of all positives,
    the influence of a row is n w / m (y (P - AP) + sum over t below it of m_t (y B_t - A_t) / B_t^2), m_t the positives
    at t: what its weight does to its own term, and to the precision at every threshold that it passes. 0 where no row
    is positive, as in scikit-learn.

    Source: the derivative of the sum by a row's weight (infinitesimal jackknife: Efron, 1982, chapter 6).
    """
    import numpy as np

    rows, hits = len(score), int(positive.sum())
    if hits == 0:
        return Estimate(0.0, np.zeros(rows), "delta", behind=0, share=True)
    step, of_positive, of_others = _weight_by_score(positive, score, weights)
    positives_from = np.cumsum(of_positive[::-1])[::-1]
    all_from = np.cumsum((of_positive + of_others)[::-1])[::-1]
    positives = of_positive.sum()
    precision = positives_from / all_from
    value = float((of_positive * precision).sum() / positives)
    gain = np.cumsum(of_positive / all_from)
    cost = np.cumsum(of_positive * positives_from / all_from**2)
    pull = np.where(positive, precision[step] - value + gain[step], 0.0) - cost[step]
    influence = rows / positives * pull * (1.0 if weights is None else weights)
    return Estimate(value, influence, "delta", behind=_worth_of(positive, weights), share=True)


def _worth_of(chosen: Flags, weights: Floats | None) -> int:
    """How many rows of equal weight the chosen ones are worth."""
    return worth(int(chosen.sum()), None if weights is None else weights[chosen])


def _weight_by_score(positive: Flags, score: Floats, weights: Floats | None) -> tuple[Integers, Floats, Floats]:
    """Each row's place among the distinct scores, rising, shape (n,); the weight of positives and of others at each."""
    import numpy as np

    distinct, step = np.unique(score, return_inverse=True)
    weighing = np.ones(len(score)) if weights is None else weights
    of_positive = np.bincount(step, np.where(positive, weighing, 0.0), len(distinct)).astype(np.float64)
    of_others = np.bincount(step, np.where(positive, 0.0, weighing), len(distinct)).astype(np.float64)
    return step, of_positive, of_others
