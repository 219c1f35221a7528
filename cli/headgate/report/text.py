"""The verdict as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from headgate.record import Check, Verdict
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

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

COLOURS = {"pass": "green", "fail": "red", "error": "red", "inconclusive": "yellow", "not judged": "dim"}


def verdict_text(verdict: Verdict, name: str = CANDIDATE) -> Group:
    """The headline, a row per check, what it rests on, and the notes; `name` is the model's."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Table] = [Text(headline(verdict, name), style=f"bold {_colour(verdict.verdict)}")]
    shown, aside = put_aside(verdict)
    parts += [Text(), _table(verdict, shown)]
    if aside:
        parts.append(Text(f"{counted(aside)}; --format markdown lists them.", style="dim"))
    if rests_on := " ".join(footing(verdict)):
        parts.append(Text(rests_on))
    parts += [Text(reason, style=_colour(verdict.verdict)) for reason in verdict.reasons]
    parts += [Text(note, style="dim") for note in verdict.notes]
    return Group(*parts)


def _table(verdict: Verdict, checks: Iterable[Check]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    level = confidence(verdict)
    table.add_column("check", overflow="fold")
    table.add_column(Text(model_name(verdict.baseline)), justify="right", overflow="fold")
    table.add_column("candidate", justify="right", overflow="fold")
    table.add_column(f"difference ({level})" if level else "difference", justify="right", no_wrap=True)
    table.add_column("allowed", justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for check in checks:
        row: Cells = cells(check)
        texts = (row.check, row.production, row.candidate, row.difference, row.allowed)
        table.add_row(*map(Text, texts), Text(row.verdict, style=_colour(check.verdict.replace("_", " "))))
    return table


def _colour(verdict: str) -> str:
    return COLOURS[verdict]
