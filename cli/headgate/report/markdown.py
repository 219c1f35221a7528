"""The verdict and the record as markdown, for pull requests and step summaries. All foreign text is made harmless."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from headgate.record import Check, Record, Verdict
from headgate.report.inert import code, plain
from headgate.report.lineage import links
from headgate.report.wording import (
    CANDIDATE,
    Cells,
    cells,
    confidence,
    counted,
    footing,
    headline,
    model_name,
    put_aside,
)


def verdict_markdown(verdict: Verdict, name: str = CANDIDATE) -> str:
    """What a pull request sees: the verdict first, then the table, what it rests on, reasons, notes, and the rest."""
    shown, aside = put_aside(verdict)
    lines = [heading(verdict, name), "", *table(verdict, shown), ""]
    lines += [plain(" ".join(footing(verdict))), ""]
    lines += bullets([*verdict.reasons, *verdict.notes])
    if aside:
        lines += folded(counted(aside), table(verdict, aside))
    return "\n".join(lines).rstrip() + "\n"


def record_markdown(record: Record) -> str:
    """One page about a release: the verdict where there is one, then every link of its lineage."""
    title = f"### headgate: {plain(record.name)} at {code(record.source.commit[:7])}\n"
    verdict = verdict_markdown(record.verdict, record.name) if record.verdict else title
    return "\n".join([verdict, *folded("lineage", lineage(record))]).rstrip() + "\n"


def heading(verdict: Verdict, name: str) -> str:
    """The verdict, as the first line of a page; `name` is the model's."""
    return f"### headgate: {plain(headline(verdict, name))}"


def folded(summary: str, lines: Iterable[str]) -> list[str]:
    """`lines` behind a summary that opens them."""
    return [f"<details><summary>{plain(summary)}</summary>", "", *lines, "", "</details>", ""]


def lineage(record: Record) -> list[str]:
    """Every link so far, as the rows of a table."""
    rows = (
        f"| {plain(link.name)} | {code(link.value) if link.exact else plain(link.value)} |" for link in links(record)
    )
    return ["| | |", "|---|---|", *rows]


def table(verdict: Verdict, checks: Iterable[Check]) -> list[str]:
    """A row for each check."""
    level = confidence(verdict)
    heads = (
        "check",
        plain(model_name(verdict.baseline)),
        "candidate",
        f"difference ({level})" if level else "difference",
    )
    lines = [f"| {' | '.join(heads)} | allowed | method | |", "|---|--:|--:|--:|--:|---|---|"]
    return lines + [_row(cells(check)) for check in checks]


def _row(row: Cells) -> str:
    """Numbers are headgate's own and stay as they are; names and people come from outside."""
    verdict = plain(row.verdict) if row.verdict == "pass" else f"**{plain(row.verdict)}**"
    numbers = (row.production, row.candidate, row.difference, row.allowed)
    parts: Sequence[str] = (plain(row.check), *numbers, plain(row.method), verdict)
    return f"| {' | '.join(parts)} |"


def bullets(items: Iterable[str]) -> list[str]:
    """A list, and an empty line behind it; nothing of nothing."""
    written = [f"- {plain(item)}" for item in items]
    return [*written, ""] if written else []
