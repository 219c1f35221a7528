"""Rows for a person, a page or a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headgate.lineage.digests import short

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class Table:
    """Rows for a person, a page or a program.

    Args:
        schema: what the JSON calls itself.
        title: the heading on a page.
        columns: names of the columns, keys of the JSON.
        rows: as many texts each as there are columns.
        below: lines under the table.
    """

    schema: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"schema": self.schema, "rows": rows, "notes": list(self.below)}

    def text(self) -> RenderableType:
        """As a table for a terminal."""
        from rich.console import Group
        from rich.table import Table as RichTable
        from rich.text import Text

        table = RichTable(box=None, pad_edge=False)
        for column in self.columns:
            table.add_column(column, overflow="fold")
        for row in self.rows:
            table.add_row(*(Text(short(word)) for word in row))
        return Group(table, *map(Text, self.below))

    def markdown(self) -> str:
        """As a table for a page."""
        from headgate.report import plain

        head = [f"### {self.title}", "", f"| {' | '.join(self.columns)} |", f"|{'---|' * len(self.columns)}"]
        body = [f"| {' | '.join(map(plain, row))} |" for row in self.rows]
        return "\n".join([*head, *body, *(f"\n{plain(line)}" for line in self.below)])
