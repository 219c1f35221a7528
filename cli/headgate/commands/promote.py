"""`headgate promote`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import production
from headgate.workflow.job import Job


@click.command
@options.job
@options.output_format
def promote(job: Job, show: Show) -> None:
    section(show, "promotion", production.promote(job))
