"""`headgate release`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.record import Record
from headgate.workflow import release as whole
from headgate.workflow.job import Job

if TYPE_CHECKING:
    from rich.console import RenderableType


@click.command
@options.job
@options.step_option("--from", "first", help="Begin here, with the record of an earlier job.")
@options.step_option("--until", "last", help="End here; a later job goes on with the record.")
@options.lock_timeout
@options.output_format
def release(job: Job, first: str | None, last: str | None, lock_timeout: float, show: Show) -> None:
    from headgate.report import record_markdown

    try:
        whole.release(job, first=first, last=last, lock_timeout=lock_timeout)
    finally:
        record = job.record
        show(record.to_json(), text=lambda: _refused(record), markdown=lambda: record_markdown(record))


def _refused(record: Record) -> RenderableType:
    """The gate's table, where it let nothing through; its reasons come with the error that follows."""
    from headgate.report import verdict_text

    if record.verdict is None or record.verdict.verdict == "pass":
        return ""
    return verdict_text(record.verdict.model_copy(update={"reasons": ()}), record.name)
