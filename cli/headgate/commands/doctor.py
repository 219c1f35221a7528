"""`headgate doctor`."""

from __future__ import annotations

import sys

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.workflow import doctor as preconditions
from headgate.workflow.job import Job


@click.command(epilog="Exit code: 0 nothing fails, 2 headgate.yaml is wrong, 3 a check fails.")
@options.job
@click.option("--only", multiple=True, metavar="CHECK", help="Run this check; repeatable.", show_envvar=True)
@click.option("--skip", multiple=True, metavar="CHECK", help="Leave this check out; repeatable.", show_envvar=True)
@options.output_format
def doctor(job: Job, only: tuple[str, ...], skip: tuple[str, ...], show: Show) -> None:
    found = preconditions.diagnose(job, only=only, skip=skip)
    preconditions.annotate(job.console, found)
    colour = sys.stdout.isatty() and job.console.colour
    show(found.to_json(), text=lambda: found.text(colour=colour), markdown=found.markdown)
    if found.exit_code:
        raise SystemExit(found.exit_code)
