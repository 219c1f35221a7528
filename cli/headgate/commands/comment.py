"""`headgate comment`."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.console import Console
from headgate.github.comments import JOB
from headgate.github.event import here
from headgate.workflow import commenting
from headgate.workflow.commenting import Commented
from headgate.workflow.job import Job, keep_secret


@click.command(epilog="Exit code: 0 once it has posted, whatever the verdict; and 0 where there is no pull request.")
@options.job_options
@options.talk
@options.path_option("--from-artifact", help="In a workflow on workflow_run: the records that the other run left.")
@click.option(
    "--author",
    multiple=True,
    metavar="LOGIN",
    default=(JOB,),
    show_default=True,
    help="Whose comments are headgate's, e.g. the App's whose token this is; repeatable.",
    show_envvar=True,
)
@options.output_format
def comment(
    config: Path,
    record: Path | None,
    environment: str | None,
    console: Console,
    from_artifact: Path | None,
    author: tuple[str, ...],
    show: Show,
) -> None:
    keep_secret(console, os.environ)
    where = here(os.environ)
    if from_artifact is not None:
        commented = commenting.comment_from_artifact(console, where, from_artifact, author)
    else:
        open_job = partial(Job.open, console, config=config, record=record, environment=environment)
        commented = commenting.comment(console, where, lambda: open_job().record, author)
    show(commented.to_json(), text=lambda: _urls(commented), markdown=lambda: _urls(commented), summary=False)


def _urls(commented: Commented) -> str:
    return "\n".join(posted.url for _, posted in commented.comments if posted.url)
