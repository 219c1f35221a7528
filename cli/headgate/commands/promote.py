"""`headgate promote`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import production
from headgate.workflow.job import Job


@click.command
@options.job
@click.option(
    "--ungated",
    is_flag=True,
    help="Promote a version that was registered by hand, which no gate has seen.",
    show_envvar=True,
)
@options.output_format
def promote(job: Job, ungated: bool, show: Show) -> None:
    section(show, "promotion", production.promote(job, ungated=ungated))
