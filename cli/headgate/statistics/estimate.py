"""Estimates that are means, or behave like means of what each row contributes: their bounds in closed form.

One form for all of them: a value, and per row how strongly it pulls the value (its influence). The variance of the
value is that of the influences' mean; on the same rows, the variance of a difference is that of the differences'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.measurement import Bounds, Own, Paired, quantile, student_quantile
from headgate.statistics.paired import FEW_DISCORDANT, tango_bounds

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers


@dataclass(frozen=True)
class Estimate:
    """A value measured on n rows.

    Args:
        value: what was measured.
        influence: of each row, shape (n,), summing to 0: the value is the truth plus the mean influence, plus what is
            of second order.
        method: how the influence was found, e.g. `delong`.
        bounded: rows behind the least certain part of it where it is a share or an area in [0, 1], so that rows
            without a disagreement prove no more than so many can; None where it has no such bound.

    Source of the form: Hampel, JASA 69 (1974) 383-393; Efron and Tibshirani (1993), chapter 21 (delta method).
    """

    value: float
    influence: Floats
    method: str
    bounded: int | None = None


def mean(values: Floats, weights: Floats | None = None) -> Estimate:
    """The mean of `values`, shape (n,), each with its weight, shape (n,), where there are weights.

    The influence is v - m; with weights n w (v - m) / sum w (Hajek's ratio).
    """
    import numpy as np

    average = float(np.average(values, weights=weights))
    return Estimate(average, (values - average) * relative(weights), "wald")


def relative(weights: Floats | None) -> Floats | float:
    """Weights with a mean of 1, shape (n,); 1 where there are none."""
    return 1.0 if weights is None else weights / weights.mean()


def own_bounds(estimate: Estimate, confidence: float, groups: Integers | None = None) -> Own:
    """Bounds on one estimate; `groups`, shape (n,), are the rows that belong together."""
    reach = _reach(_spread(estimate.influence, groups), len(estimate.influence), confidence, groups)
    bounds = Bounds(estimate.value - reach, estimate.value + reach)
    return Own(estimate.value, bounds, _name(estimate.method, groups))


def paired_bounds(
    production: Estimate, candidate: Estimate, confidence: float, groups: Integers | None = None
) -> Paired:
    """Bounds on candidate - production over the same rows: d -+ z s / sqrt(n), s the spread of influences' differences.

    A single row, or a single group, has no spread to measure: its bounds are infinite.

    Args:
        production: what was measured of Production.
        candidate: the same of the candidate, rows in the same order.
        confidence: one-sided level in (0.5, 1).
        groups: each row's group, shape (n,), where rows belong together; the spread is then that of the groups' sums,
            and z the quantile of Student's t with a degree of freedom less than there are groups.

    Source of the grouped form: Liang and Zeger, Biometrika 73 (1986) 13-22; for areas Obuchowski, Biometrics 53 (1997)
    567-578.
    """
    rows = len(candidate.influence)
    differences = candidate.influence - production.influence
    spread = _spread(differences, groups)
    reach = _reach(spread, rows, confidence, groups)
    least = _least(candidate, differences, confidence)
    difference = candidate.value - production.value
    method = "paired-wald" if candidate.method == "wald" else candidate.method
    return Paired(
        production=production.value,
        candidate=candidate.value,
        difference=difference,
        bounds=Bounds(difference - reach, difference + reach).reaching(difference, least),
        spread=spread,
        rows=rows,
        method=_name(method, groups),
        smallest=least,
    )


def _spread(influence: Floats, groups: Integers | None) -> float:
    """Sqrt(n) times the standard error of the mean of `influence`, shape (n,)."""
    import numpy as np

    if groups is None:
        return float(influence.std(ddof=1)) if len(influence) > 1 else math.inf
    count = _number_of(groups)
    if count < 2:
        return math.inf
    sums = np.bincount(groups, influence)
    return math.sqrt(float((sums**2).sum()) / len(influence) * count / (count - 1))


def _reach(spread: float, rows: int, confidence: float, groups: Integers | None) -> float:
    z = quantile(confidence) if groups is None else student_quantile(confidence, max(1, _number_of(groups) - 1))
    return z * spread / math.sqrt(rows)


def _number_of(groups: Integers) -> int:
    """How many groups have a row."""
    import numpy as np

    return int(np.count_nonzero(np.bincount(groups)))


def _least(estimate: Estimate, differences: Floats, confidence: float) -> float:
    """How far bounds must reach at least where hardly a row tells two models apart: as shares without a disagreement.

    Two models that rank ten rows rightly have no spread, and are not proven to be equal on the eleventh.
    """
    import numpy as np

    if estimate.bounded is None or np.count_nonzero(np.abs(differences) > 1e-12) >= 2 * FEW_DISCORDANT:
        return 0.0
    return tango_bounds(max(1, estimate.bounded), 0, 0, confidence).upper


def _name(method: str, groups: Integers | None) -> str:
    return method if groups is None else f"clustered-{method.removeprefix('paired-')}"
