"""ROC and precision-recall curves as few enough points to draw, with the areas of the whole curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.ranking import Ranked

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers

POINTS = 160
"""As many as a drawing of a few hundred pixels can show."""


@dataclass(frozen=True)
class Curve:
    """Points (x, y) in [0, 1], x rising; `area` is that of all the points there were before thinning."""

    points: tuple[tuple[float, float], ...]
    area: float


@dataclass(frozen=True)
class Thresholds:
    """How many positive rows (`hits`) and others (`alarms`) score at or above each distinct score.

    Both of shape (scores + 1,), from 0 rows above the highest score down to all of them.
    """

    hits: Floats
    alarms: Floats

    @classmethod
    def of(cls, ranked: Ranked) -> Thresholds:
        """Count rows that are in order of their probability of being positive."""
        import numpy as np

        hits, alarms = (np.append(0.0, np.cumsum(kind[::-1])) for kind in (ranked.of_positive, ranked.of_others))
        return cls(hits, alarms)


def roc(thresholds: Thresholds) -> Curve | None:
    """True-positive rate over false-positive rate, and the area under it; None where there is only one class.

    Source: Fawcett, Pattern Recognition Letters 27 (2006) 861-874; ties are one step, so the area is Mann-Whitney's.
    """
    import numpy as np

    hits, alarms = thresholds.hits, thresholds.alarms
    if hits[-1] == 0 or alarms[-1] == 0:
        return None
    x, y = alarms / alarms[-1], hits / hits[-1]
    area = float(((x[1:] - x[:-1]) * (y[1:] + y[:-1])).sum() / 2)
    corners = np.unique(np.concatenate([_evenly(x), _evenly(y)]))
    return Curve(_points(x[corners], y[corners]), area)


def precision_recall(thresholds: Thresholds) -> Curve | None:
    """Precision over recall, and the average precision; None where no row is positive.

    Source: scikit-learn's definition, the sum of (R_k - R_k-1) P_k over falling thresholds, without interpolation.
    """
    hits, alarms = thresholds.hits, thresholds.alarms
    if hits[-1] == 0:
        return None
    recall, precision = hits[1:] / hits[-1], hits[1:] / (hits[1:] + alarms[1:])
    area = float((recall - hits[:-1] / hits[-1]) @ precision)
    corners = _evenly(recall)
    return Curve(_points(recall[corners], precision[corners]), area)


def _evenly(values: Floats) -> Integers:
    """Positions of at most POINTS rising values, evenly spread over them, both ends included."""
    import numpy as np

    if len(values) <= POINTS:
        return np.arange(len(values))
    wanted = np.linspace(values[0], values[-1], POINTS)
    inside = np.searchsorted(values, wanted[:-1])
    return np.unique(np.append(inside, len(values) - 1))


def _points(x: Floats, y: Floats) -> tuple[tuple[float, float], ...]:
    return tuple(zip(x.tolist(), y.tolist(), strict=True))
