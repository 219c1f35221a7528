"""From the commit to an image: pull, train, register, build. Nothing here touches what is in production."""

from __future__ import annotations

from pathlib import Path

from headgate.errors import CouldNotCarryOut
from headgate.lineage.digests import digest
from headgate.record import Data, Image, Model, Run, Verdict
from headgate.record.facts import facts
from headgate.record.statement import write_statement
from headgate.record.store import write
from headgate.registry.base import Candidate, Version
from headgate.workflow import summaries
from headgate.workflow.gated import at_hand
from headgate.workflow.gating import count_late, insist
from headgate.workflow.job import Job

DECISION_PATH = Path(".headgate/decision.json")


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
        trained = made.run
        if job.config.data.push:
            pushed = push(job.config.data, project=job.project, run=job.run, step=step)
            if pushed.nothing_because:
                step.detail(f"nothing pushed: {pushed.nothing_because}")
            trained = trained.model_copy(update={"on_remote": pushed.concerning(*trained.digests)})
        job.records.add(params=made.params, run=trained)
        step.made(summaries.run(trained))
    return trained


def register(job: Job, by_hand: Path | None = None) -> Model:
    """The gated model as a new version of the registry; or a model named by hand, which no gate has seen."""
    candidate = _gated(job) if by_hand is None else _named(job, by_hand)
    with job.console.step("register") as step:
        step.doing("uploading, and downloading again to compare")
        version = job.registry.register(candidate)
        model = _section(job, version, candidate.model_digest, by_hand=by_hand is not None)
        if by_hand is None:
            job.records.add(model=model)
            count_late(job)
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


def _gated(job: Job) -> Candidate:
    """The candidate as the gate saw it.

    Raises:
        ModelChanged: the model or the predictions were changed since.
        NotAtHand, DataIncomplete, DvcFailed: another job made them, and they cannot be fetched.
    """
    run = job.records.need("run", Run)
    verdict = job.records.need("verdict", Verdict)
    insist(job, verdict)
    at_hand(job, run)
    return Candidate(
        name=job.config.model,
        model=job.path(run.model_path),
        model_digest=run.model_digest,
        predictions=None if run.predictions_path is None else job.path(run.predictions_path),
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
