"""The user's pipeline as a child process: what is run, with which variables, and what it said last."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from headgate.config.models import Train
from headgate.errors import CouldNotCarryOut, UsageError
from headgate.lineage.dvc import program
from headgate.lineage.dvc_yaml import PIPELINE
from headgate.masking import mask
from headgate.process import Runner, TimedOut
from headgate.tracking import OpenRun, TrackingStore

_SHOWN = 15  # lines of the log in an error: enough for a traceback's end


class PipelineFailed(CouldNotCarryOut):
    """The pipeline exited non-zero, could not be started, or was given no more time.

    Args:
        what: what happened, as a sentence.
        tail: its last lines.
        hint: what to do next.
    """

    title = "the training failed"

    def __init__(self, what: str, tail: tuple[str, ...], *, hint: str | None = None) -> None:
        last = [mask(line) for line in tail if line.strip()][-_SHOWN:]
        super().__init__("\n".join([what, *(f"  {line}" for line in last)]), hint=hint)
        self.tail = tuple(last)


@dataclass(frozen=True)
class Pipeline:
    """The command that trains.

    Args:
        argv: the program and its arguments.
        project: where it runs.
        timeout: seconds before it is ended.
    """

    argv: tuple[str, ...]
    project: Path
    timeout: float

    def __str__(self) -> str:
        return shlex.join(self.argv)

    def _found(self) -> tuple[str, ...]:
        """The words to run; `dvc` may be installed beside headgate without being on PATH."""
        return (program(), *self.argv[1:]) if self.argv[0] == "dvc" else self.argv

    def train(self, env: Mapping[str, str], *, run: Runner, on_line: Callable[[str], None]) -> None:
        """Run it to its end; every line it writes goes to `on_line`.

        Raises:
            PipelineFailed: it exited non-zero or ran out of time; with the log's tail.
            ProgramMissing: there is no such program.
            KeyboardInterrupt: passed on after the pipeline has ended.
        """
        try:
            completed = run(self._found(), cwd=self.project, env=env, timeout=self.timeout, on_line=on_line)
        except TimedOut as late:
            raise PipelineFailed(
                f"`{self}` was ended after train.timeout ({self.timeout:g} s). Its last lines:",
                late.tail,
                hint="Raise train.timeout in headgate.yaml, or find out what it waits for.",
            ) from late
        if not completed.ok:
            raise PipelineFailed(
                f"`{self}` exited {completed.returncode}. Its last lines:",
                completed.tail,
                hint=f"{self}  (here, to see all of it)",
            )


def pipeline_of(config: Train, project: Path) -> Pipeline:
    """The configured command, or `dvc repro` where there is a dvc.yaml.

    Raises:
        UsageError: no command and no dvc.yaml, or a command with an open quote.
    """
    command = config.command
    if command is None:
        if not (project / PIPELINE).is_file():
            raise UsageError(
                f"There is no dvc.yaml in {project}, and headgate.yaml gives no train.command.",
                hint="Set train.command, e.g. `python train.py`.",
            )
        command = "dvc repro"
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"train.command `{command}` cannot be split into words: {error}.") from error
    if not argv:
        raise UsageError("train.command is empty.", hint="Leave it out for `dvc repro`.")
    return Pipeline(tuple(argv), project, config.timeout)


def variables(store: TrackingStore, run: OpenRun) -> dict[str, str]:
    """What makes the pipeline's own MLflow logging land in the run that is open.

    The experiment's id too: one that CI sets for other jobs would contradict its name.
    """
    return {
        "MLFLOW_TRACKING_URI": store.uri,
        "MLFLOW_EXPERIMENT_NAME": run.experiment,
        "MLFLOW_EXPERIMENT_ID": run.experiment_id,
        "MLFLOW_RUN_ID": run.id,
    }
