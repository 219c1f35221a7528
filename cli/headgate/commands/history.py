"""`headgate history`."""

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.workflow import history as workflow
from headgate.workflow.job import Job
from headgate.workflow.silent_hosts import insist_on_all


@click.command
@options.job
@options.output_format
def history(job: Job, show: Show) -> None:
    found, hosts = workflow.history(job)
    show(found.to_json(), text=found.text, markdown=found.markdown, summary=False)
    insist_on_all(hosts)
