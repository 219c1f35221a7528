"""The verdict as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from headgate.record import Check, Verdict
from headgate.report.tables import Fitting, over, table
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
    from rich.text import Text

COLOURS = {"pass": "green", "fail": "red", "error": "red", "inconclusive": "yellow", "not judged": "dim"}


def verdict_text(verdict: Verdict, name: str = CANDIDATE) -> Group:
    """The headline, a row per check, what it rests on, and the notes; `name` is the model's."""
    from rich.console import Group
    from rich.text import Text

    parts: list[Text | Fitting] = [Text(headline(verdict, name), style=f"bold {_colour(verdict.verdict)}")]
    shown, aside = put_aside(verdict)
    parts.append(Fitting(wide=_wide(verdict, shown), narrow=_narrow(verdict, shown)))
    if aside:
        parts.append(Text(f"{counted(aside)}; --format markdown lists them.", style="dim"))
    if rests_on := " ".join(footing(verdict)):
        parts.append(Text(rests_on))
    # What is said against a candidate that passes was overridden.
    against = _colour("inconclusive" if verdict.verdict == "pass" else verdict.verdict)
    parts += [Text(reason, style=against) for reason in verdict.reasons]
    parts += [Text(note, style="dim") for note in verdict.notes]
    return Group(*parts)


def _wide(verdict: Verdict, checks: Sequence[Check]) -> Table:
    """A line for each check."""
    from rich.text import Text

    made = table()
    made.add_column("check")
    for name in (model_name(verdict.baseline), "candidate", _difference(verdict), "allowed"):
        made.add_column(Text(name), justify="right")
    made.add_column("method")
    made.add_column("verdict")
    for check in checks:
        row: Cells = cells(check)
        texts = (row.check, row.production, row.candidate, row.difference, row.allowed, row.method)
        made.add_row(*map(Text, texts), _outcome(check, row))
    return made


def _narrow(verdict: Verdict, checks: Sequence[Check]) -> Table:
    """Two lines: what was measured stands below the difference, and the method below the check's name."""
    made = table()
    made.add_column("check", overflow="fold")
    made.add_column(f"{_difference(verdict)}\nProduction → candidate", justify="right", no_wrap=True)
    made.add_column("allowed", justify="right", no_wrap=True)
    made.add_column("verdict", overflow="fold")
    for check in checks:
        row: Cells = cells(check)
        measured = f"{row.production} → {row.candidate}"
        made.add_row(over(row.check, row.method), over(row.difference, measured), row.allowed, _outcome(check, row))
    return made


def _difference(verdict: Verdict) -> str:
    level = confidence(verdict)
    return f"difference ({level})" if level else "difference"


def _outcome(check: Check, row: Cells) -> Text:
    from rich.text import Text

    return Text(row.verdict, style=_colour(check.verdict.replace("_", " ")))


def _colour(verdict: str) -> str:
    return COLOURS[verdict]
