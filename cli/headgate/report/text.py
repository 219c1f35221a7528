"""The verdict as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    from rich.console import Console, ConsoleOptions, Group, RenderResult
    from rich.table import Table
    from rich.text import Text

UNBOUNDED = 1000
"""Columns of a terminal that breaks no line."""
COLOURS = {"pass": "green", "fail": "red", "error": "red", "inconclusive": "yellow", "not judged": "dim"}


def verdict_text(verdict: Verdict, name: str = CANDIDATE) -> Group:
    """The headline, a row per check, what it rests on, and the notes; `name` is the model's."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Checks] = [Text(headline(verdict, name), style=f"bold {_colour(verdict.verdict)}")]
    shown, aside = put_aside(verdict)
    parts.append(Checks(verdict, shown))
    if aside:
        parts.append(Text(f"{counted(aside)}; --format markdown lists them.", style="dim"))
    if rests_on := " ".join(footing(verdict)):
        parts.append(Text(rests_on))
    # What is said against a candidate that passes was overridden.
    against = _colour("inconclusive" if verdict.verdict == "pass" else verdict.verdict)
    parts += [Text(reason, style=against) for reason in verdict.reasons]
    parts += [Text(note, style="dim") for note in verdict.notes]
    return Group(*parts)


@dataclass(frozen=True)
class Checks:
    """The checks as a table: a line each where the terminal is wide enough, else two."""

    verdict: Verdict
    checks: Sequence[Check]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The one table or the other."""
        wide = self._wide()
        fits = console.measure(wide, options=options.update(width=UNBOUNDED)).maximum <= options.max_width
        yield wide if fits else self._narrow()

    def _wide(self) -> Table:
        from rich.text import Text

        table = self._table()
        table.add_column("check")
        for name in (model_name(self.verdict.baseline), "candidate", self._difference, "allowed"):
            table.add_column(Text(name), justify="right")
        table.add_column("method")
        table.add_column("verdict")
        for check in self.checks:
            row: Cells = cells(check)
            texts = (row.check, row.production, row.candidate, row.difference, row.allowed, row.method)
            table.add_row(*map(Text, texts), _outcome(check, row))
        return table

    def _narrow(self) -> Table:
        """What was measured stands below the difference, and the method below the check's name."""
        table = self._table()
        table.add_column("check", overflow="fold")
        table.add_column(f"{self._difference}\nProduction → candidate", justify="right", no_wrap=True)
        table.add_column("allowed", justify="right", no_wrap=True)
        table.add_column("verdict", overflow="fold")
        for check in self.checks:
            row: Cells = cells(check)
            measured = f"{row.production} → {row.candidate}"
            table.add_row(
                _over(row.check, row.method), _over(row.difference, measured), row.allowed, _outcome(check, row)
            )
        return table

    @property
    def _difference(self) -> str:
        level = confidence(self.verdict)
        return f"difference ({level})" if level else "difference"

    @staticmethod
    def _table() -> Table:
        from rich import box
        from rich.table import Table

        return Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)


def _over(first: str, second: str) -> Text:
    from rich.text import Text

    return Text.assemble(first, "\n", (second, "dim"))


def _outcome(check: Check, row: Cells) -> Text:
    from rich.text import Text

    return Text(row.verdict, style=_colour(check.verdict.replace("_", " ")))


def _colour(verdict: str) -> str:
    return COLOURS[verdict]
