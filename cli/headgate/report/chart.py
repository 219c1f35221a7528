"""A chart that GitHub draws from text: no picture is uploaded anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.record import Check, Verdict
from headgate.report.explanation import oriented
from headgate.visible import visible

_MOST = 8
_FURTHEST = 3.0  # margins; a bar that is longer says nothing more
_HARMLESS = " _-.,="


def chart(verdict: Verdict) -> list[str]:
    """What is sure of each difference, in margins: a bar beyond the line at -1 passes. Nothing where there are none.

    Of the checks on all rows, and of those on slices that do not pass. A bar is the one-sided bound that must clear
    the margin, turned so that more is better, divided by the margin.
    """
    bars = list(_bars(verdict))[:_MOST]
    if not bars:
        return []
    names = ", ".join(f'"{_label(check)}"' for check, _ in bars)
    heights = ", ".join(f"{height:.2f}" for _, height in bars)
    line = ", ".join("-1" for _ in bars)
    return [
        "```mermaid",
        "xychart-beta horizontal",  # names of any length have room beside their bars
        '    title "What is sure of each difference: a bar beyond the line passes"',
        f"    x-axis [{names}]",
        f'    y-axis "in margins: -1 is allowed" {-_FURTHEST:.0f} --> {_FURTHEST:.0f}',
        f"    bar [{heights}]",
        f"    line [{line}]",
        "```",
    ]


def _bars(verdict: Verdict) -> Iterator[tuple[Check, float]]:
    for check in verdict.checks:
        found = oriented(check)
        if found is not None and check.margin and (check.slice is None or check.verdict != "pass"):
            yield check, max(-_FURTHEST, min(_FURTHEST, found.lower / check.margin))


def _label(check: Check) -> str:
    """A name inside a quoted label of a diagram: what could steer the diagram is a dot in its place."""
    name = check.metric if check.slice is None else f"{check.metric}, {check.slice.name}"
    shown = "".join(letter if letter.isalnum() or letter in _HARMLESS else "·" for letter in visible(name))
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
