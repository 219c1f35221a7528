"""`headgate build`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import candidate
from headgate.workflow.job import Job


@click.command
@options.job
@click.option("--model-version", help="Build for this registered version by hand.", show_envvar=True)
@options.output_format
def build(job: Job, model_version: str | None, show: Show) -> None:
    section(show, "image", candidate.build(job, model_version))
