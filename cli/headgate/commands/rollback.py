"""`headgate rollback`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import going_back
from headgate.workflow.job import Job


@click.command
@options.job
@click.option("--to", metavar="RELEASE", help="The release to put back.  [default: the one before]", show_envvar=True)
@options.reason
@options.break_lock
@options.lock_timeout
@options.output_format
def rollback(
    job: Job, to: str | None, reason: str | None, break_lock: str | None, lock_timeout: float, show: Show
) -> None:
    made = going_back.rollback(job, to=to, reason=reason, lock_timeout=lock_timeout, break_lock=break_lock)
    section(show, "rollback", made)
