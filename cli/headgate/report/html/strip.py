"""The interval of a check as a strip: how far the candidate is from what is allowed, in margins.

Every strip has the same scale, so checks in different units stand under each other: 0 is what is allowed, 1 is equal to
Production, and better is on the right. Positions are percentages, so that a strip is as wide as its place on the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from headgate.record import Check
from headgate.report.explanation import oriented
from headgate.report.html.elements import Element, element

LEFT, RIGHT = -2.0, 4.0
"""As far as a scale reaches at most; what lies beyond ends in an arrow."""
ALLOWED, EQUAL = 0.0, 1.0
HEIGHT = 26
PADDING = 3.0  # per cent at either end, for arrows and round ends


@dataclass(frozen=True)
class Reach:
    """An interval in margins: 0 is what is allowed, 1 is equal to Production."""

    lower: float
    point: float
    upper: float


@dataclass(frozen=True)
class Scale:
    """Margins between `left` and `right`, as percentages of a strip's width."""

    left: float
    right: float

    @classmethod
    def around(cls, reaches: Iterable[Reach]) -> Scale:
        """One that shows all of `reaches`, as far as that is sensible."""
        ends = [end for reach in reaches for end in (reach.lower, reach.upper)]
        return cls(max(LEFT, min([*ends, -0.6])), min(RIGHT, max([*ends, 1.6])))

    def shows(self, margins: float) -> bool:
        """Whether the place is on the strip."""
        return self.left <= margins <= self.right

    def at(self, margins: float) -> float:
        """The place in per cent; what lies beyond is at the nearer end."""
        inside = min(max(margins, self.left), self.right)
        return PADDING + (100 - 2 * PADDING) * (inside - self.left) / (self.right - self.left)


def reach_of(check: Check) -> Reach | None:
    """The interval of `check` in margins; None where it has no interval.

    Where the margin is 0 there is nothing to count in: the farther bound is 1 away then.
    """
    found = oriented(check)
    measured = check.difference if check.margin is not None else check.candidate
    if found is None or measured is None:
        return None
    point = measured if found.higher else -measured
    distances = [end - found.allowed for end in (found.lower, point, found.upper)]
    unit = check.margin or max(map(abs, distances)) or 1.0
    return Reach(*(distance / unit for distance in distances))


def strip(reach: Reach, scale: Scale, verdict: str, *, says: str, equal: bool = True) -> Element:
    """The interval of one check; `says` is what a screen reader reads, `equal` whether 1 is Production."""
    middle = HEIGHT / 2
    ends = [
        _cap(scale.at(end), inside=scale.shows(end), left=left)
        for end, left in ((reach.lower, True), (reach.upper, False))
    ]
    return element(
        "svg",
        element("title", says),
        element("rect", x="0", y=0, width=_percent(scale.at(ALLOWED)), height=HEIGHT, class_="refused"),
        _line(scale.at(ALLOWED), "allowed"),
        _line(scale.at(EQUAL), "equal") if equal else None,
        element(
            "line",
            x1=_percent(scale.at(reach.lower)),
            x2=_percent(scale.at(reach.upper)),
            y1=middle,
            y2=middle,
            class_="reach",
        ),
        ends,
        element("circle", cx=_percent(scale.at(reach.point)), cy=middle, r=4.5, class_="point")
        if scale.shows(reach.point)
        else None,
        class_=f"strip is-{verdict}",
        width="100%",
        height=HEIGHT,
        role="img",
    )


def axis(scale: Scale) -> Element:
    """What the places on the strips mean."""
    return element(
        "svg",
        _label(scale.at(ALLOWED), "allowed"),
        _label(scale.at(EQUAL), "equal"),
        class_="strip axis",
        width="100%",
        height=20,
        aria_hidden="true",
    )


def _line(place: float, kind: str) -> Element:
    return element("line", x1=_percent(place), x2=_percent(place), y1=0, y2=HEIGHT, class_=kind)


def _label(place: float, text: str) -> Element:
    return element("text", text, x=_percent(place), y=14, text_anchor="middle", class_=f"label-{text}")


def _cap(place: float, *, inside: bool, left: bool) -> Element:
    """A short stroke where the interval ends; an arrow where it goes on beyond the scale."""
    middle = HEIGHT / 2
    if inside:
        return element("line", x1=_percent(place), x2=_percent(place), y1=middle - 5, y2=middle + 5, class_="reach")
    tip = -6 if left else 6
    arrow = element("path", d=f"M0 {middle - 5}L{tip} {middle}L0 {middle + 5}", class_="arrow")
    return element("svg", arrow, x=_percent(place), y=0, overflow="visible", width=1, height=HEIGHT)


def _percent(place: float) -> str:
    return f"{place:.2f}%"
