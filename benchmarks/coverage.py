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
from headgate.statistics.cells import Cells, Concerns, least_reach
from headgate.statistics.confusion import (
    balanced_accuracy,
    cohen_kappa,
    f1_per_class,
    macro,
    mcc,
    of_class,
    recall_per_class,
)
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
MANY = 1_000_000
"""Rows that stand for all there could be."""


@dataclass(frozen=True)
class Population:
    """Where rows come from: the share of positives, and how far both models' scores of the two classes are apart."""

    positives: float
    apart: tuple[float, float]


USUAL = Population(0.4, (0.8, 0.7))
"""Production is right on 78% of the rows, the candidate on 75%; they differ on 25%."""
RARE = Population(0.1, (1.6, 1.4))
"""One row in ten is positive; the two are right on 94% and 91%, and differ on 9%."""


@dataclass(frozen=True)
class Rows:
    """Simulated rows of two classes, shape (n,) each: truths, and both models' scores in [0, 1]; Production first."""

    positive: NDArray[np.bool_]
    scores: tuple[Floats, Floats]
    group: NDArray[np.int64]

    @classmethod
    def drawn(cls, n: int, generator: np.random.Generator, *, of: Population = USUAL, each: int = 1) -> Rows:
        """Two models that share half of their noise, the candidate a little worse; `each` rows of a group alike."""
        import numpy as np

        groups = -(-n // each)
        group = np.repeat(np.arange(groups), each)[:n]
        positive = generator.random(n) < of.positives
        shared = generator.normal(size=groups)[group] * 0.6 + generator.normal(size=n) * 0.4
        own = generator.normal(size=(2, groups))[:, group] * 0.6 + generator.normal(size=(2, n)) * 0.4
        sides = [at * (2 * positive - 1) + shared + noise for at, noise in zip(of.apart, own, strict=True)]
        return cls(positive, (1 / (1 + np.exp(-sides[0])), 1 / (1 + np.exp(-sides[1]))), group)

    @classmethod
    def all_of(cls, population: Population) -> Rows:
        """Each model's scores at the quantiles of what `drawn` draws from: a metric of one model has its true value.

        No draw is needed, and so none is off; what the two have in common is not in it.
        """
        import numpy as np
        from scipy.stats import norm

        positive = np.arange(MANY) < round(population.positives * MANY)
        counts = (int(positive.sum()), MANY - int(positive.sum()))
        noise = np.concatenate([norm.ppf((np.arange(n) + 0.5) / n, scale=math.sqrt(1.04)) for n in counts])
        sides = [at * (2 * positive - 1) + noise for at in population.apart]
        return cls(positive, (1 / (1 + np.exp(-sides[0])), 1 / (1 + np.exp(-sides[1]))), np.arange(MANY))

    @property
    def answers(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Positive where the score is above one half."""
        return self.scores[0] > 0.5, self.scores[1] > 0.5


def accuracy(rows: Rows) -> Paired:
    """Tango's interval."""
    production, candidate = (answers == rows.positive for answers in rows.answers)
    return paired_shares(production, candidate, 1 - ALPHA)


def of_counts(
    metric: Callable[..., Floats], rows: Rows, *, grouped: bool = False, about: tuple[int, Concerns] | None = None
) -> Paired:
    """The multinomial bootstrap, or that of groups; `about` is the class that the metric concerns, and how."""
    production, candidate = (answers.astype(int) for answers in rows.answers)
    label = rows.positive.astype(int)
    cells = Cells.of(label, production, candidate, 2)
    counted = of_groups(rows.group, label, production, candidate, 2) if grouped else cells
    return bootstrap(counted, {"it": metric})["it"].paired(
        1 - ALPHA, least=least_reach(cells, 1 - ALPHA, *(about or ()))
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


@dataclass(frozen=True)
class Case:
    """A metric on rows of one kind; `each` rows belong together."""

    measure: Callable[[Rows], Paired]
    better: str = "higher"
    of: Population = USUAL
    each: int = 1

    def passes_by(self, found: Paired) -> Paired:
        """`found`, turned so that higher is better."""
        return found if self.better == "higher" else found.mirrored()


f1_macro, recall = macro(f1_per_class), of_class(recall_per_class, 1)
CASES: dict[str, Case] = {
    "accuracy": Case(accuracy),
    "f1_macro": Case(partial(of_counts, f1_macro)),
    "recall[1]": Case(partial(of_counts, recall, about=(1, "label"))),
    "balanced_accuracy": Case(partial(of_counts, balanced_accuracy)),
    "mcc": Case(partial(of_counts, mcc)),
    "cohen_kappa": Case(partial(of_counts, cohen_kappa)),
    "log_loss": Case(partial(of_scores, log_loss), "lower"),
    "brier": Case(partial(of_scores, brier), "lower"),
    "roc_auc": Case(partial(of_scores, ranking.roc_auc)),
    "average_precision": Case(partial(of_scores, ranking.average_precision)),
    "ece": Case(ece, "lower"),
    "mae": Case(partial(of_errors, absolute), "lower"),
    "rmse": Case(partial(of_errors, regression.rmse), "lower"),
    "r2": Case(partial(of_errors, regression.r2)),
    "accuracy, 10% positive": Case(accuracy, of=RARE),
    "f1_macro, 10% positive": Case(partial(of_counts, f1_macro), of=RARE),
    "recall[1], 10% positive": Case(partial(of_counts, recall, about=(1, "label")), of=RARE),
    "roc_auc, 10% positive": Case(partial(of_scores, ranking.roc_auc), of=RARE),
    "log_loss, 10% positive": Case(partial(of_scores, log_loss), "lower", of=RARE),
    "f1_macro, groups of 5": Case(partial(of_counts, f1_macro, grouped=True), each=5),
    "roc_auc, groups of 5": Case(partial(of_scores, ranking.roc_auc, grouped=True), each=5),
    "log_loss, groups of 5": Case(partial(of_scores, log_loss, grouped=True), "lower", each=5),
}


def true_difference(name: str) -> float:
    """Candidate - production, turned so that higher is better, on rows without number."""
    case = CASES[name]
    return case.passes_by(case.measure(Rows.all_of(case.of))).difference


def coverage(name: str, n: int, margin: float, simulations: int) -> tuple[str, int, float, float, str]:
    """Shares of simulations that pass and that fail at `margin`, and the method."""
    import numpy as np

    case = CASES[name]
    generator = np.random.default_rng([n, *name.encode()])
    passed = failed = 0
    method = ""
    for _ in range(simulations):
        found = case.measure(Rows.drawn(n, generator, of=case.of, each=case.each))
        bounds = case.passes_by(found).bounds
        passed += bounds.lower > -margin
        failed += bounds.upper < -margin
        method = found.method
    return name, n, passed / simulations, failed / simulations, method


def main(simulations: int = 10_000) -> None:
    """Simulate, and print the table."""
    band = 1.96 * math.sqrt(ALPHA * (1 - ALPHA) / simulations)
    print(f"## Coverage at the margin, {simulations:,} simulations each\n")
    print(f"Bar: {ALPHA:.0%} pass, and as many fail; 95% of correct methods are within {band:.1%} of it.\n")
    print("| metric | method | rows | pass | fail |\n|---|---|--:|--:|--:|")
    with ProcessPoolExecutor() as pool:
        margins = dict(zip(CASES, pool.map(true_difference, CASES), strict=True))
        work = [pool.submit(coverage, name, n, -margins[name], simulations) for name in CASES for n in SIZES]
        for one in work:
            name, n, passed, failed, method = one.result()
            print(f"| {name} | {method} | {n:,} | {passed:.1%} | {failed:.1%} |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
