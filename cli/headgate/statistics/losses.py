"""What a single row costs: each mean of these is a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Floats

SMALLEST = 2.220446049250313e-16
"""The spacing of 64-bit floats at 1. Probabilities are clipped here, as scikit-learn clips them, so that a sure and
wrong answer costs 36, not infinity; and nothing smaller is a truth to take shares of."""


def log_losses(of_truth: Floats) -> Floats:
    """-log of the probability given to the truth, shape (n,)."""
    import numpy as np

    return -np.log(np.clip(of_truth, SMALLEST, 1 - SMALLEST))


def brier_losses(probability: Floats, true: Flags) -> Floats:
    """(p - y)^2 of one class, shape (n,). Source: Brier, Monthly Weather Review 78 (1950) 1-3."""
    losses: Floats = (probability - true) ** 2
    return losses


def absolute_errors(truth: Floats, prediction: Floats) -> Floats:
    """|y - p|, shape (n,)."""
    import numpy as np

    return np.abs(truth - prediction)


def percentage_errors(truth: Floats, prediction: Floats) -> Floats:
    """|y - p| / |y|, shape (n,): shares, 1 is 100%; a truth of 0 counts as the smallest number, as in scikit-learn."""
    import numpy as np

    return np.abs(truth - prediction) / np.maximum(np.abs(truth), SMALLEST)


def pinball_losses(truth: Floats, prediction: Floats, level: float) -> Floats:
    """The loss that the quantile at `level` minimises, shape (n,): level (y - p) above it, (1 - level)(p - y) below.

    Source: Koenker and Bassett, Econometrica 46 (1978) 33-50.
    """
    import numpy as np

    above = truth - prediction
    return np.where(above >= 0, level * above, (level - 1) * above)
