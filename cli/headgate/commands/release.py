"""`headgate release`."""

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.workflow import release as whole
from headgate.workflow.job import Job


@click.command
@options.job
@options.step_option("--from", "first", help="Begin here, with the record of an earlier job.")
@options.step_option("--until", "last", help="End here; a later job goes on with the record.")
@options.lock_timeout
@options.output_format
def release(job: Job, first: str | None, last: str | None, lock_timeout: float, show: Show) -> None:
    from headgate.report import record_markdown, verdict_text

    try:
        whole.release(job, first=first, last=last, lock_timeout=lock_timeout)
    finally:
        record = job.record
        verdict = record.verdict
        show(
            record.to_json(),
            text=lambda: verdict_text(verdict) if verdict and verdict.verdict != "pass" else "",
            markdown=lambda: record_markdown(record),
        )
