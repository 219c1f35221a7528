"""`headgate template`."""

from __future__ import annotations

from pathlib import Path

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.console import Console


@click.command(epilog="Without a name: what there is. With names: the workflows, on stdout or as files with --to.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@options.path_option("--to", help="Write them into this folder, usually .github/workflows.")
@click.option(
    "--uses",
    metavar="OWNER/NAME@COMMIT",
    help="Where the actions are taken from.  [default: where headgate was installed from]",
    show_envvar=True,
)
@click.option("--branch", help="The branch that is released.  [default: origin's]", show_envvar=True)
@click.option("--force", is_flag=True, help="Replace files that were changed since, too.", show_envvar=True)
@options.talk
@options.output_format
def template(
    console: Console,
    names: tuple[str, ...],
    to: Path | None,
    uses: str | None,
    branch: str | None,
    force: bool,
    show: Show,
) -> None:
    from headgate.workflow import templates

    if not names:
        listing = templates.listing()
        show(listing.to_json(), text=listing.text, markdown=listing.markdown, summary=False)
        return
    workflows = templates.workflows(names, uses=uses, branch=branch)
    if to is not None:
        templates.write(workflows, to, force=force, console=console)
        return
    for text in workflows.values():
        click.echo(text, nl=False)
