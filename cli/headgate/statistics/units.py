"""Rows counted by units that are resampled whole: groups of rows that belong together, or random parts of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from headgate.statistics.bootstrap import CHUNK, SEED, Sides
from headgate.statistics.cells import Cells
from headgate.statistics.confusion import Margins
from headgate.statistics.slope import Slope

if TYPE_CHECKING:
    from headgate.statistics.measurement import Bounds, Floats, Integers

MOST_CELLS = 2000
"""With more cells than these a draw of all of them costs more than one of units."""
MOST_UNITS = 2000
"""Units told apart; more are put together at random. The spread of this many is known to 2%, whatever their number."""
FEWEST_UNITS = 200
_COUNTED = 4_000_000


@dataclass(frozen=True)
class Units:
    """Margins per unit.

    Args:
        rows: how many rows were counted.
        actual: rows, or their weight, by unit and true class, shape (units, classes).
        answered: the same by answer, and by right answer, for the candidate and for Production where there is one.
        method: what reports call bounds by this.
    """

    rows: int
    actual: Floats
    answered: tuple[tuple[Floats, Floats], ...]
    method: str

    noise = 0.0

    @property
    def count(self) -> Floats:
        """Each unit occurs once, shape (units,)."""
        import numpy as np

        return np.ones(len(self.actual))

    def measured(self) -> Sides:
        """Margins of all rows, shape (1, classes)."""
        return self.at(self.count[None, :])

    def at(self, counts: Floats) -> Sides:
        """Margins of the units so many times each, for counts of shape (k, units): shape (k, classes)."""
        actual = counts @ self.actual
        return tuple(Margins(actual, counts @ predicted, counts @ correct) for predicted, correct in self.answered)

    def nudged(self, part: float) -> Iterator[Sides]:
        """Margins of all rows with one unit 1 + part times: (units, classes), in blocks of consecutive units."""
        everything = self.measured()
        block = max(1, CHUNK // self.actual.shape[1])
        for start in range(0, len(self.actual), block):
            units = slice(start, start + block)
            yield tuple(
                Margins(
                    all_of.actual + part * self.actual[units],
                    all_of.predicted + part * predicted[units],
                    all_of.correct + part * correct[units],
                )
                for all_of, (predicted, correct) in zip(everything, self.answered, strict=True)
            )

    def beside(self, slope: Slope, confidence: float) -> Bounds:
        """Student's bounds: of few units percentiles know no more than the farthest of them."""
        return slope.student_bounds(confidence, self.actual.sum(axis=1))

    def resampled(self, resamples: int, seed: int) -> Iterator[Sides]:
        """Margins of resampled units, in blocks of shape (at most resamples, classes). Same seed, same counts.

        One unit fewer is drawn than there are: their mean then spreads as the sample's own does, without the bias of
        few units. No metric of confusion counts minds the number of rows.

        Source: Rao and Wu, JASA 83 (1988) 231-241.
        """
        units, classes = self.actual.shape
        drawn = _drawn(units, resamples, seed)
        block = max(1, CHUNK // max(units, classes))
        for start in range(0, resamples, block):
            yield self.at(drawn[start : start + block])


@lru_cache(maxsize=1)
def _drawn(units: int, resamples: int, seed: int) -> Floats:
    """How often each unit is drawn, shape (resamples, units): at most 32 MB, the same for every slice of the rows."""
    import numpy as np

    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, units))
    for row in drawn:
        row[:] = np.bincount(generator.integers(units, size=max(1, units - 1)), minlength=units)
    return drawn


def of_groups(
    groups: Integers,
    label: Integers,
    production: Integers | None,
    candidate: Integers,
    classes: int,
    weights: Floats | None = None,
) -> Units:
    """Rows counted by the group they belong to.

    Args:
        groups: each row's group, from 0, shape (n,); groups without a row may be among them.
        label: class positions, shape (n,).
        production: Production's answers, shape (n,); None where there are none.
        candidate: the candidate's, shape (n,).
        classes: how many classes there are.
        weights: of the rows, shape (n,).
    """
    import numpy as np

    present, group = np.unique(groups, return_inverse=True)
    unit, units = merged(group, len(present), classes)
    sides = (candidate,) if production is None else (candidate, production)

    def count(chosen: Integers, rows: slice | Integers) -> Floats:
        weighed = None if weights is None else weights[rows]
        joint = unit[rows] * classes + chosen[rows]
        counted: Floats = np.bincount(joint, weighed, units * classes).reshape(units, classes).astype(float)
        return counted

    everything = slice(None)
    return Units(
        rows=len(label),
        actual=count(label, everything),
        answered=tuple((count(side, everything), count(side, np.flatnonzero(side == label))) for side in sides),
        method="cluster-bootstrap",
    )


def of_parts(
    label: Integers,
    production: Integers | None,
    candidate: Integers,
    classes: int,
    weights: Floats | None = None,
) -> Units:
    """Rows in random parts, for counts with so many cells that drawing them all would be slow.

    A part of the rows is a sample of its own, so the spread between parts is that of the rows (random groups: Wolter,
    Introduction to Variance Estimation, 2007, chapter 2). Which rows are put together depends on what they hold, not on
    their order. Arguments as of `of_groups`.
    """
    import numpy as np

    columns = [column for column in (weights, production, candidate, label) if column is not None]
    part = np.empty(len(label), dtype=np.int64)
    parts = units_for(len(label), classes)
    part[np.lexsort(columns)] = np.random.default_rng(SEED).permutation(len(label)) % parts
    units = of_groups(part, label, production, candidate, classes, weights)
    return replace(units, method=Cells.method)


def merged(group: Integers, groups: int, classes: int) -> tuple[Integers, int]:
    """The unit of each row, shape (n,), and how many there are: the groups, at random together where they are many."""
    import numpy as np

    units = units_for(groups, classes)
    if units == groups:
        return group, groups
    unit = np.random.default_rng(SEED).permutation(groups) % units
    return unit[group], units


def units_for(groups: int, classes: int) -> int:
    """How many units `groups` groups are counted by: as many as memory for all classes allows."""
    return min(groups, MOST_UNITS, max(FEWEST_UNITS, _COUNTED // classes))
