"""`headgate deploy`."""

import click

from headgate.commands import options
from headgate.commands.output import Show, section
from headgate.workflow import production
from headgate.workflow.job import Job


@click.command
@options.job
@click.option("--image", help="Deploy this image by hand: repository@sha256:…", show_envvar=True)
@options.reason
@options.break_lock
@options.lock_timeout
@options.output_format
def deploy(
    job: Job, image: str | None, reason: str | None, break_lock: str | None, lock_timeout: float, show: Show
) -> None:
    made = production.deploy(job, image=image, reason=reason, lock_timeout=lock_timeout, break_lock=break_lock)
    section(show, "deployment", made)
