"""The joint cells (label, production, candidate) of an evaluation set, and how often each occurs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from headgate.statistics.bootstrap import CHUNK, Sides, sum_by
from headgate.statistics.confusion import Margins
from headgate.statistics.measurement import NOTHING, Least
from headgate.statistics.paired import FEW_DISCORDANT, least_of_shares
from headgate.statistics.slope import Slope

if TYPE_CHECKING:
    from headgate.statistics.measurement import Bounds, Counts, Flags, Floats, Integers

Concerns = Literal["either", "label", "answer"]
"""The rows that a metric of one class is about: those with it as label or answer, as label, or as answer."""


@dataclass(frozen=True)
class CellWeights:
    """Mean and standard deviation of the rows' weights in each cell, each of shape (cells,)."""

    mean: Floats
    spread: Floats


@dataclass(frozen=True)
class Cells:
    """How often each combination of label, Production's answer and the candidate's answer occurs.

    Args:
        label, production, candidate: class positions in [0, classes), shape (cells,); `production` is None where the
            candidate stands alone.
        count: rows in each cell, above 0, shape (cells,).
        classes: how many classes there are.
        weights: what a row of each cell weighs; None where every row weighs the same.
    """

    label: Integers
    production: Integers | None
    candidate: Integers
    count: Integers
    classes: int
    weights: CellWeights | None = None

    method = "multinomial-bootstrap"

    @classmethod
    def of(
        cls,
        label: Integers,
        production: Integers | None,
        candidate: Integers,
        classes: int,
        weights: Floats | None = None,
    ) -> Cells:
        """Count rows; positions and weights of shape (n,)."""
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
        weighing = None if weights is None else _weights(np.searchsorted(cells, joint), count, weights)
        first, last = np.divmod(cells, classes)
        if production is None:
            return cls(first, None, last, count, classes, weighing)
        return cls(first // classes, last, first % classes, count, classes, weighing)

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return int(self.count.sum())

    @property
    def answers(self) -> tuple[Integers, ...]:
        """The sides' answers: the candidate's, then Production's where there is one."""
        return (self.candidate,) if self.production is None else (self.candidate, self.production)

    def margins(self, counts: Counts, answers: Integers) -> Margins:
        """Margins of one side for cell counts of shape (resamples, cells)."""
        import numpy as np

        right = np.flatnonzero(self.label == answers)
        return Margins(
            actual=sum_by(counts, self.label, self.classes),
            predicted=sum_by(counts, answers, self.classes),
            correct=sum_by(counts[:, right], self.label[right], self.classes),
        )

    @property
    def noise(self) -> Floats | float:
        """Squared coefficient of variation of the weights within each cell, shape (cells,)."""
        return 0.0 if self.weights is None else (self.weights.spread / self.weights.mean) ** 2

    def measured(self) -> Sides:
        """Margins of all rows, shape (1, classes)."""
        return self.at(self.count[None, :])

    def at(self, counts: Counts) -> Sides:
        """Margins for cell counts of shape (k, cells), every row weighing its cell's mean: shape (k, classes)."""
        return self._sides(counts if self.weights is None else counts * self.weights.mean)

    def nudged(self, part: float) -> Iterator[Sides]:
        """Margins of all rows with one cell 1 + part times: (cells, classes), in blocks of consecutive cells."""
        import numpy as np

        more = part * (self.count if self.weights is None else self.count * self.weights.mean)
        everything = self.measured()
        block = max(1, CHUNK // self.classes)
        for start in range(0, len(self.count), block):
            cells = slice(start, start + block)
            label, added = self.label[cells], more[cells]
            row = np.arange(len(label))
            sides = []
            for margins, answers in zip(everything, self.answers, strict=True):
                answer = answers[cells]
                actual, predicted, correct = (
                    np.repeat(total.astype(np.float64), len(label), axis=0)
                    for total in (margins.actual, margins.predicted, margins.correct)
                )
                actual[row, label] += added
                predicted[row, answer] += added
                correct[row, label] += np.where(answer == label, added, 0.0)
                sides.append(Margins(actual, predicted, correct))
            yield tuple(sides)

    def beside(self, slope: Slope, confidence: float) -> Bounds:
        """Score bounds: percentiles alone pass too often where few rows differ."""
        return slope.score_bounds(confidence)

    def resampled(self, resamples: int, seed: int) -> Iterator[Sides]:
        """Margins of resampled rows, in blocks of shape (at most resamples, classes). Same seed, same counts."""
        for counts in self.recounted(resamples, seed):
            yield self._sides(counts)

    def recounted(self, resamples: int, seed: int) -> Iterator[Counts]:
        """Counts of resampled rows, in blocks of shape (at most resamples, cells).

        Where rows are weighted, the weights drawn in a cell are summed by their normal limit: the count times their
        mean, with a variance of the count times theirs.
        """
        import numpy as np

        generator = np.random.default_rng(seed)
        shares = self.count / self.count.sum()
        block = max(1, CHUNK // len(self.count))
        for start in range(0, resamples, block):
            counts = generator.multinomial(self.rows, shares, size=min(block, resamples - start))
            if self.weights is None:
                yield counts
            else:
                noise = np.sqrt(counts) * self.weights.spread * generator.standard_normal(counts.shape)
                yield np.maximum(counts * self.weights.mean + noise, 0.0)

    def _sides(self, counts: Counts) -> Sides:
        return tuple(self.margins(counts, answers) for answers in self.answers)


def _weights(cell: Integers, count: Integers, weights: Floats) -> CellWeights:
    """Moments of the weights in each cell, for the cell of every row."""
    import numpy as np

    mean = np.bincount(cell, weights, minlength=len(count)) / count
    squares = np.bincount(cell, (weights - mean[cell]) ** 2, minlength=len(count))
    return CellWeights(mean, np.sqrt(squares / count))


def least_reach(
    cells: Cells,
    confidence: float,
    position: int | None = None,
    concerns: Concerns = "either",
    *,
    units: int | None = None,
) -> Least:
    """How far bounds on a difference must reach at least, where too few rows tell the models apart to resample them.

    Without one disagreement every resample has none, and percentiles would prove equality from a handful of rows; so
    would they a gain, where all disagreements are gains. What n rows prove of the share of right answers, Tango's
    bounds know. With the class at `position`, n are the rows that concern it; without any, nothing is proven. Where
    rows belong together, or some weigh far more than others, no more than so many `units` are evidence.
    """
    if cells.production is None:
        return NOTHING
    concerned = _concerned(cells, position, concerns)
    differ = concerned & (cells.candidate != cells.production)
    gained = int(cells.count[differ & (cells.candidate == cells.label)].sum())
    lost = int(cells.count[differ & (cells.production == cells.label)].sum())
    if min(gained, lost) >= FEW_DISCORDANT and (units is None or units >= 2 * FEW_DISCORDANT):
        return NOTHING
    rows = int(cells.count[concerned].sum())
    if not rows:
        return Least(1.0, 1.0, 1.0)
    return least_of_shares(min(rows, units or rows), (gained - lost) / rows, confidence)


def own_least(
    cells: Cells,
    confidence: float,
    position: int | None = None,
    concerns: Concerns = "either",
    *,
    units: int | None = None,
) -> Least:
    """The same of the candidate's own value, where hardly a row is wrong, or right: z^2 / (n + z^2), as Wilson's."""
    concerned = _concerned(cells, position, concerns)
    rows = int(cells.count[concerned].sum())
    right = int(cells.count[concerned & (cells.candidate == cells.label)].sum())
    if min(right, rows - right) >= FEW_DISCORDANT and (units is None or units >= 2 * FEW_DISCORDANT):
        return NOTHING
    return least_of_shares(min(rows, units or rows), 0.0, confidence) if rows else Least(1.0, 1.0, 1.0)


def _concerned(cells: Cells, position: int | None, concerns: Concerns) -> Flags:
    """The cells whose rows the class at `position` concerns, shape (cells,); all of them where it is None."""
    import numpy as np

    if position is None:
        return np.ones(len(cells.count), dtype=bool)
    label = (cells.label,) if concerns in ("either", "label") else ()
    answers = cells.answers if concerns in ("either", "answer") else ()
    concerned: Flags = np.any([side == position for side in (*label, *answers)], axis=0)
    return concerned
