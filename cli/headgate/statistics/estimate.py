"""Estimates that are means, or behave like means of what each row contributes: their bounds in closed form.

One form for all of them: a value, and per row how strongly it pulls the value (its influence). The variance of the
value is that of the influences' mean; on the same rows, the variance of a difference is that of the differences'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.measurement import NOTHING, Bounds, Least, Own, Paired, each, student_quantile, worth
from headgate.statistics.paired import FEW_DISCORDANT, least_of_shares
from headgate.statistics.slope import Slope

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Floats, Integers


_ROUNDING = 1e-12
"""Differences below this are what the order of summing leaves."""
_KINDS = 1000
"""Influences told apart for score bounds, so that their cost does not depend on the number of rows."""


@dataclass(frozen=True)
class Estimate:
    """A value measured on n rows.

    Args:
        value: what was measured.
        influence: of each row, shape (n,), summing to 0: the value is the truth plus the mean influence, plus what is
            of second order.
        method: how the influence was found, e.g. `delong`.
        parts: the rows that each part of it rests on, as their weights, 0 for the others, shape (n,) each: all of them,
            or of an area the positive rows and the rest. The least certain part says how much evidence there is.
        share: whether it is a share or an area, in [0, 1].

    Source of the form: Hampel, JASA 69 (1974) 383-393; Efron and Tibshirani (1993), chapter 21 (delta method).
    """

    value: float
    influence: Floats
    method: str
    parts: tuple[Floats | Flags, ...]
    share: bool = False


def mean(values: Floats, weights: Floats | None = None, *, share: bool = False) -> Estimate:
    """The mean of `values`, shape (n,), each with its weight, shape (n,), where there are weights.

    The influence is v - m; with weights n w (v - m) / sum w (Hajek's ratio). Of a `share` the values are 0 and 1.
    """
    import numpy as np

    average = float(np.average(values, weights=weights))
    influence = (values - average) * relative(weights)
    return Estimate(average, influence, "wald", parts=(each(len(values), weights),), share=share)


def relative(weights: Floats | None) -> Floats | float:
    """Weights with a mean of 1, shape (n,); 1 where there are none."""
    return 1.0 if weights is None else weights / weights.mean()


def own_bounds(estimate: Estimate, confidence: float, groups: Integers | None = None) -> Own:
    """Bounds on one estimate; `groups`, shape (n,), are the rows that belong together."""
    units = _units(estimate, groups)
    reach = _reach(_spread(estimate, estimate.influence, groups), len(estimate.influence), units, confidence)
    bounds = Bounds(estimate.value - reach, estimate.value + reach)
    least = _least((estimate,), estimate.influence, 0.0, units, confidence)
    return Own(estimate.value, bounds.reaching(estimate.value, least), _name(estimate.method, groups))


def paired_bounds(
    production: Estimate, candidate: Estimate, confidence: float, groups: Integers | None = None
) -> Paired:
    """Bounds on candidate - production over the same rows: d -+ t s / sqrt(n), s the spread of influences' differences.

    T is the quantile of Student's distribution with a degree of freedom less than there are rows behind the less
    certain of the two. A single row, or a single group, has no spread to measure: its bounds are infinite.

    Args:
        production: what was measured of Production.
        candidate: the same of the candidate, rows in the same order.
        confidence: one-sided level in (0.5, 1).
        groups: each row's group, shape (n,), where rows belong together; the spread is then that of leaving one group
            out, and groups stand for rows in t, as many as they are worth.

    Of shares and areas score bounds stand beside them: near 1 few rows speak against a model, and few of them in the
    sample make it look good and sure at once.

    Source of the grouped form: Bell and McCaffrey, Survey Methodology 28 (2002) 169-181, where groups are equal Liang
    and Zeger, Biometrika 73 (1986) 13-22; for areas Obuchowski, Biometrics 53 (1997) 567-578.
    """
    rows = len(candidate.influence)
    differences = candidate.influence - production.influence
    spread = _spread(candidate, differences, groups)
    units = min(_units(candidate, groups), _units(production, groups))
    reach = _reach(spread, rows, units, confidence)
    difference = candidate.value - production.value
    bounds = Bounds(difference - reach, difference + reach)
    if candidate.share and groups is None and bounds.finite:
        bounds = bounds.widest(_score_bounds(difference, differences, confidence))
    least = _least((candidate, production), differences, difference, units, confidence)
    method = "paired-wald" if candidate.method == "wald" else candidate.method
    return Paired(
        production=production.value,
        candidate=candidate.value,
        difference=difference,
        bounds=bounds.reaching(difference, least),
        spread=spread,
        rows=rows,
        method=_name(method, groups),
        smallest=least.equal,
        student=student_quantile(confidence, units - 1) if units > 1 else None,
    )


def _score_bounds(difference: float, differences: Floats, confidence: float) -> Bounds:
    """Score bounds from the influences' differences, shape (n,), put together where they are nearly the same."""
    import numpy as np

    low, high = float(differences.min()), float(differences.max())
    if high <= low:
        return Bounds(difference, difference)
    place = ((differences - low) * ((_KINDS - 1) / (high - low))).astype(np.int64)
    count = np.bincount(place)
    there = count > 0
    influence = np.bincount(place, differences)[there] / count[there]
    slope = Slope(
        value=difference,
        at=lambda shares: difference + shares @ influence / shares.sum(axis=-1),
        count=count[there],
        influence=influence,
    )
    return slope.score_bounds(confidence)


def _spread(estimate: Estimate, influence: Floats, groups: Integers | None) -> float:
    """Sqrt(n) times the standard error of the mean of `influence`, shape (n,).

    Of groups by what leaving each of them out would do (jackknife): a large one pulls the value towards itself, and so
    hides how far off it is.
    """
    import numpy as np

    if groups is None:
        return float(influence.std(ddof=1)) if len(influence) > 1 else math.inf
    count = _number_of(groups)
    if count < 2:
        return math.inf
    held = np.max([np.bincount(groups, part) / part.sum() for part in estimate.parts], axis=0, initial=0.0)
    if held.max() >= 1 - _ROUNDING:
        return math.inf
    apart = np.bincount(groups, influence) / (1 - held)
    return math.sqrt(float((apart**2).sum()) / len(influence) * (count - 1) / count)


def _units(estimate: Estimate, groups: Integers | None) -> int:
    """How many independent pieces of evidence there are; 0 where there is no value."""
    return min((worth(part, groups) for part in estimate.parts), default=0)


def _reach(spread: float, rows: int, units: int, confidence: float) -> float:
    """Infinite from a single piece of evidence: it has no spread to measure."""
    return student_quantile(confidence, units - 1) * spread / math.sqrt(rows) if units > 1 else math.inf


def _number_of(groups: Integers) -> int:
    """How many groups have a row."""
    import numpy as np

    return int(np.count_nonzero(np.bincount(groups)))


def _least(sides: tuple[Estimate, ...], differences: Floats, difference: float, units: int, confidence: float) -> Least:
    """How far bounds must reach at least where hardly a row tells two models apart, or all of them by as much.

    Two models that rank ten rows rightly have no spread, and are not proven to be equal on the eleventh. A row on which
    they would differ is taken to move a share by 1, anything else by what rows commonly do, their standard deviation;
    where that is 0 too, a handful of rows proves nothing at all. Of one model alone `differences` are its influences.
    """
    import numpy as np

    few, telling = 2 * FEW_DISCORDANT, int(np.count_nonzero(np.abs(differences) > _ROUNDING))
    if not np.isfinite(differences).all() or min(telling, units) >= few:
        return NOTHING
    scale = 1.0 if sides[0].share else max(float(side.influence.std()) for side in sides)
    if scale <= _ROUNDING:
        return Least(math.inf, math.inf, math.inf) if units < few else NOTHING
    return least_of_shares(max(1, units), max(-1.0, min(difference / scale, 1.0)), confidence).times(scale)


def _name(method: str, groups: Integers | None) -> str:
    return method if groups is None else f"clustered-{method.removeprefix('paired-')}"
