"""The gate: a candidate against its baseline, and nothing goes on behind a gate that did not let it through."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headgate.config.gate import Gate
from headgate.console import Console, Step
from headgate.errors import CouldNotCarryOut
from headgate.record import Run, Verdict
from headgate.registry.base import Registry
from headgate.report import sentence, stopping
from headgate.workflow import summaries
from headgate.workflow.job import Job
from headgate.workflow.page import Page

_MOST_ANNOTATIONS = 9
"""GitHub shows ten of a step; the last is for the error that ends it."""


class NotGated(CouldNotCarryOut):
    """The record's verdict says nothing of this candidate."""

    title = "the candidate has not passed the gate"


def gate(job: Job, page: Page | None = None) -> Verdict:
    """The candidate of the record's run against the configured baseline, on the same rows; told on `page` too."""
    from headgate.gate import comparison_from, decide

    run = job.records.need("run", Run)
    with job.console.step("gate") as step, job.announcer.judging(job.record) as judged, _scratch() as scratch:
        comparison = comparison_from(
            job.config,
            run,
            registry=job.registry if _asks_registry(job) else None,
            project=job.project,
            scratch=scratch,
            run=job.run,
            step=step,
        )
        evaluation, verdict = decide(job.config.gate, comparison, clock=job.clock)
        job.records.add(evaluation=evaluation, verdict=verdict)
        if page is not None:
            page.write(verdict, comparison.rows, name=job.config.model, record=job.record)
        judged(verdict)
        _settle(step, job.console, verdict)
    return verdict


def count_late(job: Job) -> None:
    """Count the gate's use of the evaluation set, where the job of the gate could only read the registry."""
    from headgate.gate import count_use

    evaluation, verdict = job.record.evaluation, job.record.verdict
    if evaluation is None or verdict is None or verdict.uses is not None or not _asks_registry(job):
        return
    if evaluation.evaluation_data is None or evaluation.candidate is None:
        return
    _, notes = count_use(job.registry, evaluation.evaluation_data, evaluation.candidate)
    for note in notes:
        job.console.warn(note)


def gate_files(
    console: Console,
    policy: Gate,
    candidate: Path,
    baseline: Path | None,
    *,
    registry: Registry | None = None,
    project: Path | None = None,
    page: Page | None = None,
) -> Verdict:
    """Predictions named by hand against others, or against those of Production in `registry`; told on `page` too."""
    from headgate.gate import comparison_of_files, decide

    with console.step("gate") as step, _scratch() as scratch:
        comparison = comparison_of_files(
            policy, candidate, baseline, registry=registry, scratch=scratch, project=project
        )
        _, verdict = decide(policy, comparison)
        if page is not None:
            page.write(verdict, comparison.rows)
        _settle(step, console, verdict)
    return verdict


def insist(job: Job, verdict: Verdict) -> None:
    """Nothing goes on behind a gate that did not let the candidate through, by the policy of this commit.

    The record may come from another job: what it says of its own consequences is worked out anew.

    Raises:
        GateFailed: exit 1.
        NotGated, CouldNotEvaluate: exit 3.
        GateInconclusive: exit 4.
    """
    from headgate.gate import blocks, policy_of, refusal

    policy = policy_of(job.config.gate)
    if verdict.policy != policy.digest:
        raise NotGated("The verdict in the record is by another policy than headgate.yaml has.", hint="headgate gate")
    stopped = refusal(verdict.model_copy(update={"blocking": blocks(verdict.verdict, policy)}))
    if stopped is not None:
        raise stopped


def _asks_registry(job: Job) -> bool:
    return job.config.gate.baseline == "registry" or job.config.gate.anchor is not None


def _settle(step: Step, console: Console, verdict: Verdict) -> None:
    """The step's line, and what a person should know beside it."""
    for note in verdict.notes:
        step.detail(note)
    for check in list(stopping(verdict))[:_MOST_ANNOTATIONS]:
        console.annotate("error" if verdict.blocking else "warning", f"headgate: {check.id}", sentence(check))
    if verdict.verdict == "inconclusive" and not verdict.blocking:
        console.warn("The gate is inconclusive, and gate.inconclusive is 'warn': going on.")
    step.made(summaries.verdict(verdict))


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for what is downloaded, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="headgate-") as folder:
        yield Path(folder)
