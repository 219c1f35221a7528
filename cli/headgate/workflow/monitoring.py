"""Watching what is in production: its telemetry against the Production version, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from headgate.errors import UsageError
from headgate.workflow.job import Job
from headgate.workflow.table import Table

if TYPE_CHECKING:
    from headgate.monitor import Reference, Report

_MEASURED = {"psi": "{:.3f}", "seconds": "{:.3f} s", "share": "{:.2%}"}


def monitor(job: Job) -> Report:
    """Hold what production answered in the window against the limits of the policy.

    Raises:
        UsageError: the policy has no limit: a watch that watches nothing is never ok.
        CouldNotCarryOut: telemetry or reference cannot be had.
    """
    from headgate.monitor import judge, observed

    policy = job.config.monitor
    if not policy.watches:
        raise UsageError(
            "monitor has no limit, so there is nothing to hold production to.",
            hint="monitor: {drift: {prediction: {psi: 0.2}}, latency: {p95: 300ms}, error_rate: {max: 1%}}",
        )
    now = job.clock()
    since = now - timedelta(seconds=policy.window)
    with job.console.step("monitor") as step:
        step.doing("reading telemetry")
        seen = observed(_telemetry(job, since), since=since, now=now)
        step.doing("reading the reference")
        reference = _reference(job) if policy.drift.prediction or policy.drift.confidence else None
        report = judge(
            policy, seen, reference, model=job.config.model, environment=job.environment, since=since, now=now
        )
        step.made(f"{report.decision.upper()}  {report.inferences:,} inferences, {len(report.checks)} checks")
    return report


def follow_up(job: Job, report: Report) -> None:
    """What `monitor.then` says follows: the issue, the retraining."""
    from headgate.workflow.consequences import follow

    page, branch = table_of(report).markdown(), job.environ.get("GITHUB_REF_NAME")
    follow(job.console, job.here, job.config.monitor, report, page, branch)


def table_of(report: Report) -> Table:
    """The report for a person or a page."""
    rows = tuple(
        (
            check.id,
            "-" if check.measured is None else _MEASURED[check.unit].format(check.measured),
            _MEASURED[check.unit].format(check.limit),
            check.verdict.replace("_", " "),
        )
        for check in report.checks
    )
    where = f"release {report.release or 'unknown'}" + (f" against {report.reference}" if report.reference else "")
    return Table(
        schema=report.schema_,
        title=f"{report.model} in {report.environment}: {report.decision}",
        columns=("check", "measured", "limit", "verdict"),
        rows=rows,
        below=(
            f"{report.inferences:,} inferences since {report.window_began_at:%Y-%m-%d %H:%M} UTC, {where}.",
            *dict.fromkeys([*report.reasons, *(check.evidence for check in report.checks)]),
            *report.notes,
        ),
    )


def _telemetry(job: Job, since: datetime) -> Iterator[bytes]:
    from headgate.monitor.sources import from_file, from_url

    kind, _, rest = job.config.monitor.telemetry.partition(":")
    if kind == "hosts":
        with ExitStack() as connections:
            for target in connections.enter_context(job.targets()):
                yield from target.telemetry(since, rest or None)
    elif kind == "file":
        yield from from_file(job.path(rest), rest)
    else:
        yield from from_url(job.config.monitor.telemetry, job.environ)


def _reference(job: Job) -> Reference | None:
    """The predictions that are named, else those of the Production version; None where it has none."""
    named = job.config.monitor.reference
    if named is not None:
        return _read(job, job.path(named), named)
    version = job.registry.production()
    if version is None or version.predictions_digest is None:
        return None
    with TemporaryDirectory(prefix="headgate-") as scratch:
        file = job.registry.fetch(version, "predictions", Path(scratch))
        return _read(job, file, f"Production v{version.version}")


def _read(job: Job, path: Path, name: str) -> Reference:
    from headgate.config.gate import spelt
    from headgate.gate.policy import policy_of
    from headgate.gate.predictions import Reading, read_predictions
    from headgate.monitor import Reference

    asks_scores = job.config.monitor.drift.confidence is not None
    numbers = policy_of(job.config.gate).reading.numbers
    read = read_predictions(
        path,
        job.config.gate.columns,
        Reading(classes=not numbers, numbers=numbers, probabilities=asks_scores),
        name=f"the predictions of {name}",
    )
    counted = read.prediction.value_counts()
    return Reference(
        name=name,
        classes=None if numbers else {spelt(value): count for value, count in counted.iter_rows()},
        numbers=read.prediction.to_numpy() if numbers else None,
        confidences=read.confidence(highest=job.config.monitor.confidence == "highest") if asks_scores else None,
    )
