"""The charts of both models: ROC, precision-recall, calibration, and the errors of numeric predictions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headgate.report.html.elements import Element, element
from headgate.report.html.plot import SHARE, Axis, Plot
from headgate.report.wording import number
from headgate.statistics.evidence import Bin, ClassCurves, Curve, Errors, Evidence, Side

Named = tuple[str, str, Side]
"""What the page calls a model, its kind in the style sheet, and what its answers look like."""


def charts(evidence: Evidence, production: str) -> Element | None:
    """All that the answers allow; None where they allow none."""
    sides: list[Named] = [("candidate", "candidate", evidence.candidate)]
    if evidence.production is not None:
        sides.insert(0, (production, "production", evidence.production))
    drawn = [*_curves(sides), *_calibration(sides, evidence.probability_of), *_errors(sides)]
    return element("div", drawn, class_="grid") if drawn else None


def _curves(sides: Sequence[Named]) -> Iterable[Element]:
    names = dict.fromkeys(curves.name for _, _, side in sides for curves in side.curves)
    for name in names:
        found = [(shown, kind, curves) for shown, kind, side in sides for curves in side.curves if curves.name == name]
        yield from _roc(name, found)
        yield from _precision_recall(name, found)


def _roc(name: str, found: Sequence[tuple[str, str, ClassCurves]]) -> Iterable[Element]:
    curves = [(shown, kind, curves.roc) for shown, kind, curves in found if curves.roc is not None]
    if curves:
        plot = Plot(Axis("false-positive rate", *SHARE), Axis("true-positive rate", *SHARE))
        chance = plot.line([(0, 0), (1, 1)], "chance")
        yield _overlaid(f"ROC of class {name}", "area", plot, curves, chance)


def _precision_recall(name: str, found: Sequence[tuple[str, str, ClassCurves]]) -> Iterable[Element]:
    curves = [
        (shown, kind, curves.precision_recall) for shown, kind, curves in found if curves.precision_recall is not None
    ]
    if curves:
        plot = Plot(Axis("recall", *SHARE), Axis("precision", *SHARE))
        yield _overlaid(f"precision and recall of class {name}", "average precision", plot, curves)


def _overlaid(
    title: str, measure: str, plot: Plot, curves: Sequence[tuple[str, str, Curve]], *under: Element
) -> Element:
    """The curves of all models over each other, with their areas in the legend."""
    legend = [(shown, kind, f"{measure} {number(curve.area)}") for shown, kind, curve in curves]
    lines = (plot.line(curve.points, f"of-{kind}") for _, kind, curve in curves)
    return _figure(title, plot.drawing(title, under, lines), legend)


def _calibration(sides: Sequence[Named], probability_of: str | None) -> Iterable[Element]:
    found = [(shown, kind, side.reliability) for shown, kind, side in sides if side.reliability]
    if not found:
        return
    plot = Plot(Axis("predicted probability", *SHARE), Axis("share that came true", *SHARE))
    title = "calibration of the answer" if probability_of is None else f"calibration of class {probability_of}"
    marks = [
        [
            plot.line([(at.predicted, at.observed) for at in bins], f"thin of-{kind}"),
            *(
                plot.dot(at.predicted, at.observed, at.lower, at.upper, f"of-{kind}", says=_told(shown, at))
                for at in bins
            ),
        ]
        for shown, kind, bins in found
    ]
    legend = [(shown, kind, "") for shown, kind, _ in found]
    yield _figure(title, plot.drawing(title, plot.line([(0, 0), (1, 1)], "chance"), marks), legend)


def _told(model: str, at: Bin) -> str:
    """What a pointer at a dot reads."""
    return (
        f"{model}: predicted {at.predicted:.3f}, came true {at.observed:.3f} (95% bounds {at.lower:.3f} and "
        f"{at.upper:.3f}), {at.rows:,} rows"
    )


def _errors(sides: Sequence[Named]) -> Iterable[Element]:
    found = [(shown, kind, side.errors) for shown, kind, side in sides if side.errors is not None]
    if not found:
        return
    yield _errors_along([(shown, kind, errors) for shown, kind, errors in found])
    yield _errors_spread([(shown, kind, errors) for shown, kind, errors in found])


def _errors_along(found: Sequence[tuple[str, str, Errors]]) -> Element:
    """Median and the band of 80%, over what was predicted."""
    every = [at for _, _, errors in found for at in errors.along]
    plot = Plot(
        Axis.over("prediction", (at.predicted for at in every)),
        Axis.over("error (prediction - truth)", (end for at in every for end in (at.low, at.high, 0.0))),
    )
    marks = [
        [
            plot.band(
                [(at.predicted, at.low) for at in errors.along],
                [(at.predicted, at.high) for at in errors.along],
                f"of-{kind}",
            ),
            plot.line([(at.predicted, at.median) for at in errors.along], f"of-{kind}"),
        ]
        for _, kind, errors in found
    ]
    title = "errors over the prediction: median, and 80% of the rows"
    legend = [(shown, kind, f"bias {number(errors.mean, signed=True)}") for shown, kind, errors in found]
    none = plot.line([(plot.x.low, 0), (plot.x.high, 0)], "chance")
    return _figure(title, plot.drawing(title, none, marks), legend)


def _errors_spread(found: Sequence[tuple[str, str, Errors]]) -> Element:
    tallest = max(share for _, _, errors in found for share in errors.shares)
    edges = found[0][2].edges
    plot = Plot(Axis("error (prediction - truth)", edges[0], edges[-1]), Axis("share of rows", 0.0, tallest * 1.05))
    marks = [plot.bars(errors.edges, errors.shares, f"of-{kind}") for _, kind, errors in found]
    title = "how the errors are spread (99% of them)"
    return _figure(title, plot.drawing(title, marks), [(shown, kind, "") for shown, kind, _ in found])


def _figure(title: str, drawing: Element, legend: Iterable[tuple[str, str, str]]) -> Element:
    """A chart with its title above and its legend below."""
    entries = (
        element("li", element("i", class_=f"swatch of-{kind}"), shown, element("small", f" {value}") if value else None)
        for shown, kind, value in legend
    )
    return element("figure", element("figcaption", title), drawing, element("ul", entries, class_="legend"))
