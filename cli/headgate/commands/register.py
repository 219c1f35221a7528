"""`headgate register`."""

from pathlib import Path

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import candidate
from headgate.workflow.job import Job


@click.command
@options.job
@options.path_option("--model", help="Register this file or folder by hand, without a gate; the record says so.")
@options.output_format
def register(job: Job, model: Path | None, show: Show) -> None:
    section(show, "model", candidate.register(job, model))
