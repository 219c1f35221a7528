"""How differently two or more groups of rows are answered: metrics of two classes, counted by group.

They are functions of margins like any other: of the margins over the joint classes (group, class), group by group, so
that class k of group g is at position 2 g + k, the positive class being k = 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.confusion import Margins, Metric, share

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


def demographic_parity_difference(margins: Margins) -> Floats:
    """The largest selection rate of a group minus the smallest."""
    return _difference(Rates.of(margins).selection)


def demographic_parity_ratio(margins: Margins) -> Floats:
    """The smallest selection rate of a group over the largest; NaN where nothing is selected."""
    return _ratio(Rates.of(margins).selection)


def equal_opportunity_difference(margins: Margins) -> Floats:
    """The largest true-positive rate of a group minus the smallest."""
    return _difference(Rates.of(margins).true_positive)


def equal_opportunity_ratio(margins: Margins) -> Floats:
    """The smallest true-positive rate of a group over the largest; NaN where no positive row is found."""
    return _ratio(Rates.of(margins).true_positive)


def equalized_odds_difference(margins: Margins) -> Floats:
    """The larger of the differences in true-positive and in false-positive rates."""
    import numpy as np

    rates = Rates.of(margins)
    return np.maximum(_difference(rates.true_positive), _difference(rates.false_positive))


def equalized_odds_ratio(margins: Margins) -> Floats:
    """The smaller of the ratios of true-positive and of false-positive rates.

    That of the true ones where no group has a false positive; NaN where none has a true one.
    """
    import numpy as np

    rates = Rates.of(margins)
    hits, alarms = _ratio(rates.true_positive), _ratio(rates.false_positive)
    return np.where(np.isnan(alarms), hits, np.minimum(hits, alarms))


METRICS: dict[str, Metric] = {
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


def _difference(rates: Floats) -> Floats:
    difference: Floats = rates.max(axis=-1) - rates.min(axis=-1)
    return difference


def _ratio(rates: Floats) -> Floats:
    import numpy as np

    largest: Floats = rates.max(axis=-1)
    ratio: Floats = np.divide(rates.min(axis=-1), largest, out=np.full(np.shape(largest), np.nan), where=largest > 0)
    return ratio
