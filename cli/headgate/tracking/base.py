"""What tracking is to headgate: a run that is opened before the pipeline, filled after it, and always ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from headgate.errors import CouldNotCarryOut

Status = Literal["FINISHED", "FAILED", "KILLED"]


class TrackingUnavailable(CouldNotCarryOut):
    """The tracking store did not take what it was given."""

    title = "the run cannot be tracked"


@dataclass(frozen=True)
class OpenRun:
    """A run that has begun.

    Args:
        id: the run's id in the store.
        experiment: the experiment's name.
        experiment_id: the experiment's id in the store.
        artifact_uri: where the run's files go: a folder, `mlflow-artifacts:/…`, or an object store's URI.
        url: the run's page, where the store has pages.
    """

    id: str
    experiment: str
    experiment_id: str
    artifact_uri: str
    url: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is logged of a run. What the pipeline itself logged under the same name is kept for params."""

    params: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class TrackingStore(Protocol):
    """Implemented for sqlite on disk and for a tracking server. Times are UTC.

    `uri` is what MLFLOW_TRACKING_URI says so that MLflow finds the same store from any folder.
    Every method raises TrackingUnavailable when the store does not take what it is given.
    """

    uri: str

    def open_run(self, experiment: str, *, name: str, tags: Mapping[str, str], started_at: datetime) -> OpenRun:
        """Begin a run, and make the experiment if there is none by that name."""

    def log(self, run: OpenRun, facts: Facts, *, at: datetime) -> None:
        """Add params, metrics and tags to what the pipeline logged."""

    def upload(self, run: OpenRun, path: Path, *, under: str = "") -> None:
        """Store a file, or all files of a folder, as plain artifacts in the folder `under` of the run."""

    def end(self, run: OpenRun, status: Status, *, at: datetime) -> None:
        """Say how the run ended."""

    def tags_of(self, run: str) -> dict[str, str] | None:
        """The tags of the run with that id; None when the store has no such run."""


def milliseconds(time: datetime) -> int:
    """MLflow's times: milliseconds since the epoch."""
    return int(time.timestamp() * 1000)
