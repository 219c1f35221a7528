"""How often a model that is exactly at the margin passes: by every method, at two sizes, with its binomial band.

A non-inferiority check at 95% should pass such a model in 5% of all evaluations: more is a gate that lets worse models
through, less is one that asks for more rows than needed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from headgate.statistics import losses, ranking, regression
from headgate.statistics.bootstrap import bootstrap
from headgate.statistics.calibration import Gaps, paired_error
from headgate.statistics.cells import Cells, least_reach
from headgate.statistics.confusion import balanced_accuracy, cohen_kappa, f1_per_class, macro, mcc
from headgate.statistics.estimate import Estimate, mean, paired_bounds
from headgate.statistics.measurement import Paired
from headgate.statistics.paired import paired_shares
from headgate.statistics.units import of_groups

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALPHA = 0.05
SIZES = (200, 2000)
POPULATION, TIMES = 1_000_000, 12
"""So many rows, so many times: their mean difference stands for the true one, and is off by a hundredth of a spread."""


@dataclass(frozen=True)
class Rows:
    """Simulated rows of two classes, shape (n,) each: truths, and both models' scores in [0, 1]; Production first."""

    positive: NDArray[np.bool_]
    scores: tuple[Floats, Floats]
    group: NDArray[np.int64]

    @classmethod
    def drawn(cls, n: int, generator: np.random.Generator, *, each: int = 1) -> Rows:
        """Two models that share half of their noise, the candidate a little worse; `each` rows of a group alike."""
        import numpy as np

        groups = -(-n // each)
        group = np.repeat(np.arange(groups), each)[:n]
        positive = generator.random(n) < 0.4
        shared = generator.normal(size=groups)[group] * 0.6 + generator.normal(size=n) * 0.4
        own = generator.normal(size=(2, groups))[:, group] * 0.6 + generator.normal(size=(2, n)) * 0.4
        sides = [at * (2 * positive - 1) + shared + noise for at, noise in zip((0.8, 0.7), own, strict=True)]
        return cls(positive, (1 / (1 + np.exp(-sides[0])), 1 / (1 + np.exp(-sides[1]))), group)

    @property
    def answers(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Positive where the score is above one half."""
        return self.scores[0] > 0.5, self.scores[1] > 0.5


def accuracy(rows: Rows) -> Paired:
    """Tango's interval at 200 rows, Wald's at 2,000."""
    production, candidate = (answers == rows.positive for answers in rows.answers)
    return paired_shares(production, candidate, 1 - ALPHA)


def of_counts(metric: Callable[..., Floats], rows: Rows, *, grouped: bool = False) -> Paired:
    """The multinomial bootstrap, or that of groups."""
    production, candidate = (answers.astype(int) for answers in rows.answers)
    label = rows.positive.astype(int)
    cells = Cells.of(label, production, candidate, 2)
    counted = of_groups(rows.group, label, production, candidate, 2) if grouped else cells
    return bootstrap(counted, {"it": metric}, resamples=1000)["it"].paired(
        1 - ALPHA, least=least_reach(cells, 1 - ALPHA)
    )


def of_scores(measure: Callable[..., Estimate], rows: Rows, *, grouped: bool = False) -> Paired:
    """Closed forms from influences."""
    production, candidate = (measure(rows.positive, scores) for scores in rows.scores)
    return paired_bounds(production, candidate, 1 - ALPHA, rows.group if grouped else None)


def of_errors(measure: Callable[..., Estimate], rows: Rows) -> Paired:
    """A regression: the logarithm of the odds, of a truth that is the class."""
    import numpy as np

    truth = 2.0 * rows.positive - 1
    production, candidate = (measure(truth, np.log(scores / (1 - scores))) for scores in rows.scores)
    return paired_bounds(production, candidate, 1 - ALPHA)


def log_loss(positive: NDArray[np.bool_], scores: Floats) -> Estimate:
    """The mean loss."""
    import numpy as np

    return mean(losses.log_losses(np.where(positive, scores, 1 - scores)))


def brier(positive: NDArray[np.bool_], scores: Floats) -> Estimate:
    """The mean loss."""
    return mean(losses.brier_losses(scores, positive))


def absolute(truth: Floats, prediction: Floats) -> Estimate:
    """The mean loss."""
    return mean(losses.absolute_errors(truth, prediction))


def ece(rows: Rows) -> Paired:
    """Bounds that leave room for what noise adds."""
    production, candidate = (Gaps.of(rows.positive, scores) for scores in rows.scores)
    return paired_error(production, candidate, 1 - ALPHA)


METHODS: dict[str, tuple[Callable[[Rows], Paired], str, int]] = {
    "accuracy": (accuracy, "higher", 1),
    "f1_macro": (partial(of_counts, macro(f1_per_class)), "higher", 1),
    "balanced_accuracy": (partial(of_counts, balanced_accuracy), "higher", 1),
    "mcc": (partial(of_counts, mcc), "higher", 1),
    "cohen_kappa": (partial(of_counts, cohen_kappa), "higher", 1),
    "log_loss": (partial(of_scores, log_loss), "lower", 1),
    "brier": (partial(of_scores, brier), "lower", 1),
    "roc_auc": (partial(of_scores, ranking.roc_auc), "higher", 1),
    "average_precision": (partial(of_scores, ranking.average_precision), "higher", 1),
    "ece": (ece, "lower", 1),
    "mae": (partial(of_errors, absolute), "lower", 1),
    "rmse": (partial(of_errors, regression.rmse), "lower", 1),
    "r2": (partial(of_errors, regression.r2), "higher", 1),
    "f1_macro, groups of 5": (partial(of_counts, macro(f1_per_class), grouped=True), "higher", 5),
    "roc_auc, groups of 5": (partial(of_scores, ranking.roc_auc, grouped=True), "higher", 5),
    "log_loss, groups of 5": (partial(of_scores, log_loss, grouped=True), "lower", 5),
}


def true_difference(name: str) -> float:
    """Candidate - production, turned so that higher is better, on rows without number."""
    import numpy as np

    measure, better, each = METHODS[name]
    generator = np.random.default_rng(1)
    difference = float(
        np.mean([measure(Rows.drawn(POPULATION, generator, each=each)).difference for _ in range(TIMES)])
    )
    return difference if better == "higher" else -difference


def coverage(name: str, n: int, margin: float, simulations: int) -> tuple[str, int, float, float, str]:
    """Shares of simulations that pass and that fail at `margin`, and the method."""
    import numpy as np

    measure, better, each = METHODS[name]
    generator = np.random.default_rng(n)
    passed = failed = 0
    method = ""
    for _ in range(simulations):
        found = measure(Rows.drawn(n, generator, each=each))
        oriented = found if better == "higher" else found.mirrored()
        passed += oriented.bounds.lower > -margin
        failed += oriented.bounds.upper < -margin
        method = found.method
    return name, n, passed / simulations, failed / simulations, method


def main(simulations: int = 2000) -> None:
    """Simulate, and print the table."""
    band = 1.96 * math.sqrt(ALPHA * (1 - ALPHA) / simulations)
    print(f"## Coverage at the margin, {simulations:,} simulations each\n")
    print(f"Bar: {ALPHA:.0%} pass, and as many fail; 95% of correct methods are within {band:.1%} of it.\n")
    print("| metric | method | rows | pass | fail |\n|---|---|--:|--:|--:|")
    with ProcessPoolExecutor() as pool:
        margins = dict(zip(METHODS, pool.map(true_difference, METHODS), strict=True))
        work = [pool.submit(coverage, name, n, -margins[name], simulations) for name in METHODS for n in SIZES]
        for one in work:
            name, n, passed, failed, method = one.result()
            print(f"| {name} | {method} | {n:,} | {passed:.1%} | {failed:.1%} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
