"""`headgate init`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.console import Console
from headgate.errors import UsageError


class Terminal:
    """The person at the terminal; questions go to stderr, as all talk does."""

    def text(self, question: str, default: str) -> str:
        """One line."""
        return str(click.prompt(question, default=default, err=True)).strip()

    def choose(self, question: str, options: Sequence[str], default: str) -> str:
        """One of the options, by its number."""
        for number, option in enumerate(options, start=1):
            click.echo(f"  {number}  {option}", err=True)
        number = click.prompt(
            question, type=click.IntRange(1, len(options)), default=options.index(default) + 1, err=True
        )
        return options[int(number) - 1]

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        return click.confirm(question, default=default, err=True)


@click.command
@click.option(
    "--yes", is_flag=True, help="Ask nothing: what cannot be found gets a default and a note.", show_envvar=True
)
@click.option(
    "--pipeline",
    multiple=True,
    metavar="FOLDER",
    help="A folder with a dvc.yaml, where there are several; repeatable.",
    show_envvar=True,
)
@click.option(
    "--service/--no-service",
    default=None,
    help="Write a Dockerfile and a service where there is none, or do not.  [default: ask]",
    show_envvar=True,
)
@click.option(
    "--uses",
    metavar="OWNER/NAME@COMMIT",
    help="Where workflows take headgate's actions from.  [default: where headgate was installed from]",
    show_envvar=True,
)
@click.option("--force", is_flag=True, help="Replace files that differ, after showing how.", show_envvar=True)
@click.option("--dry-run", is_flag=True, help="Show every file and write none.", show_envvar=True)
@options.talk
@options.output_format
def init(
    console: Console,
    yes: bool,
    pipeline: tuple[str, ...],
    service: bool | None,
    uses: str | None,
    force: bool,
    dry_run: bool,
    show: Show,
) -> None:
    from headgate.onboarding import Unasked
    from headgate.workflow import onboarding

    if not (yes or dry_run or sys.stdin.isatty()):
        raise UsageError("There is nobody to ask: the input is no terminal.", hint="headgate init --yes")
    start = onboarding.Start(Path.cwd(), pipeline, service, uses, force=force, dry_run=dry_run)
    outcome = onboarding.init(start, Unasked() if yes or dry_run else Terminal(), console)
    show(outcome.to_json(), text=outcome.text, markdown=outcome.markdown, summary=False)
