"""The tracked training: a run is opened, the pipeline runs, and the run is ended whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from headgate.config.models import Tracking, Train
from headgate.console import Step
from headgate.errors import CouldNotCarryOut, first_line
from headgate.lineage.dvc_yaml import plot_files
from headgate.lineage.source import now
from headgate.masking import mask
from headgate.process import Runner, run
from headgate.record import Params, Record, Run
from headgate.record.facts import tags
from headgate.tracking import Facts, OpenRun, TrackingStore, open_store
from headgate.tracking.wandb_mirror import Mirror, WandbUnavailable, open_mirror
from headgate.training.outputs import Outputs, collect
from headgate.training.pipeline import Pipeline, PipelineFailed, pipeline_of, variables

_LARGEST_PLOT = 10 * 1024**2  # bytes; beyond that a plot file is data


@dataclass(frozen=True)
class TrainingResult:
    """The two sections of the record that a training fills."""

    params: Params
    run: Run


def train(
    config: Train,
    tracking: Tracking,
    record: Record,
    *,
    project: Path,
    step: Step,
    run: Runner = run,
    clock: Callable[[], datetime] = now,
) -> TrainingResult:
    """Run the pipeline under tracking and collect what it made.

    The run is FINISHED when all of that is logged, KILLED after an interrupt, else FAILED with the log's tail.

    Raises:
        UsageError: no command to run, or a tracking URI that is none.
        TrackingUnavailable: the store does not take the run; before the training where it can be known then.
        PipelineFailed: the pipeline exited non-zero or ran out of time.
        OutputMissing, MetricsUnusable, ParamsUnreadable: what it left is not what the configuration names.
        KeyboardInterrupt: after the pipeline has ended and the run is marked KILLED.
    """
    pipeline = pipeline_of(config, project)
    store = open_store(tracking.uri, project, run=run)
    mirror = open_mirror(tracking.wandb, project / ".headgate") if tracking.wandb else None
    name = f"{record.name}-{record.source.commit[:7]}"
    started = clock()
    open_run = store.open_run(
        tracking.experiment or record.name, name=name, tags=_identity(record, pipeline), started_at=started
    )
    with _ended(store, open_run, clock):
        step.doing(f"running {pipeline}")
        pipeline.train(variables(store, open_run), run=run, on_line=step.detail)
        step.doing("collecting what it made")
        outputs = collect(config, project)
        section = _section(pipeline, store, open_run, outputs, project, started=started, ended=clock())
        facts = _facts(record, outputs, section)
        step.doing("logging the run")
        store.log(open_run, facts, at=clock())
        _upload(store, open_run, outputs, project)
    if mirror is not None:
        _mirror(mirror, open_run, facts, name, step)
    return TrainingResult(outputs.params, section)


@contextmanager
def _ended(store: TrackingStore, run: OpenRun, clock: Callable[[], datetime]) -> Iterator[None]:
    """A run that never stays open: FINISHED, FAILED or KILLED. What went wrong goes on, a dead store or not."""
    try:
        yield
        store.end(run, "FINISHED", at=clock())
    except KeyboardInterrupt:
        with suppress(CouldNotCarryOut):
            store.end(run, "KILLED", at=clock())
        raise
    except BaseException as failure:
        with suppress(CouldNotCarryOut):
            store.end(run, "FAILED", at=clock())
            store.log(run, Facts(tags={"headgate.failure": _told(failure)}), at=clock())
        raise


def _told(failure: BaseException) -> str:
    """What the run's page shows: the reason, and more of the log than an error message has room for."""
    lines = failure.tail if isinstance(failure, PipelineFailed) else ()
    return mask("\n".join([first_line(failure), *lines]))


def _identity(record: Record, pipeline: Pipeline) -> dict[str, str]:
    """Tags that a run has from its beginning: where it comes from, as MLflow's pages show it, and headgate's own."""
    return {
        "mlflow.user": record.source.actor,
        "mlflow.source.name": mask(str(pipeline)),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": record.source.commit,
        **tags(record),
    }


def _section(
    pipeline: Pipeline,
    store: TrackingStore,
    run: OpenRun,
    outputs: Outputs,
    project: Path,
    *,
    started: datetime,
    ended: datetime,
) -> Run:
    """The record's section."""
    return Run(
        id=run.id,
        tracking=mask(store.uri),
        experiment=run.experiment,
        url=run.url,
        command=mask(str(pipeline)),
        metrics=outputs.metrics,
        model_path=outputs.model.relative_to(project).as_posix(),
        model_digest=outputs.model_digest,
        predictions_path=outputs.predictions.relative_to(project).as_posix() if outputs.predictions else None,
        predictions_digest=outputs.predictions_digest,
        lock=outputs.lock,
        started_at=started,
        ended_at=ended,
    )


def _facts(record: Record, outputs: Outputs, section: Run) -> Facts:
    """What is logged at the end: numbers, parameters, and the lineage with the model's digest in it."""
    return Facts(outputs.params.values, outputs.metrics, tags(record.model_copy(update={"run": section})))


def _upload(store: TrackingStore, run: OpenRun, outputs: Outputs, project: Path) -> None:
    """The files as they are. No environment is inferred: the image is what carries it."""
    store.upload(run, outputs.model, under="model")
    if outputs.predictions:
        store.upload(run, outputs.predictions, under="predictions")
    for name in plot_files(project):
        if (project / name).stat().st_size <= _LARGEST_PLOT:
            store.upload(run, project / name, under="plots")


def _mirror(mirror: Mirror, run: OpenRun, facts: Facts, name: str, step: Step) -> None:
    """Show the run in W&B. A mirror that fails takes nothing from the run it was to show."""
    step.doing("mirroring the run in W&B")
    try:
        step.detail(f"W&B: {mirror.log(run, facts, name=name)}")
    except WandbUnavailable as failure:
        step.detail(f"warning: {failure}")
