"""The page from top to bottom: the verdict, why, the checks, the slices, the answers behind them, the lineage."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from importlib import resources

from headgate import __version__
from headgate.record import Record, Verdict
from headgate.report.html.answers import disagreements, matrices
from headgate.report.html.charts import charts
from headgate.report.html.checks import MARKS, check_table, explanations, forest
from headgate.report.html.elements import Child, Element, element, page, verbatim
from headgate.report.html.slices import slice_table
from headgate.report.lineage import Link, links
from headgate.report.wording import CANDIDATE, footing, headline, model_name
from headgate.statistics.evidence import Evidence

SCALE = (
    "Each strip counts in margins, so that checks in different units share one scale. Right of “allowed” is as good as "
    "the policy asks; “equal” is Production itself. An interval wholly on the right passes, wholly on the left fails, "
    "and one across the line is inconclusive."
)


def verdict_html(
    verdict: Verdict, name: str = CANDIDATE, *, evidence: Evidence | None = None, record: Record | None = None
) -> str:
    """The whole page.

    Args:
        verdict: what was decided.
        name: the model's.
        evidence: the rows behind it, summed up; without them there are no matrices and no charts.
        record: where it all comes from; without it the lineage is what the verdict itself says.
    """
    style, script = _file("page.css"), _file("sort.js")
    title = headline(verdict, name)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"headgate: {title}"),
        verbatim("style", style),
    )
    main = element("main", _sections(verdict, title, evidence, record))
    return page(element("html", head, element("body", main, verbatim("script", script)), lang="en"))


def _sections(verdict: Verdict, title: str, evidence: Evidence | None, record: Record | None) -> Iterator[Element]:
    production = model_name(verdict.baseline)
    yield _banner(verdict, title)
    yield from _section("Checks", element("div", check_table(verdict), class_="wide"))
    yield from _section("Intervals", forest(verdict), why=SCALE)
    sorting = element("span", " A click on a heading sorts by it.", class_="sorting")
    yield from _section("Slices", slice_table(verdict), why=["The worst first.", sorting])
    if evidence is not None:
        counted = " The checks weigh the rows; here each counts once." if evidence.weighted else ""
        why = f"Rows by truth and answer; shares of a row.{counted}"
        yield from _section("Answers", matrices(evidence, production), why=why)
        yield from _section("Where they disagree", disagreements(evidence, production))
        yield from _section("Charts", charts(evidence, production))
    yield from _section("In plain words", element("div", explanations(verdict)))
    yield from _section("Lineage", _lineage(verdict, record))
    yield element("footer", f"headgate {__version__}")


def _banner(verdict: Verdict, title: str) -> Element:
    """The verdict, and what it rests on, before anything else."""
    kind, _, rest = title.partition(": ")
    sign = element("span", MARKS[verdict.verdict], class_="sign", aria_hidden="true")
    decided = verdict.decided_at.strftime("Decided %Y-%m-%d %H:%M UTC.")
    return element(
        "header",
        element("p", sign, kind, class_=f"verdict is-{verdict.verdict}"),
        element("h1", f"The {rest.removeprefix('the ')}" if rest.startswith("the ") else rest),
        element("p", " ".join([*footing(verdict), decided]), class_="quiet"),
        _list(verdict.reasons, f"reasons is-{'overridden' if verdict.verdict == 'pass' else verdict.verdict}"),
        _list(verdict.notes, "notes"),
        class_=f"banner is-{verdict.verdict}",
    )


def _list(items: Iterable[str], kind: str) -> Element | None:
    entries = [element("li", item) for item in items]
    return element("ul", entries, class_=kind) if entries else None


def _section(title: str, content: Child, *, why: Child = None) -> Iterator[Element]:
    """A section, where there is something to say."""
    if content is not None:
        yield element("section", element("h2", title), element("p", why, class_="quiet") if why else None, content)


def _lineage(verdict: Verdict, record: Record | None) -> Element:
    chain = _own(verdict) if record is None else links(record)
    return element("dl", (_link(link) for link in chain), class_="lineage")


def _own(verdict: Verdict) -> Iterator[Link]:
    """What a verdict on files alone knows of its origin."""
    yield Link("compared with", model_name(verdict.baseline))
    yield Link("policy", verdict.policy, exact=True)
    if verdict.evaluation_data:
        yield Link("evaluation data", verdict.evaluation_data, exact=True)


def _link(link: Link) -> Iterator[Element]:
    yield element("dt", link.name)
    yield element("dd", element("code", link.value) if link.exact else link.value)


def _file(name: str) -> str:
    return resources.files("headgate.report.html").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, and nothing runs but the page's own script, by its hash."""
    own = f"style-src {_hash(style)}; script-src {_hash(script)}"
    return f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
