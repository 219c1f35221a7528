"""How a value follows the counts that it is a function of, and the bounds that follow from that without resampling."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.statistics.measurement import Bounds, quantile, student_quantile, worth

if TYPE_CHECKING:
    from headgate.statistics.measurement import Counts, Floats

NUDGE = 1e-3
"""By how much of itself each count is changed to see what that does; the error is of the order of its square."""
_FARTHEST = 4.0
"""How far tilts are looked for, in those that a constant variance would need."""
_GRID = 33


@dataclass(frozen=True)
class Slope:
    """A function of the counts of items (cells of rows, or units that are resampled whole), around what was counted.

    Args:
        value: on the counts themselves.
        at: the function, from counts of shape (k, items) to values of shape (k,); only their ratios matter to it.
        count: of each item, above 0, shape (items,).
        influence: of one more row, or unit, of each item, shape (items,): the derivative by its share.
        noise: squared coefficient of variation of the weights of an item's rows, shape (items,); 0 without weights.
    """

    value: float
    at: Callable[[Floats], Floats]
    count: Counts
    influence: Floats
    noise: Floats | float = 0.0

    def score_bounds(self, confidence: float) -> Bounds:
        """The values t at which the one that was measured, v, is just z standard errors away, those that t itself has.

        Wald's bounds take the standard error at v, which is too small whenever chance makes a model look good; so they,
        and percentiles, pass too often. Here shares p are tilted to p exp(s u) / sum p exp(s u), u the influence, which
        of all shares with another value are nearest to p, until |v - v(s)| = z sqrt(sum p_s (u - mean u)^2 / n). Of a
        single share this is Wilson's interval.

        Source of the tilt: Efron, Canadian Journal of Statistics 9 (1981) 139-172, section 11; DiCiccio and Romano,
        International Statistical Review 58 (1990) 59-76. Of the score interval: Wilson 1927, Tango 1998.
        """
        z = quantile(confidence)
        return Bounds(self._tilted(z, -1), self._tilted(z, 1))

    def student_bounds(self, confidence: float, sizes: Floats) -> Bounds:
        """V -+ t se over n units that occur once, of so many rows each, shape (n,); infinite where one holds them all.

        Se^2 = (n - 1) / n^3 sum (u / (1 - h))^2 with h a unit's share of the rows: what leaving it out would do
        (jackknife). Of equal units it is sum u^2 / (n (n - 1)). T is Student's, for as many units as they are worth.

        Source: Efron and Tibshirani (1993), chapters 11 and 21; Bell and McCaffrey, Survey Methodology 28 (2002).
        """
        units, worthy = len(sizes), worth(sizes)
        if worthy < 2:
            return Bounds(-math.inf, math.inf)
        apart = self.influence / (1 - sizes / sizes.sum())
        error = math.sqrt(float((apart**2).sum()) * (units - 1) / units**3)
        reach = student_quantile(confidence, worthy - 1) * error
        return Bounds(self.value - reach, self.value + reach)

    @property
    def _spread(self) -> float:
        """Sqrt(sum p u^2)."""
        shares = self.count / self.count.sum()
        return math.sqrt(float((shares * self.influence**2 * (1 + self.noise)).sum()))

    def _tilted(self, z: float, sign: int) -> float:
        """The bound on the side of `sign`, on a grid of tilts that is refined once; else the farthest value."""
        import numpy as np

        spread, root = self._spread, math.sqrt(float(self.count.sum()))
        if not spread > 0:
            return self.value if spread == 0 else math.nan
        tilts, at = np.linspace(0.0, _FARTHEST * z / (spread * root), _GRID), 0
        values = beyond = tilts
        for _ in range(2):
            if at:
                tilts = np.linspace(tilts[at - 1], tilts[at], _GRID)
            values, spreads = self._at_tilts(sign * tilts)
            beyond = sign * (values - self.value) - z * spreads / root
            at = int(np.argmax(beyond >= 0))
            if not at:
                return float(values[-1])
        return float(np.interp(0.0, beyond[at - 1 : at + 1], values[at - 1 : at + 1]))

    def _at_tilts(self, tilts: Floats) -> tuple[Floats, Floats]:
        """The value, and the spread of the influences, at each tilt: shape (tilts,) each."""
        import numpy as np

        powers = tilts[:, None] * self.influence
        shares = self.count * np.exp(powers - powers.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        around = self.influence - (shares @ self.influence)[:, None]
        return self.at(shares), np.sqrt((shares * (around**2 + self.influence**2 * self.noise)).sum(axis=1))
