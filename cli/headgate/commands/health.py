"""`headgate health`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import production
from headgate.workflow.job import Job


@click.command
@options.job
@click.option("--url", help="Check this endpoint by hand.", show_envvar=True)
@options.output_format
def health(job: Job, url: str | None, show: Show) -> None:
    section(show, "health", production.health(job, url=url))
