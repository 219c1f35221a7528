"""What is, without changing it: what runs where, what Production is, and how it came to be so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from headgate.errors import CouldNotCarryOut
from headgate.lineage.digests import short
from headgate.workflow.job import Job

if TYPE_CHECKING:
    from rich.console import RenderableType

    from headgate.deploy import HostStatus
    from headgate.registry import Move


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


def status(job: Job) -> Table:
    """Every host's releases, and the version that Production is.

    Raises:
        CouldNotCarryOut: a host cannot be asked.
    """
    from headgate.deploy import status as status_of

    with job.targets() as targets:
        hosts = status_of(targets)
    return Table(
        schema="headgate/status/1",
        title=f"{job.config.model} in {job.environment}",
        columns=("host", "release", "serves", "state", "up", "image", "url"),
        rows=tuple(row for host in hosts for row in _instances(host)),
        below=(*_remarks(hosts), _production(job)),
    )


def history(job: Job) -> Table:
    """Every deployment and every move of the alias, the newest first.

    Raises:
        CouldNotCarryOut: a host cannot be asked.
    """
    with job.targets() as targets:
        deployed = [
            (entry.at, entry.result, entry.release, entry.previous, target.host, entry.actor, entry.why)
            for target in targets
            for entry in target.history()
        ]
    moves, trouble = _moves(job)
    moved = [
        (move.moved_at, "promoted", f"v{move.version}", move.previous and f"v{move.previous}", move.alias, move.actor,
         move.reason)
        for move in moves
    ]  # fmt: skip
    newest_first = sorted([*deployed, *moved], key=lambda event: event[0], reverse=True)
    return Table(
        schema="headgate/history/1",
        title=f"{job.config.model}: history",
        columns=("when", "what", "to", "from", "where", "who", "why"),
        rows=tuple((_time(at), *(str(word or "") for word in words)) for at, *words in newest_first),
        below=trouble,
    )


def _moves(job: Job) -> tuple[Sequence[Move], tuple[str, ...]]:
    """Every move of the alias; where the registry cannot be asked, none, and what a person should know."""
    try:
        return job.registry.history(), ()
    except CouldNotCarryOut as trouble:
        return (), (f"Promotions are missing here: {trouble.message}",)


def _instances(host: HostStatus) -> Iterable[tuple[str, ...]]:
    """A row for each release that the host has; one that says so where it has none."""
    if not host.instances:
        yield (host.host, "nothing deployed", "", "", "", "", host.url)
    for one in host.instances:
        serves = one.container == host.routed
        yield (
            host.host,
            one.release,
            "yes" if serves else "",
            one.state if one.health is None else f"{one.state}, {one.health}",
            _span(one.uptime),
            one.image,
            host.url if serves else "",
        )


def _remarks(hosts: Sequence[HostStatus]) -> Iterable[str]:
    """What a person should know beside the table."""
    for host in hosts:
        if host.lock is not None:
            yield f"{host.host} is locked: {host.lock}"
        if host.journaled != host.routed:
            yield f"{host.host} serves {host.routed or 'nothing'}, and its journal says {host.journaled or 'nothing'}."
    serving = {host.serving.release if host.serving else None for host in hosts}
    if len(serving) > 1:
        yield f"The hosts differ: {', '.join(sorted(str(release) for release in serving))}"


def _production(job: Job) -> str:
    try:
        version = job.registry.production()
    except CouldNotCarryOut as trouble:
        return f"{job.config.registry.alias}: unknown. {trouble.message}"
    return f"{job.config.registry.alias}: {f'v{version.version}' if version else 'no version yet'}"


def _span(uptime: timedelta | None) -> str:
    """`3 d`, `4 h`, `12 min` or `5 s`."""
    if uptime is None:
        return ""
    seconds = int(uptime.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
