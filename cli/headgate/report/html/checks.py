"""The checks: the table, the intervals under each other, and every check explained where it is opened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headgate.record import Check, Verdict
from headgate.report.explanation import explanation_of
from headgate.report.html.elements import Element, element
from headgate.report.html.strip import EQUAL, Reach, Scale, axis, reach_of, strip
from headgate.report.wording import MISSING, cells, confidence, model_name

MARKS = {"pass": "✓", "fail": "✕", "error": "!", "inconclusive": "?", "not_judged": "·"}
"""Never colour alone: a sign beside every word."""


def badge(check: Check) -> Element:
    """The outcome as a word with its sign."""
    kind = "overridden" if check.overridden_by else check.verdict
    return element("span", MARKS[check.verdict], " ", cells(check).verdict, class_=f"badge is-{kind}")


def check_table(verdict: Verdict) -> Element:
    """Every check that is not about a slice, with what it rests on."""
    return element("table", _head(verdict), element("tbody", map(_row, whole(verdict))), class_="cards")


def whole(verdict: Verdict) -> list[Check]:
    """The checks on all rows."""
    return [check for check in verdict.checks if check.slice is None]


def _head(verdict: Verdict) -> Element:
    level = confidence(verdict)
    names = ("check", model_name(verdict.baseline), "candidate", f"difference ({level})" if level else "difference")
    heads = [*names, "allowed", "rows", "method", "verdict"]
    return element("thead", element("tr", (element("th", name, scope="col") for name in heads)))


def _row(check: Check) -> Element:
    shown = cells(check)
    numbers = (
        ("Production", shown.production),
        ("candidate", shown.candidate),
        ("difference", shown.difference),
        ("allowed", shown.allowed),
        ("rows", f"{check.rows:,}" if check.rows is not None else MISSING),
    )
    return element(
        "tr",
        element("th", shown.check, scope="row"),
        (element("td", value, class_="number", data_label=label) for label, value in numbers),
        element("td", check.method, data_label="method", class_="method"),
        element("td", badge(check), data_label="verdict"),
    )


def forest(verdict: Verdict) -> Element | None:
    """The intervals of the checks on all rows against what is allowed; None where there are none."""
    reaches = [(check, reach) for check in whole(verdict) for reach in [reach_of(check)] if reach is not None]
    if not reaches:
        return None
    scale = Scale.around(reach for _, reach in reaches)
    return element(
        "div",
        element("div", element("span"), axis(scale), element("span"), class_="track"),
        (_track(check, reach, scale) for check, reach in reaches),
        class_="forest",
    )


def _track(check: Check, reach: Reach, scale: Scale) -> Element:
    shown = cells(check)
    return element(
        "div",
        element("span", shown.check, class_="what"),
        strip_of(check, reach, scale),
        element("span", shown.difference, element("small", f" allowed {shown.allowed}"), class_="number"),
        class_="track",
    )


def strip_of(check: Check, reach: Reach, scale: Scale) -> Element:
    """The strip of `check`, with its numbers for those who cannot see it."""
    shown = cells(check)
    says = f"{shown.check}: {shown.difference}, allowed {shown.allowed}, {shown.verdict}"
    equal = bool(check.margin) and scale.right >= EQUAL
    return strip(reach, scale, check.verdict, says=says, equal=equal)


def explanations(verdict: Verdict) -> Iterable[Element]:
    """Each check in plain words, folded."""
    for check in verdict.checks:
        yield element(
            "details",
            element("summary", check.id, " ", badge(check)),
            element("dl", _parts(explanation_of(check, verdict).parts)),
        )


def _parts(parts: Sequence[tuple[str, str]]) -> Iterable[Element]:
    for title, text in parts:
        yield element("dt", title)
        yield element("dd", text)
