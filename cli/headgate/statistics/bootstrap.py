"""Bounds on functions of confusion counts, by resampling counts instead of rows.

Resampling n rows with replacement and counting them over the joint cells (label, production, candidate) is one draw
from a multinomial over these cells: the cost of a resample is the number of cells, not of rows. Rows that belong
together, and counts with more cells than rows would gain from, are resampled by units instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from headgate.statistics.confusion import Margins, Metric
from headgate.statistics.measurement import Bounds, Own, Paired

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

    def measured(self) -> Sides:
        """Margins of all rows, shape (1, classes)."""
        ...

    def resampled(self, resamples: int, seed: int) -> Iterator[Sides]:
        """Margins of resampled rows, in blocks of shape (at most resamples, classes). Same seed, same counts."""
        ...


@dataclass(frozen=True)
class Resampled:
    """A metric on all rows, shape (sides,), and on each resample, shape (sides, resamples); the candidate first."""

    rows: int
    measured: Floats
    values: Floats
    method: str

    def own(self, confidence: float) -> Own:
        """Percentile bounds on the candidate's value."""
        return Own(float(self.measured[0]), percentiles(self.values[0], confidence), self.method)

    def paired(self, confidence: float, *, least: float = 0.0) -> Paired:
        """Percentile bounds on candidate - production, that reach to both sides by `least` at least.

        Raises:
            ValueError: the candidate stands alone.
        """
        candidate, production = map(float, self.measured)
        difference = candidate - production
        differences = self.values[0] - self.values[1]
        bounds = percentiles(differences, confidence)
        return Paired(
            production=production,
            candidate=candidate,
            difference=difference,
            bounds=bounds.reaching(difference, least),
            spread=float(differences.std(ddof=1)) * self.rows**0.5,
            rows=self.rows,
            method=self.method,
            smallest=least,
        )


def bootstrap(
    counted: Resampling, metrics: Mapping[str, Metric], *, resamples: int = RESAMPLES, seed: int = SEED
) -> dict[str, Resampled]:
    """Every metric of `metrics` on both sides, from the same resamples.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13 (percentile method).
    """
    import numpy as np

    def values(sides: Sides) -> dict[str, Floats]:
        return {name: np.stack([metric(side) for side in sides]) for name, metric in metrics.items()}

    measured = values(counted.measured())
    blocks = [values(sides) for sides in counted.resampled(resamples, seed)]
    return {
        name: Resampled(
            rows=counted.rows,
            measured=measured[name][:, 0],
            values=np.concatenate([block[name] for block in blocks], axis=1),
            method=counted.method,
        )
        for name in metrics
    }


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
