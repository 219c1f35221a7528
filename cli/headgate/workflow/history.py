"""`headgate history`: every deployment, and every move of the alias."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from headgate.errors import CouldNotCarryOut
from headgate.workflow.job import Job
from headgate.workflow.table import Table

if TYPE_CHECKING:
    from headgate.deploy import Answer
    from headgate.deploy.journal import Entry
    from headgate.registry import Move


def history(job: Job) -> tuple[Table, Sequence[Answer[Sequence[Entry]]]]:
    """Every deployment and every move of the alias, the newest first. A host that is away is a line below the table.

    Beside the table: what each host said.
    """
    hosts = job.survey(lambda target: target.history())
    deployed = [
        (entry.at, entry.result, entry.release, entry.previous, one.host, entry.actor, entry.why)
        for one in hosts
        for entry in one.said or ()
    ]
    silent = tuple(f"{one.host} is missing here: {one.trouble.message}" for one in hosts if one.trouble)
    moves, trouble = _moves(job)
    moved = [
        (move.moved_at, "promoted", f"v{move.version}", move.previous and f"v{move.previous}", move.alias, move.actor,
         move.reason)
        for move in moves
    ]  # fmt: skip
    newest_first = sorted([*deployed, *moved], key=lambda event: event[0], reverse=True)
    table = Table(
        schema="headgate/history/1",
        title=f"{job.config.model}: history",
        columns=("when", "what", "to", "from", "where", "who", "why"),
        rows=tuple((_time(at), *(str(word or "") for word in words)) for at, *words in newest_first),
        below=(*silent, *trouble),
    )
    return table, hosts


def _moves(job: Job) -> tuple[Sequence[Move], tuple[str, ...]]:
    """Every move of the alias; where the registry cannot be asked, none, and what a person should know."""
    try:
        return job.registry.history(), ()
    except CouldNotCarryOut as trouble:
        return (), (f"Promotions are missing here: {trouble.message}",)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
