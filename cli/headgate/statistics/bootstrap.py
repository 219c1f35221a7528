"""Bounds on functions of confusion counts, by resampling counts instead of rows.

Resampling n rows with replacement and counting them over the joint cells (label, production, candidate) is one draw
from a multinomial over these cells: the cost of a resample is the number of cells, not of rows. Rows that belong
together, and counts with more cells than rows would gain from, are resampled by units instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Protocol

from headgate.statistics.confusion import Margins, Metric
from headgate.statistics.measurement import NOTHING, Bounds, Least, Own, Paired
from headgate.statistics.slope import NUDGE, Slope

if TYPE_CHECKING:
    from headgate.statistics.measurement import Counts, Floats, Integers

RESAMPLES = 2000
SEED = 20190611
CHUNK = 2_000_000
"""Counts held at once: 16 MB an array."""

Sides = tuple[Margins, ...]
"""The margins of the candidate, then of Production where there is one."""


class Resampling(Protocol):
    """Rows counted so that they can be counted again after resampling them."""

    @property
    def method(self) -> str:
        """What reports call bounds by this."""
        ...

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        ...

    @property
    def count(self) -> Counts:
        """How often each item that is resampled occurs, shape (items,)."""
        ...

    @property
    def noise(self) -> Floats | float:
        """Squared coefficient of variation of the weights within each item, shape (items,)."""
        ...

    def measured(self) -> Sides:
        """Margins of all rows, shape (1, classes)."""
        ...

    def at(self, counts: Floats) -> Sides:
        """Margins of the items so many times each, for counts of shape (k, items): shape (k, classes)."""
        ...

    def nudged(self, part: float) -> Iterator[Sides]:
        """Margins of all rows with one item 1 + part times: (items, classes), in blocks of consecutive items."""
        ...

    def beside(self, slope: Slope, confidence: float) -> Bounds:
        """Bounds that those of resampling are not to be narrower than."""
        ...

    def resampled(self, resamples: int, seed: int) -> Iterator[Sides]:
        """Margins of resampled rows, in blocks of shape (at most resamples, classes). Same seed, same counts."""
        ...


@dataclass(frozen=True)
class Resampled:
    """A metric on all rows and on each resample of them; the candidate first.

    Args:
        counted: the rows.
        metric: what was measured.
        measured: on all rows, shape (sides,).
        values: on each resample, shape (sides, resamples).
        influence: of each item that is resampled, shape (sides, items).
    """

    counted: Resampling
    metric: Metric
    measured: Floats
    values: Floats
    influence: Floats

    def own(self, confidence: float, *, least: Least = NOTHING) -> Own:
        """Bounds on the candidate's value, that reach as far as `least` at least."""
        slope = self._slope(float(self.measured[0]), self.influence[0], lambda sides: self.metric(sides[0]))
        bounds = self._bounds(self.values[0], slope, confidence).reaching(slope.value, least)
        return Own(slope.value, bounds, self.counted.method)

    def paired(self, confidence: float, *, least: Least = NOTHING) -> Paired:
        """Bounds on candidate - production, that reach as far as `least` at least.

        Raises:
            ValueError: the candidate stands alone.
        """
        candidate, production = map(float, self.measured)
        difference = candidate - production
        differences = self.values[0] - self.values[1]
        slope = self._slope(
            difference,
            self.influence[0] - self.influence[1],
            lambda sides: self.metric(sides[0]) - self.metric(sides[1]),
        )
        bounds = self._bounds(differences, slope, confidence)
        return Paired(
            production=production,
            candidate=candidate,
            difference=difference,
            bounds=bounds.reaching(difference, least),
            spread=float(differences.std(ddof=1)) * self.counted.rows**0.5,
            rows=self.counted.rows,
            method=self.counted.method,
            smallest=least.equal,
        )

    def _bounds(self, values: Floats, slope: Slope, confidence: float) -> Bounds:
        """Percentiles over the resamples, or what stands beside them where that is wider."""
        return percentiles(values, confidence).widest(self.counted.beside(slope, confidence))

    def _slope(self, value: float, influence: Floats, metric: Callable[[Sides], Floats]) -> Slope:
        counted = self.counted
        return Slope(value, lambda counts: metric(counted.at(counts)), counted.count, influence, counted.noise)


def bootstrap(
    counted: Resampling, metrics: Mapping[str, Metric], *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Resampled]:
    """Every metric of `metrics` on both sides, from the same resamples.

    The influence of an item is the derivative by its share, from a step to both sides (infinitesimal jackknife).

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 (percentile method) and 20.
    """
    import numpy as np

    def values(sides: Sides) -> dict[str, Floats]:
        return {name: np.stack([metric(side) for side in sides]) for name, metric in metrics.items()}

    def valued(blocks: Iterator[Sides]) -> dict[str, Floats]:
        found = [values(sides) for sides in blocks]
        return {name: np.concatenate([block[name] for block in found], axis=1) for name in metrics}

    measured = values(counted.measured())
    resampled = valued(counted.resampled(resamples, seed))
    more, less = valued(counted.nudged(NUDGE)), valued(counted.nudged(-NUDGE))
    each = 2 * NUDGE * counted.count / counted.count.sum()
    return {
        name: Resampled(
            counted=counted,
            metric=metric,
            measured=measured[name][:, 0],
            values=resampled[name],
            influence=(more[name] - less[name]) / each,
        )
        for name, metric in metrics.items()
    }


def joined(blocks: Sequence[Margins]) -> Margins:
    """Blocks of resamples as one, shape (resamples, classes)."""
    import numpy as np

    return Margins(*(np.concatenate([getattr(block, one.name) for block in blocks]) for one in fields(Margins)))


def percentiles(values: Floats, confidence: float) -> Bounds:
    """The two one-sided percentile bounds; NaN where a resample has no value."""
    import numpy as np

    lower, upper = np.quantile(values, [1 - confidence, confidence])
    return Bounds(float(lower), float(upper))


def sum_by(counts: Counts, key: Integers, classes: int) -> Counts:
    """Sum the columns of `counts`, shape (resamples, cells), that share a key: shape (resamples, classes)."""
    import numpy as np

    if not len(key):
        return np.zeros((len(counts), classes), dtype=np.int64)
    order = np.argsort(key, kind="stable")
    present, starts = np.unique(key[order], return_index=True)
    some = np.add.reduceat(counts[:, order], starts, axis=1)
    sums: Counts = some
    if len(present) < classes:
        sums = np.zeros((len(counts), classes), dtype=some.dtype)
        sums[:, present] = some
    return sums
