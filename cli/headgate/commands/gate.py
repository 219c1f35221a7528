"""`headgate gate`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.commands import options
from headgate.commands.output import Show
from headgate.console import Console
from headgate.errors import UsageError
from headgate.github.actions import write_outputs
from headgate.record import Verdict
from headgate.workflow import gating
from headgate.workflow.job import Job
from headgate.workflow.page import Page

if TYPE_CHECKING:
    from rich.console import RenderableType

    from headgate.config.gate import Gate
    from headgate.record.plan import Plan


@click.command(epilog="Exit code: 0 pass, 1 fail, 3 could not be asked, 4 inconclusive and the policy blocks.")
@options.job_options
@options.talk
@options.path_option("--candidate", help="Judge this predictions file, with no record and no training.")
@options.path_option("--baseline", help="Compare with this predictions file in place of Production's.")
@click.option(
    "--check",
    multiple=True,
    metavar="METRIC.LIMIT=VALUE",
    help="A check in place of the configuration's policy, e.g. accuracy.max_drop=0.01; repeatable.",
    show_envvar=True,
)
@options.path_option("--report", help="Write the verdict as one HTML file too, with the rows behind it as charts.")
@click.option(
    "--show-rows",
    is_flag=True,
    help="Put up to 50 rows on which the models differ into the HTML file: ids, labels, answers.",
    show_envvar=True,
)
@click.option(
    "--explain",
    metavar="CHECK",
    help="Tell one check in plain words: of the verdict in the record, or of the files named.",
    show_envvar=True,
)
@click.option(
    "--plan",
    is_flag=True,
    help="Before any training: how many rows each check needs, and which can never pass or fail.",
    show_envvar=True,
)
@options.output_format
def gate(
    config: Path,
    record: Path | None,
    environment: str | None,
    console: Console,
    candidate: Path | None,
    baseline: Path | None,
    check: tuple[str, ...],
    report: Path | None,
    show_rows: bool,
    explain: str | None,
    plan: bool,
    show: Show,
) -> None:
    from headgate.gate import exit_code, refusal
    from headgate.report import verdict_markdown

    open_job = partial(Job.open, console, config=config, record=record, environment=environment)
    if plan:
        _insist_on_nothing_else(candidate, report, explain)
        _show_plan(_planned(open_job, console, baseline, check), show)
        return
    if candidate is None and (baseline is not None or check):
        raise UsageError("--baseline and --check judge files: name the candidate's too.", hint="--candidate <file>")
    page = _page(report, show_rows=show_rows)
    if candidate is not None:
        verdict = _of_files(open_job, console, candidate, baseline, check, page)
        write_outputs({"verdict": verdict.verdict})
    elif explain is not None and page is None:
        verdict = open_job().records.need("verdict", Verdict)
    else:
        job = open_job()
        verdict = gating.gate(job, page)
        options.hand_to_github(job)
    if page is not None:
        write_outputs({"report": str(page.path.resolve())})
    stopped = refusal(verdict)
    if explain is not None:
        _show_explanation(verdict, explain, show)
        raise SystemExit(exit_code(verdict))
    show(
        verdict.model_dump(mode="json", by_alias=True),
        text=lambda: _table(verdict, with_reasons=stopped is None),
        markdown=lambda: verdict_markdown(verdict),
    )
    if stopped is not None:
        raise stopped


def _of_files(
    open_job: partial[Job],
    console: Console,
    candidate: Path,
    baseline: Path | None,
    check: tuple[str, ...],
    page: Page | None,
) -> Verdict:
    """Files named by hand; headgate.yaml, where there is one, says what the options leave open."""
    from headgate.gate import policy_of

    config: Path = open_job.keywords["config"]
    policy, project = _asked(open_job, check)
    asks_registry = policy.anchor is not None or (baseline is None and policy_of(policy).compares_metrics)
    if asks_registry and not config.exists():
        raise UsageError(
            f"The check compares with Production, and neither --baseline nor {config} says who that is.",
            hint="--baseline <predictions of Production>",
        )
    registry = open_job().registry if asks_registry else None
    return gating.gate_files(console, policy, candidate, baseline, registry=registry, project=project, page=page)


def _asked(open_job: partial[Job], check: tuple[str, ...]) -> tuple[Gate, Path | None]:
    """The policy, and the project that it belongs to: headgate.yaml's, or `check` with what headgate.yaml leaves open.

    Without headgate.yaml checks are of files as they come, and belong to no project.
    """
    from headgate.gate import policy_from_checks

    if check and not open_job.keywords["config"].exists():
        return policy_from_checks(check), None
    job = open_job()
    own = job.config.gate
    if not check:
        return own, job.project
    return policy_from_checks(check, own.custom).model_copy(update={"columns": own.columns}), job.project


def _page(report: Path | None, *, show_rows: bool) -> Page | None:
    if report is None and show_rows:
        raise UsageError("--show-rows is about the HTML file, and none was asked for.", hint="--report <file>")
    return None if report is None else Page(report, show_rows)


def _insist_on_nothing_else(candidate: Path | None, report: Path | None, explain: str | None) -> None:
    """A plan is made before there is anything to judge, to report or to explain."""
    given = {"--candidate": candidate, "--report": report, "--explain": explain}
    for option in (name for name, value in given.items() if value is not None):
        raise UsageError(f"--plan is for the time before there is a candidate: it goes without {option}.")


def _planned(open_job: partial[Job], console: Console, baseline: Path | None, check: tuple[str, ...]) -> Plan:
    """headgate.yaml is read only for what the options leave open."""
    from headgate.workflow import plan as plans

    policy, project = _asked(open_job, check)
    if check and baseline is not None:
        return plans.plan_of_file(console, policy, baseline, project)
    return plans.plan(open_job(), policy, baseline)


def _show_plan(plan: Plan, show: Show) -> None:
    from headgate.report.plan import plan_markdown, plan_text

    show(
        plan.model_dump(mode="json", by_alias=True),
        text=lambda: plan_text(plan),
        markdown=lambda: plan_markdown(plan),
    )


def _show_explanation(verdict: Verdict, check: str, show: Show) -> None:
    from headgate.report.explanation import explain

    explanation = explain(verdict, check)
    show(explanation.to_json(), text=explanation.text, markdown=explanation.markdown, summary=False)


def _table(verdict: Verdict, *, with_reasons: bool) -> RenderableType:
    """The table; what stops the release comes with the error that follows."""
    from headgate.report import verdict_text

    return verdict_text(verdict if with_reasons else verdict.model_copy(update={"reasons": ()}))
