"""Estimates that are means, or behave like means of what each row contributes: their bounds in closed form.

One form for all of them: a value, and per row how strongly it pulls the value (its influence). The variance of the
value is that of the influences' mean; on the same rows, the variance of a difference is that of the differences'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.measurement import Bounds, Own, Paired, student_quantile
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
        bounded: rows behind the least certain part of it where it is a mean or an area, so that rows without a
            disagreement prove no more than so many can; None where nobody knows what they prove.
        scale: by how much such a disagreement would move it on a row: 1 for shares and areas.

    Source of the form: Hampel, JASA 69 (1974) 383-393; Efron and Tibshirani (1993), chapter 21 (delta method).
    """

    value: float
    influence: Floats
    method: str
    bounded: int | None = None
    scale: float = 1.0


def mean(values: Floats, weights: Floats | None = None, *, share: bool = False) -> Estimate:
    """The mean of `values`, shape (n,), each with its weight, shape (n,), where there are weights.

    The influence is v - m; with weights n w (v - m) / sum w (Hajek's ratio). Of a `share` the values are 0 and 1; else
    a row on which two models would disagree is taken to move their difference by the values' standard deviation.
    """
    import numpy as np

    average = float(np.average(values, weights=weights))
    influence = (values - average) * relative(weights)
    scale = 1.0 if share else float(values.std())
    return Estimate(average, influence, "wald", bounded=_worth(len(values), weights), scale=scale)


def _worth(rows: int, weights: Floats | None) -> int:
    """How many rows of equal weight the rows are worth: (sum w)^2 / sum w^2. Source: Kish, Survey Sampling (1965)."""
    return rows if weights is None else max(1, int(weights.sum() ** 2 / (weights**2).sum()))


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
    """Bounds on candidate - production over the same rows: d -+ t s / sqrt(n), s the spread of influences' differences.

    T is the quantile of Student's distribution with a degree of freedom less than there are rows. A single row, or a
    single group, has no spread to measure: its bounds are infinite.

    Args:
        production: what was measured of Production.
        candidate: the same of the candidate, rows in the same order.
        confidence: one-sided level in (0.5, 1).
        groups: each row's group, shape (n,), where rows belong together; the spread is then that of the groups' sums,
            and groups stand for rows in t.

    Source of the grouped form: Liang and Zeger, Biometrika 73 (1986) 13-22; for areas Obuchowski, Biometrics 53 (1997)
    567-578.
    """
    rows = len(candidate.influence)
    differences = candidate.influence - production.influence
    spread = _spread(differences, groups)
    reach = _reach(spread, rows, confidence, groups)
    least = _least((candidate, production), differences, confidence, groups)
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
    units = rows if groups is None else _number_of(groups)
    return student_quantile(confidence, max(1, units - 1)) * spread / math.sqrt(rows)


def _number_of(groups: Integers) -> int:
    """How many groups have a row."""
    import numpy as np

    return int(np.count_nonzero(np.bincount(groups)))


def _least(sides: tuple[Estimate, ...], differences: Floats, confidence: float, groups: Integers | None) -> float:
    """How far bounds must reach at least where hardly a row tells two models apart: as shares without a disagreement.

    Two models that rank ten rows rightly have no spread, and are not proven to be equal on the eleventh. Of rows that
    belong together only the groups are evidence.
    """
    import numpy as np

    behind = min((side.bounded for side in sides if side.bounded is not None), default=None)
    if behind is None or np.count_nonzero(np.abs(differences) > 1e-12) >= 2 * FEW_DISCORDANT:
        return 0.0
    units = max(1, behind if groups is None else min(behind, _number_of(groups)))
    return tango_bounds(units, 0, 0, confidence).upper * max(side.scale for side in sides)


def _name(method: str, groups: Integers | None) -> str:
    return method if groups is None else f"clustered-{method.removeprefix('paired-')}"
