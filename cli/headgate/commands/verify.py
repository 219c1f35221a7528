"""`headgate verify`."""

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.workflow import verification
from headgate.workflow.job import Job


@click.command
@options.job
@options.output_format
def verify(job: Job, show: Show) -> None:
    chain = verification.verify(job)
    show(chain.to_json(), text=chain.text, markdown=chain.markdown)
    raise SystemExit(chain.exit_code)
