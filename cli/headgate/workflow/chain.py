"""The chain that `verify` walks: links as values, and how a person, a program and a page see them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from headgate.lineage.digests import short

if TYPE_CHECKING:
    from rich.console import RenderableType

State = Literal["holds", "broken", "unknown"]
_COLOURS: dict[State, str] = {"holds": "green", "broken": "red", "unknown": "yellow"}


@dataclass(frozen=True)
class Link:
    """One link: what it is called, what it points at, whether that is so, and how that is known or why not."""

    name: str
    value: str
    state: State
    how: str


@dataclass(frozen=True)
class Chain:
    """The links of one host's release, from the container to the commit."""

    links: tuple[Link, ...]

    @property
    def exit_code(self) -> int:
        """0 every link holds, 1 a link is broken, 3 a link could not be looked up."""
        states = {link.state for link in self.links}
        return 1 if "broken" in states else 3 if "unknown" in states else 0

    def to_json(self) -> dict[str, Any]:
        """As JSON values, schema `headgate/chain/1`."""
        return {
            "schema": "headgate/chain/1",
            "verified": self.exit_code == 0,
            "links": [asdict(link) for link in self.links],
        }

    def text(self) -> RenderableType:
        """As a table for a terminal."""
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for column in ("link", "is", "", "how it is known"):
            table.add_column(column, overflow="fold")
        for link in self.links:
            table.add_row(
                link.name, Text(short(link.value)), Text(link.state, style=_COLOURS[link.state]), Text(short(link.how))
            )
        return table

    def markdown(self) -> str:
        """As a table for a page."""
        from headgate.report import plain

        rows = [f"| {link.name} | {plain(link.value)} | {link.state} | {plain(link.how)} |" for link in self.links]
        return "\n".join(["### headgate: lineage", "", "| link | is | | how it is known |", "|---|---|---|---|", *rows])
