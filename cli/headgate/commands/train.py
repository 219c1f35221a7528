"""`headgate train`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import candidate
from headgate.workflow.job import Job


@click.command
@options.job
@options.output_format
def train(job: Job, show: Show) -> None:
    section(show, "run", candidate.train(job))
