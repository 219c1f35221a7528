"""How differently two or more groups of rows are answered: metrics of two classes, counted by group.

They are functions of margins like any other: of the margins over the joint classes (group, class), group by group, so
that class k of group g is at position 2 g + k, the positive class being k = 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from headgate.statistics.bootstrap import RESAMPLES, SEED, Resampling, joined, percentiles
from headgate.statistics.confusion import Margins, Metric, share
from headgate.statistics.measurement import Bounds, quantile

if TYPE_CHECKING:
    from headgate.statistics.measurement import Counts, Floats


@dataclass(frozen=True)
class Rates:
    """Rates of each group, shape (..., groups); 0 where a group has no row to count, as in fairlearn.

    Args:
        selection: positive answers among all rows.
        true_positive: positive answers among positive rows.
        false_positive: positive answers among the others.
    """

    selection: Floats
    true_positive: Floats
    false_positive: Floats

    @classmethod
    def of(cls, margins: Margins) -> Rates:
        """The rates of margins over (group, class)."""
        rows = margins.actual[..., 0::2] + margins.actual[..., 1::2]
        actual, predicted, hits = (_positive(counts) for counts in (margins.actual, margins.predicted, margins.correct))
        return cls(share(predicted, rows), share(hits, actual), share(predicted - hits, rows - actual))


def _positive(counts: Counts) -> Counts:
    return counts[..., 1::2]


def demographic_parity_difference(rates: Rates) -> Floats:
    """The largest selection rate of a group minus the smallest."""
    return _difference(rates.selection)


def demographic_parity_ratio(rates: Rates) -> Floats:
    """The smallest selection rate of a group over the largest; NaN where nothing is selected."""
    return _ratio(rates.selection)


def equal_opportunity_difference(rates: Rates) -> Floats:
    """The largest true-positive rate of a group minus the smallest."""
    return _difference(rates.true_positive)


def equal_opportunity_ratio(rates: Rates) -> Floats:
    """The smallest true-positive rate of a group over the largest; NaN where no positive row is found."""
    return _ratio(rates.true_positive)


def equalized_odds_difference(rates: Rates) -> Floats:
    """The larger of the differences in true-positive and in false-positive rates."""
    import numpy as np

    return np.maximum(_difference(rates.true_positive), _difference(rates.false_positive))


def equalized_odds_ratio(rates: Rates) -> Floats:
    """The smaller of the ratios of true-positive and of false-positive rates.

    That of the true ones where no group has a false positive; NaN where none has a true one.
    """
    import numpy as np

    hits, alarms = _ratio(rates.true_positive), _ratio(rates.false_positive)
    return np.where(np.isnan(alarms), hits, np.minimum(hits, alarms))


OfRates = Callable[[Rates], "Floats"]
"""From rates of shape (..., groups) to values of shape (...)."""
OF_RATES: dict[str, OfRates] = {
    metric.__name__: metric
    for metric in (
        demographic_parity_difference,
        demographic_parity_ratio,
        equal_opportunity_difference,
        equal_opportunity_ratio,
        equalized_odds_difference,
        equalized_odds_ratio,
    )
}
"""By their names in fairlearn (Bird et al., Microsoft MSR-TR-2020-32). Source of the definitions: Hardt, Price, Srebro,
NeurIPS (2016); Agarwal et al., ICML (2018)."""


def _of_rates(metric: OfRates) -> Metric:
    """The same metric, from margins over (group, class)."""
    return lambda margins: metric(Rates.of(margins))


METRICS: dict[str, Metric] = {name: _of_rates(metric) for name, metric in OF_RATES.items()}


@dataclass(frozen=True)
class Allowing:
    """Bounds that leave room for what noise makes of a largest and a smallest group, on one side and on the difference.

    Of groups that are all treated alike the largest measured rate is above the smallest by chance, the more so the more
    groups there are and the fewer rows they have. Resampling adds such a gap once more. So the percentiles' spread is
    taken around the measured values, and each of these may be off by any excess that the rates allow: from the one of
    groups as far apart as the rows allow to that of groups as close together.

    Source of the excess: as `calibration.paired_error`, of a range in place of a sum of sizes.
    """

    own: Bounds
    paired: Bounds | None

    @classmethod
    def of(cls, metric: OfRates, counted: Resampling, confidence: float) -> Allowing:
        """For the rows counted over (group, class)."""
        measured = [Rates.of(side) for side in counted.measured()]
        drawn = [Rates.of(joined(blocks)) for blocks in zip(*counted.resampled(RESAMPLES, SEED), strict=True)]
        values, resampled = [metric(rates)[0] for rates in measured], [metric(rates) for rates in drawn]
        excess = [_excess(metric, *both, quantile(confidence)) for both in zip(measured, drawn, strict=True)]
        own = _around(values[0], resampled[0], confidence, excess[0])
        if len(measured) == 1:
            return cls(own, None)
        (least, most), (least_of_theirs, most_of_theirs) = excess
        between = (least - most_of_theirs, most - least_of_theirs)
        return cls(own, _around(values[0] - values[1], resampled[0] - resampled[1], confidence, between))


def _around(value: float, resampled: Floats, confidence: float, excess: tuple[float, float]) -> Bounds:
    """The percentiles' distances from their mean, around a value that is too large by something in `excess`."""
    spread, (least, most) = percentiles(resampled - resampled.mean(), confidence), excess
    return Bounds(float(value + spread.lower - most), float(value + spread.upper - least))


def _excess(metric: OfRates, measured: Rates, drawn: Rates, z: float) -> tuple[float, float]:
    """By how much noise moves the metric at least and at most, for rates within z standard errors of the measured."""
    found = [0.0]
    for sign in (-1, 1):
        there = [_moved(rate, sign * z * noise.std(axis=0)) for rate, noise in _pairs(measured, drawn)]
        noisy = [at + noise - rate for at, (rate, noise) in zip(there, _pairs(measured, drawn), strict=True)]
        found.append(float(metric(Rates(*noisy)).mean() - metric(Rates(*there))[0]))
    return min(found), max(found)


def _pairs(measured: Rates, drawn: Rates) -> Iterator[tuple[Floats, Floats]]:
    return ((getattr(measured, one.name), getattr(drawn, one.name)) for one in fields(Rates))


def _moved(rates: Floats, by: Floats) -> Floats:
    """Each group's rate so far away from their middle, or towards it where `by` is below 0, but not beyond."""
    import numpy as np

    middle = (rates.max() + rates.min()) / 2
    around = rates - middle
    moved: Floats = np.clip(middle + np.sign(around) * np.maximum(np.abs(around) + by, 0.0), 0.0, 1.0)
    return moved


def _difference(rates: Floats) -> Floats:
    difference: Floats = rates.max(axis=-1) - rates.min(axis=-1)
    return difference


def _ratio(rates: Floats) -> Floats:
    import numpy as np

    largest: Floats = rates.max(axis=-1)
    ratio: Floats = np.divide(rates.min(axis=-1), largest, out=np.full(np.shape(largest), np.nan), where=largest > 0)
    return ratio
