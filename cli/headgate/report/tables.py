"""Tables for a terminal: as wide as they like where there is room, and made for 80 columns where there is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

UNBOUNDED = 1000
"""Columns of a terminal that breaks no line."""


@dataclass(frozen=True)
class Fitting:
    """`wide` where the terminal shows it without breaking a cell, else `narrow`."""

    wide: Table
    narrow: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The one or the other."""
        needed = console.measure(self.wide, options=options.update(width=UNBOUNDED)).maximum
        yield self.wide if needed <= options.max_width else self.narrow


def table() -> Table:
    """A table without columns yet."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)


def over(first: str, second: str) -> Text:
    """A cell of two lines, the second in the background."""
    from rich.text import Text

    return Text.assemble(first, "\n", (second, "dim"))
