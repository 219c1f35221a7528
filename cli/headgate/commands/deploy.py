"""`headgate deploy`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import production
from headgate.workflow.job import Job


@click.command
@options.job
@click.option("--image", help="Deploy this image by hand: repository@sha256:…", show_envvar=True)
@options.lock_timeout
@options.output_format
def deploy(job: Job, image: str | None, lock_timeout: float, show: Show) -> None:
    section(show, "deployment", production.deploy(job, image=image, lock_timeout=lock_timeout))
