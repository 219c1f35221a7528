"""Root mean squared error and R2: smooth functions of means, by the delta method."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from headgate.statistics.estimate import Estimate, relative
from headgate.statistics.measurement import each

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats


def rmse(truth: Floats, prediction: Floats, weights: Floats | None = None) -> Estimate:
    """Sqrt(mean (y - p)^2) of n rows, shape (n,) each.

    With m the mean squared error, the influence of a row is w (e^2 - m) / (2 sqrt(m)): d sqrt(m) = dm / (2 sqrt(m)).
    """
    import numpy as np

    squares = (truth - prediction) ** 2
    mean = float(np.average(squares, weights=weights))
    root = math.sqrt(mean)
    pull = (squares - mean) / (2 * root) if root > 0 else np.zeros(len(squares))
    return Estimate(root, pull * relative(weights), "delta", parts=(each(len(truth), weights),))


def r2(truth: Floats, prediction: Floats, weights: Floats | None = None) -> Estimate:
    """1 - S/T with S = sum w (y - p)^2 and T = sum w (y - mean y)^2; NaN where the truth never varies.

    The influence of a row is n w ((S/T)(y - mean y)^2 - (y - p)^2) / T; how the mean moves is of second order.
    """
    import numpy as np

    rows = len(truth)
    weighing = relative(weights)
    squares = weighing * (truth - prediction) ** 2
    around = weighing * (truth - np.average(truth, weights=weights)) ** 2
    left, total = float(squares.sum()), float(around.sum())
    if total == 0:
        return Estimate(math.nan, np.full(rows, math.nan), "delta", parts=())
    influence = rows * (left / total * around - squares) / total
    return Estimate(1 - left / total, influence, "delta", parts=(each(rows, weights),))
