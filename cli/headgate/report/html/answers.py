"""What the two models answered: confusion matrices side by side, who is right where, and single rows if asked for."""

from __future__ import annotations

from collections.abc import Iterable

from headgate.report.html.elements import Child, Element, element
from headgate.statistics.evidence import Agreement, Closeness, Evidence, Example, Matrix

SHADES = 8
SIDE_BY_SIDE = 6
"""Matrices with more classes than this stand under each other."""


def matrices(evidence: Evidence, production: str) -> Element | None:
    """The confusion matrix of each model; None where the predictions are numbers."""
    sides = [("candidate", evidence.candidate)]
    if evidence.production is not None:
        sides.insert(0, (production, evidence.production))
    found = [(name, side.matrix) for name, side in sides if side.matrix is not None]
    if not found:
        return None
    wide = any(len(matrix.counts) > SIDE_BY_SIDE for _, matrix in found)
    return element("div", (_matrix(*each) for each in found), class_="pair stacked" if wide else "pair")


def _matrix(name: str, matrix: Matrix) -> Element:
    names = [*matrix.classes, *([f"{matrix.others:,} others"] if matrix.others else [])]
    heads = (element("th", text, scope="col") for text in names)
    return element(
        "figure",
        element("figcaption", name),
        element(
            "div",
            element(
                "table",
                element("thead", element("tr", element("td", "truth ↓  answer →"), heads)),
                element("tbody", (_counts(text, place, row) for place, (text, row) in
                                  enumerate(zip(names, matrix.counts, strict=True)))),
                class_="matrix",
            ),
            class_="wide",
        ),
    )  # fmt: skip


def _counts(name: str, place: int, counts: tuple[int, ...]) -> Element:
    """One truth: how often each answer was given, shaded by its share."""
    total = sum(counts)

    def cell(column: int, count: int) -> Element:
        share = count / total if total else 0.0
        right = "right" if column == place else "wrong"
        return element(
            "td",
            f"{count:,}",
            element("small", f"{share:.1%}") if total else None,
            class_=f"{right} shade-{round(share * SHADES)}",
        )

    return element("tr", element("th", name, scope="row"), (cell(*pair) for pair in enumerate(counts)))


def disagreements(evidence: Evidence, production: str) -> Element | None:
    """On how many rows the two differ, and which rows these are where somebody asked; None without Production."""
    if evidence.agreement is not None:
        counted = _agreement(evidence.agreement, production)
    elif evidence.closeness is not None:
        counted = _closeness(evidence.closeness, production)
    else:
        return None
    return element("div", counted, _examples(evidence.examples, production))


def _agreement(found: Agreement, production: str) -> Child:
    return _bar(
        ("both right", found.both_right, "agree"),
        ("candidate alone right", found.candidate_alone, "candidate"),
        (f"{production} alone right", found.production_alone, "production"),
        ("both wrong, same answer", found.wrong_alike, "alike"),
        ("both wrong, different answers", found.wrong_apart, "apart"),
    )


def _closeness(found: Closeness, production: str) -> Child:
    return _bar(
        ("candidate nearer to the truth", found.candidate, "candidate"),
        (f"{production} nearer", found.production, "production"),
        ("equally near", found.equal, "agree"),
    )


def _bar(*parts: tuple[str, int, str]) -> Child:
    """Shares of the rows as one bar, and as words with numbers."""
    total = sum(count for _, count, _ in parts) or 1
    bar: list[Element] = []
    left = 0.0
    for name, count, kind in parts:
        width = 100 * count / total
        said = element("title", f"{name}: {count:,} rows")
        bar.append(element("rect", said, x=f"{left:.3f}%", width=f"{width:.3f}%", y=0, height=22, class_=f"of-{kind}"))
        left += width
    legend = (
        element("li", element("i", class_=f"swatch of-{kind}"), f"{name} ", element("b", f"{count:,}"),
                element("small", f" {count / total:.1%}"))
        for name, count, kind in parts
    )  # fmt: skip
    drawn = element("svg", bar, class_="shares", width="100%", height=22, role="img", aria_label="rows by who is right")
    return [drawn, element("ul", legend, class_="legend")]


def _examples(examples: tuple[Example, ...] | None, production: str) -> Element:
    if examples is None:
        option = element("code", "--show-rows")
        return element("p", "Single rows are left out; ", option, " puts up to 50 of them here.", class_="quiet")
    heads = ("id", "truth", production, "candidate", "right")
    table = element(
        "table",
        element("thead", element("tr", (element("th", name, scope="col", class_="words") for name in heads))),
        element("tbody", (_example(example, production) for example in examples)),
        class_="cards sortable",
    )
    what = f"{len(examples):,} rows on which they differ, evenly spread over the file"
    return element("details", element("summary", what), element("div", table, class_="wide"))


def _example(example: Example, production: str) -> Element:
    right = [
        name
        for name, answer in ((production, example.production), ("candidate", example.candidate))
        if answer == example.label
    ]
    labels: Iterable[tuple[str, str]] = (
        ("truth", example.label),
        ("Production", example.production),
        ("candidate", example.candidate),
        ("right", " ".join(right) or "neither"),
    )
    return element(
        "tr",
        element("th", example.id, scope="row"),
        (element("td", text, class_="words", data_label=label) for label, text in labels),
    )
