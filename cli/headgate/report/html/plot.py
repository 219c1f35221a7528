"""Two axes and what stands between them: lines, bands, bars and dots, in the colours of the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headgate.report.html.elements import Child, Element, element

Point = tuple[float, float]

WIDTH, HEIGHT = 340, 270
LEFT, RIGHT, TOP, BOTTOM = 50, 10, 10, 40
TICKS = 6


@dataclass(frozen=True)
class Axis:
    """One axis: what it measures, and from where to where."""

    name: str
    low: float
    high: float

    @classmethod
    def over(cls, name: str, values: Iterable[float]) -> Axis:
        """Wide enough for all of `values`."""
        every = list(values)
        low, high = min(every), max(every)
        reach = (high - low) * 0.04 or abs(high) * 0.1 or 1.0
        return cls(name, low - reach, high + reach)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round numbers along the axis: 1, 2 or 5 times a power of ten apart."""
        rough = (self.high - self.low) / TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(number * step for number in range(first, last + 1))


SHARE = 0.0, 1.0


@dataclass(frozen=True)
class Plot:
    """A pair of axes to draw between."""

    x: Axis
    y: Axis

    def drawing(self, title: str, *marks: Child) -> Element:
        """The axes with `marks` between them; `title` is what a screen reader reads."""
        return element(
            "svg",
            element("title", title),
            self._grid(),
            marks,
            class_="plot",
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
        )

    def line(self, points: Sequence[Point], kind: str) -> Element:
        """A line through `points`."""
        return element("path", d=self._path(points), class_=f"line {kind}")

    def band(self, low: Sequence[Point], high: Sequence[Point], kind: str) -> Element:
        """The area between two lines."""
        return element("path", d=self._path([*low, *reversed(high)]) + "Z", class_=f"band {kind}")

    def bars(self, edges: Sequence[float], heights: Sequence[float], kind: str) -> Element:
        """A histogram's outline, filled; from edge to edge, from 0 up."""
        steps = [(edge, height) for left, right, height in zip(edges, edges[1:], heights, strict=False)
                 for edge in (left, right)]  # fmt: skip
        return element("path", d=self._path([(edges[0], 0.0), *steps, (edges[-1], 0.0)]), class_=f"bars {kind}")

    def dot(self, x: float, y: float, low: float, high: float, kind: str, *, says: str) -> Iterable[Element]:
        """A value with a whisker from `low` to `high`; a pointer over it shows `says`."""
        yield self.line([(x, low), (x, high)], f"whisker {kind}")
        yield element("circle", element("title", says), cx=self._x(x), cy=self._y(y), r=3.5, class_=f"dot {kind}")

    def _grid(self) -> Iterable[Element]:
        bottom, middle = HEIGHT - BOTTOM, TOP + (HEIGHT - TOP - BOTTOM) / 2
        for tick in self.x.ticks:
            yield element("path", d=f"M{self._x(tick):g} {TOP}V{bottom}", class_="grid")
            yield element("text", _short(tick), x=self._x(tick), y=bottom + 15, text_anchor="middle")
        for tick in self.y.ticks:
            yield element("path", d=f"M{LEFT} {self._y(tick):g}H{WIDTH - RIGHT}", class_="grid")
            yield element("text", _short(tick), x=LEFT - 6, y=self._y(tick) + 4, text_anchor="end")
        yield element("text", self.x.name, x=LEFT + (WIDTH - LEFT - RIGHT) / 2, y=HEIGHT - 4, class_="name",
                      text_anchor="middle")  # fmt: skip
        yield element("text", self.y.name, x=0, y=0, class_="name", text_anchor="middle",
                      transform=f"translate(12 {middle:g}) rotate(-90)")  # fmt: skip

    def _path(self, points: Sequence[Point]) -> str:
        return "M" + "L".join(f"{self._x(x):g} {self._y(y):g}" for x, y in points)

    def _x(self, value: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (value - self.x.low) / (self.x.high - self.x.low), 1)

    def _y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - self.y.low) / (self.y.high - self.y.low), 1)


def _short(tick: float) -> str:
    """As few digits as tell the tick from its neighbours."""
    return f"{tick:.10g}" if abs(tick) < 10_000 else f"{tick:,.0f}" if abs(tick) < 1e6 else f"{tick:.3g}"
