"""`headgate rollback`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import production
from headgate.workflow.job import Job


@click.command
@options.job
@click.option("--to", metavar="RELEASE", help="The release to put back.  [default: the one before]", show_envvar=True)
@click.option("--reason", help="Why; kept in the journal and with the alias.", show_envvar=True)
@options.lock_timeout
@options.output_format
def rollback(job: Job, to: str | None, reason: str | None, lock_timeout: float, show: Show) -> None:
    section(show, "rollback", production.rollback(job, to=to, reason=reason, lock_timeout=lock_timeout))
