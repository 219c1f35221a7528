"""From the commit to an image: pull, train, gate, register, build. Nothing here touches what is in production."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headgate.config.gate import Gate
from headgate.console import Console, Step
from headgate.errors import CouldNotCarryOut
from headgate.lineage.digests import digest, short
from headgate.record import Data, Image, Model, Run, Verdict
from headgate.record.facts import facts
from headgate.record.statement import write_statement
from headgate.record.store import write
from headgate.registry.base import Candidate, Registry, Version
from headgate.report import sentence, stopping
from headgate.workflow import summaries
from headgate.workflow.job import Job
from headgate.workflow.page import Page

DECISION_PATH = Path(".headgate/decision.json")
_MOST_ANNOTATIONS = 9
"""GitHub shows ten of a step; the last is for the error that ends it."""


class ModelChanged(CouldNotCarryOut):
    """The file on disk is not the one the record speaks of."""

    title = "the model is not the one that was gated"


class NotGated(CouldNotCarryOut):
    """The record's verdict says nothing of this candidate."""

    title = "the candidate has not passed the gate"


def pull(job: Job) -> Data:
    """Everything the training reads, complete and unaltered."""
    from headgate.data import pull as pull_data

    with job.console.step("pull") as step:
        data = pull_data(
            job.config.data, job.records.source, project=job.project, run=job.run, step=step, clock=job.clock
        )
        job.records.add(data=data)
        step.made(summaries.data(data))
    return data


def train(job: Job) -> Run:
    """The pipeline under tracking; what it produced is pushed before anything builds on it."""
    from headgate.data import push
    from headgate.training import train as train_pipeline

    for left_out in job.skipped:
        job.console.notice(left_out)
    with job.console.step("train") as step, job.announcer.training(job.record):
        made = train_pipeline(
            job.config.train,
            job.config.tracking,
            job.record,
            project=job.project,
            run=job.run,
            step=step,
            clock=job.clock,
        )
        if job.config.data.push:
            pushed = push(job.config.data, project=job.project, run=job.run, step=step)
            if pushed.nothing_because:
                step.detail(f"nothing pushed: {pushed.nothing_because}")
        job.records.add(params=made.params, run=made.run)
        step.made(summaries.run(made.run))
    return made.run


def gate(job: Job, page: Page | None = None) -> Verdict:
    """The candidate of the record's run against the configured baseline, on the same rows; told on `page` too."""
    from headgate.gate import comparison_from, decide

    run = job.records.need("run", Run)
    with job.console.step("gate") as step, job.announcer.judging(job.record) as judged, _scratch() as scratch:
        asked = job.config.gate.baseline == "registry" or job.config.gate.anchor is not None
        comparison = comparison_from(
            job.config,
            run,
            registry=job.registry if asked else None,
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


def register(job: Job, by_hand: Path | None = None) -> Model:
    """The gated model as a new version of the registry; or a model named by hand, which no gate has seen."""
    candidate = _gated(job) if by_hand is None else _named(job, by_hand)
    with job.console.step("register") as step:
        step.doing("uploading, and downloading again to compare")
        version = job.registry.register(candidate)
        model = _section(job, version, candidate.model_digest, by_hand=by_hand is not None)
        if by_hand is None:
            job.records.add(model=model)
        else:
            job.records.begin_with(model=model)
        step.made(f"{model.name} v{model.version}")
    return model


def build(job: Job, by_hand: str | None = None) -> Image:
    """The image that ships the registered model; or a version named by hand."""
    from headgate.image import build as build_image

    if by_hand is not None:
        job.records.begin_with(model=_registered(job, by_hand))
    model = job.records.need("model", Model)
    with job.console.step("build") as step:
        image = build_image(
            job.config.image,
            job.record,
            model,
            project=job.project,
            model_path=job.config.train.model,
            run=job.run,
            step=step,
            clock=job.clock,
        )
        job.records.add(image=image)
        if image.pushed:
            write_statement(job.record, image, job.record_path)
        step.made(summaries.image(image))
    return image


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


def _gated(job: Job) -> Candidate:
    """The candidate as the gate saw it.

    Raises:
        ModelChanged: the model or the predictions were changed since.
    """
    run = job.records.need("run", Run)
    verdict = job.records.need("verdict", Verdict)
    insist(job, verdict)
    predictions = None if run.predictions_path is None else job.path(run.predictions_path)
    _unchanged(job.path(run.model_path), run.model_digest)
    if predictions is not None and run.predictions_digest is not None:
        _unchanged(predictions, run.predictions_digest)
    return Candidate(
        name=job.config.model,
        model=job.path(run.model_path),
        model_digest=run.model_digest,
        predictions=predictions,
        predictions_digest=run.predictions_digest,
        evaluation_data=verdict.evaluation_data,
        metrics=run.metrics,
        facts=facts(job.record),
        commit=job.record.source.commit,
        run=run.id,
        decision=_decision(job),
    )


def _decision(job: Job) -> Path:
    """The record up to its verdict, in a file that the registry keeps with the version."""
    path = job.project / DECISION_PATH
    write(job.record.until("verdict"), path)
    return path


def _named(job: Job, model: Path) -> Candidate:
    """A model named on the command line: its own digest is all that is known of it."""
    return Candidate(
        name=job.config.model,
        model=model,
        model_digest=digest(model),
        predictions=None,
        predictions_digest=None,
        evaluation_data=None,
        metrics={},
        facts={"by-hand": "register --model", **facts(job.records.beginning)},
        commit=job.record.source.commit,
        run=None,
    )


def _registered(job: Job, name: str) -> Model:
    """A version that the registry has, as the record's section."""
    version = job.registry.version(name)
    if version.model_digest is None:
        raise CouldNotCarryOut(
            f"{version.name} v{version.version} was registered without a digest, so nothing can prove what is shipped.",
            hint="Register the model again with headgate register.",
        )
    return _section(job, version, version.model_digest, by_hand=True)


def _section(job: Job, version: Version, digest: str, *, by_hand: bool) -> Model:
    """The record's section about a registered version."""
    return Model(
        by_hand=by_hand,
        name=version.name,
        version=version.version,
        registry=job.registry.name,
        digest=digest,
        predictions_digest=version.predictions_digest,
        registered_at=version.created_at,
    )


def _unchanged(path: Path, expected: str) -> None:
    if not path.exists():
        raise ModelChanged(f"{path}, which the training made, is gone.", hint="headgate train")
    found = digest(path)
    if found != expected:
        raise ModelChanged(
            f"{path} is {short(found)}, and the gate saw {short(expected)}.", hint="headgate train, then headgate gate"
        )


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
