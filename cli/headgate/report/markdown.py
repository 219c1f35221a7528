"""The verdict and the record as markdown, for pull requests and step summaries. All foreign text is made harmless."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from headgate.record import Check, Record, Verdict
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

_SPECIAL = re.compile(r"([\\`*\[\]|~$]|(?<!\w)_|_(?!\w))")
_LINKING = re.compile(r"(?<=[@#])(?=\w)|(?=://)|(?<=www)(?=\.)", re.IGNORECASE)
_BREAK = "\u200b"  # a space of no width: keeps a mention, a reference or an address from being one


def plain(text: str) -> str:
    """`text` as the same words in markdown: no markup, no HTML, no mention, no link, one line."""
    one_line = " ".join(text.split())
    unlinked = _LINKING.sub(_BREAK, one_line)
    return html.escape(_SPECIAL.sub(r"\\\1", unlinked), quote=False)


def code(text: str) -> str:
    """`text` in a code span that it cannot leave, inside a table too."""
    one_line = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{one_line}`" if one_line else ""


def verdict_markdown(verdict: Verdict, name: str = CANDIDATE) -> str:
    """What a pull request sees: the verdict first, then the table, what it rests on, reasons, notes, and the rest."""
    shown, aside = put_aside(verdict)
    lines = [f"### headgate: {plain(headline(verdict, name))}", "", *_table(verdict, shown), ""]
    lines += [plain(" ".join(footing(verdict))), ""]
    lines += _list([*verdict.reasons, *verdict.notes])
    if aside:
        summary = f"<details><summary>{plain(counted(aside))}</summary>"
        lines += [summary, "", *_table(verdict, aside), "", "</details>"]
    return "\n".join(lines).rstrip() + "\n"


def record_markdown(record: Record) -> str:
    """One page about a release: the verdict where there is one, then every link of its lineage."""
    title = f"### headgate: {plain(record.name)} at {code(record.source.commit[:7])}\n"
    verdict = verdict_markdown(record.verdict, record.name) if record.verdict else title
    rows = [f"| {plain(link.name)} | {_value(link.value, link.exact)} |" for link in links(record)]
    lineage = ["<details><summary>lineage</summary>", "", "| | |", "|---|---|", *rows, "", "</details>"]
    return "\n".join([verdict, *lineage]) + "\n"


def _table(verdict: Verdict, checks: Iterable[Check]) -> list[str]:
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


def _list(items: Iterable[str]) -> list[str]:
    written = [f"- {plain(item)}" for item in items]
    return [*written, ""] if written else []


def _value(value: str, exact: bool) -> str:
    return code(value) if exact else plain(value)
