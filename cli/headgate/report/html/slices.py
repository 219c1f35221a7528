"""The checks on parts of the rows, as a table that a reader can sort."""

from __future__ import annotations

from collections.abc import Iterable

from headgate.record import Check, Verdict
from headgate.report.html.checks import badge, strip_of
from headgate.report.html.elements import Element, element
from headgate.report.html.strip import Scale, reach_of
from headgate.report.wording import MISSING, cells

HEADS = ("slice", "metric", "rows", "Production", "candidate", "difference", "interval", "verdict")
WORDS = {"metric": "words"}
WORST_FIRST = ("fail", "error", "inconclusive", "pass", "not_judged")


def slice_table(verdict: Verdict) -> Element | None:
    """Every check on a slice, the worst first; None where there are none."""
    checks = sorted(
        (check for check in verdict.checks if check.slice is not None),
        key=lambda check: WORST_FIRST.index(check.verdict),
    )
    if not checks:
        return None
    scale = Scale.around(reach for reach in map(reach_of, checks) if reach is not None)
    head = element("thead", element("tr", (element("th", name, scope="col", class_=WORDS.get(name)) for name in HEADS)))
    body = element("tbody", (_row(check, scale) for check in checks))
    return element("div", element("table", head, body, class_="cards sortable"), class_="wide")


def _row(check: Check, scale: Scale) -> Element:
    return element(
        "tr",
        element("th", _name(check), scope="row"),
        element("td", check.metric, class_="words", data_label="metric"),
        _numbers(check),
        _interval(check, scale),
        element("td", badge(check), data_label="verdict", data_sort=str(WORST_FIRST.index(check.verdict))),
    )


def _interval(check: Check, scale: Scale) -> Element:
    """The strip, sorted by the bound on the worse side."""
    reach, shown = reach_of(check), cells(check)
    return element(
        "td",
        MISSING if reach is None else strip_of(check, reach, scale),
        class_="interval",
        data_label="interval",
        data_sort=None if reach is None else _order(reach.lower),
        title=f"{shown.difference}, allowed {shown.allowed}",
    )


def _name(check: Check) -> str:
    return check.slice.name if check.slice else ""


def _numbers(check: Check) -> Iterable[Element]:
    shown = cells(check)
    rows = MISSING if check.rows is None else f"{check.rows:,}"
    for label, text, value in (
        ("rows", rows, check.rows),
        ("Production", shown.production, check.production),
        ("candidate", shown.candidate, check.candidate),
        ("difference", shown.difference, check.difference),
    ):
        how = f"{shown.allowed} allowed, {shown.method}" if label == "difference" else None
        yield element(
            "td",
            text,
            element("small", how) if how else None,
            class_="number how" if how else "number",
            data_label=label,
            data_sort=_order(value),
        )


def _order(value: float | None) -> str | None:
    """The number that a column is sorted by, in full."""
    return None if value is None else repr(float(value))
