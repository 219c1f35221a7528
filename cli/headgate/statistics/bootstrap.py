"""Bounds on functions of confusion counts, by resampling cells instead of rows.

Resampling n rows with replacement and counting them over the joint cells (label, production, candidate) is one draw
from a multinomial over these cells: the cost of a resample is the number of cells, not of rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.confusion import Margins, Metric
from headgate.statistics.measurement import Bounds, Own, Paired
from headgate.statistics.paired import FEW_DISCORDANT, tango_bounds

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers

RESAMPLES = 2000
SEED = 20190611
_CHUNK = 2_000_000  # counts held at once: 16 MB an array


@dataclass(frozen=True)
class Cells:
    """How often each combination of label, Production's answer and the candidate's answer occurs.

    Args:
        label, production, candidate: class positions in [0, classes), shape (cells,); `production` is None where the
            candidate stands alone.
        count: rows in each cell, above 0, shape (cells,).
        classes: how many classes there are.
    """

    label: Integers
    production: Integers | None
    candidate: Integers
    count: Integers
    classes: int

    @classmethod
    def of(cls, label: Integers, production: Integers | None, candidate: Integers, classes: int) -> Cells:
        """Count rows; positions of shape (n,)."""
        import numpy as np

        joint = label.astype(np.int64) * classes + candidate
        if production is not None:
            joint = joint * classes + production
        size = classes ** (2 if production is None else 3)
        if size <= max(1 << 20, len(joint)):
            counted = np.bincount(joint, minlength=size)
            cells = np.flatnonzero(counted)
            count = counted[cells]
        else:
            cells, count = np.unique(joint, return_counts=True)
        first, last = np.divmod(cells, classes)
        if production is None:
            return cls(first, None, last, count, classes)
        return cls(first // classes, last, first % classes, count, classes)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return int(self.count.sum())

    @property
    def answers(self) -> tuple[Integers, ...]:
        """The sides' answers: the candidate's, then Production's where there is one."""
        return (self.candidate,) if self.production is None else (self.candidate, self.production)

    def margins(self, counts: Integers, answers: Integers) -> Margins:
        """Margins of one side for cell counts of shape (resamples, cells)."""
        import numpy as np

        right = np.flatnonzero(self.label == answers)
        return Margins(
            actual=_sum_by(counts, self.label, self.classes),
            predicted=_sum_by(counts, answers, self.classes),
            correct=_sum_by(counts[:, right], self.label[right], self.classes),
        )

    def resampled(self, resamples: int, seed: int) -> Iterator[Integers]:
        """Counts of resampled rows, in blocks of shape (at most resamples, cells). Same seed, same counts."""
        import numpy as np

        generator = np.random.default_rng(seed)
        shares = self.count / self.count.sum()
        block = max(1, _CHUNK // len(self.count))
        for start in range(0, resamples, block):
            yield generator.multinomial(self.rows, shares, size=min(block, resamples - start))


def _sum_by(counts: Integers, key: Integers, classes: int) -> Integers:
    """Sum the columns of `counts`, shape (resamples, cells), that share a key: shape (resamples, classes)."""
    import numpy as np

    sums = np.zeros((len(counts), classes), dtype=np.int64)
    if len(key):
        order = np.argsort(key, kind="stable")
        present, starts = np.unique(key[order], return_index=True)
        sums[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
    return sums


METHOD = "multinomial-bootstrap"


@dataclass(frozen=True)
class Resampled:
    """A metric on all rows, shape (sides,), and on each resample, shape (sides, resamples); the candidate first."""

    rows: int
    measured: Floats
    values: Floats

    def own(self, confidence: float) -> Own:
        """Percentile bounds on the candidate's value."""
        return Own(float(self.measured[0]), _percentiles(self.values[0], confidence), METHOD)

    def paired(self, confidence: float, *, least: float = 0.0) -> Paired:
        """Percentile bounds on candidate - production, that reach to both sides by `least` at least.

        Raises:
            ValueError: the candidate stands alone.
        """
        candidate, production = map(float, self.measured)
        difference = candidate - production
        differences = self.values[0] - self.values[1]
        bounds = _percentiles(differences, confidence)
        return Paired(
            production=production,
            candidate=candidate,
            difference=difference,
            bounds=Bounds(min(bounds.lower, difference - least), max(bounds.upper, difference + least)),
            spread=float(differences.std(ddof=1)) * self.rows**0.5,
            rows=self.rows,
            method=METHOD,
            smallest=least,
        )


def least_reach(cells: Cells, confidence: float, position: int | None = None) -> float:
    """How far bounds on a difference must reach at least, where too few rows tell the models apart to resample them.

    Without one disagreement every resample has none, and percentiles would prove equality from a handful of rows. What
    n rows without a disagreement do prove is known in closed form for shares: Tango's z^2 / (n + z^2). With the class
    at `position`, n are the rows that concern it: where it is the label or an answer.
    """
    import numpy as np

    if cells.production is None:
        return 0.0
    concerned = np.ones(len(cells.count), dtype=bool)
    if position is not None:
        concerned = np.any([side == position for side in (cells.label, *cells.answers)], axis=0)
    differ = concerned & (cells.candidate != cells.production)
    gained = int(cells.count[differ & (cells.candidate == cells.label)].sum())
    lost = int(cells.count[differ & (cells.production == cells.label)].sum())
    if min(gained, lost) >= FEW_DISCORDANT:
        return 0.0
    return tango_bounds(int(cells.count[concerned].sum()), 0, 0, confidence).upper


def bootstrap(
    cells: Cells, metrics: Mapping[str, Metric], *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Resampled]:
    """Every metric of `metrics` on both sides, from the same resamples.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile method).
    """
    import numpy as np

    def values(counts: Integers) -> dict[str, Floats]:
        margins = [cells.margins(counts, answers) for answers in cells.answers]
        return {name: np.stack([metric(side) for side in margins]) for name, metric in metrics.items()}

    measured = values(cells.count[np.newaxis, :])
    blocks = [values(counts) for counts in cells.resampled(resamples, seed)]
    return {
        name: Resampled(cells.rows, measured[name][:, 0], np.concatenate([block[name] for block in blocks], axis=1))
        for name in metrics
    }


def _percentiles(values: Floats, confidence: float) -> Bounds:
    import numpy as np

    lower, upper = np.quantile(values, [1 - confidence, confidence])
    return Bounds(float(lower), float(upper))
