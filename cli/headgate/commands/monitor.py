"""`headgate monitor`."""

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.workflow import monitoring
from headgate.workflow.job import Job


@click.command
@options.job
@options.output_format
def monitor(job: Job, show: Show) -> None:
    report = monitoring.monitor(job)
    table = monitoring.table_of(report)
    show(report.model_dump(mode="json", by_alias=True), text=table.text, markdown=table.markdown)
    monitoring.follow_up(job, report)
    raise SystemExit(report.exit_code)
