"""`headgate gate`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.console import Console
from headgate.errors import UsageError
from headgate.workflow import candidate as steps
from headgate.workflow.job import Job


@click.command(epilog="Exit code: 0 pass, 1 fail, 3 could not be asked, 4 inconclusive and the policy blocks.")
@options.job_options
@options.talk
@options.path_option("--candidate", help="Judge this predictions file, with no record and no training.")
@options.path_option("--baseline", help="Compare with this predictions file in place of Production's.")
@click.option(
    "--check",
    "checks",
    multiple=True,
    metavar="METRIC.LIMIT=VALUE",
    help="A check in place of the configuration's policy, e.g. accuracy.max_drop=0.01; repeatable.",
)
@options.output_format
def gate(
    config: Path,
    record: Path | None,
    environment: str | None,
    console: Console,
    candidate: Path | None,
    baseline: Path | None,
    checks: tuple[str, ...],
    show: Show,
) -> None:
    from headgate.gate import exit_code, policy_from_checks
    from headgate.report import verdict_markdown, verdict_text

    if candidate is None and (baseline is not None or checks):
        raise UsageError("--baseline and --check judge files: name the candidate's too.", hint="--candidate <file>")
    open_job = partial(Job.open, console, config=config, record=record, environment=environment)
    if candidate is None:
        verdict = steps.gate(open_job())
    elif checks and baseline is not None:
        verdict = steps.gate_files(console, policy_from_checks(checks), candidate, baseline)
    else:
        job = open_job()
        policy = policy_from_checks(checks) if checks else job.config.gate
        registry = job.registry if baseline is None else None
        verdict = steps.gate_files(console, policy, candidate, baseline, registry=registry)
    show(
        verdict.model_dump(mode="json", by_alias=True),
        text=lambda: verdict_text(verdict),
        markdown=lambda: verdict_markdown(verdict),
    )
    raise SystemExit(exit_code(verdict))
