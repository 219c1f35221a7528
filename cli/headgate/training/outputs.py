"""What the pipeline left behind: read, checked and hashed once it is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from headgate.config.models import Train
from headgate.errors import CouldNotCarryOut
from headgate.lineage.digests import digest
from headgate.lineage.dvc_files import LOCK
from headgate.lineage.params import read_metrics, read_params
from headgate.record import Params


class OutputMissing(CouldNotCarryOut):
    """The pipeline ended well and did not leave what the configuration promises."""

    title = "the training left something out"


@dataclass(frozen=True)
class Outputs:
    """The results of a training; digests are `sha256:…`."""

    params: Params
    metrics: dict[str, float]
    model: Path
    model_digest: str
    predictions: Path | None
    predictions_digest: str | None
    lock: str | None


def collect(config: Train, project: Path) -> Outputs:
    """Everything that the configuration names, as it is now.

    Raises:
        OutputMissing: the model or the predictions are not there, or empty.
        MetricsUnusable, ParamsUnreadable: a file that is missing or malformed; names file and key.
    """
    model = _present(project, config.model, "model")
    predictions = _present(project, config.predictions, "predictions") if config.predictions else None
    lock = project / LOCK
    return Outputs(
        params=read_params(project, config.params, optional="params" not in config.model_fields_set),
        metrics=read_metrics(project, config.metrics),
        model=model,
        model_digest=digest(model),
        predictions=predictions,
        predictions_digest=digest(predictions) if predictions else None,
        lock=digest(lock) if lock.is_file() else None,
    )


def _present(project: Path, name: str, key: str) -> Path:
    """The file or folder `name`, with something in it."""
    path = project / name
    if not path.exists():
        raise OutputMissing(
            f"{name} is not there after the training, and train.{key} names it.",
            hint=f"Let the pipeline write {name}, or set train.{key} to what it does write.",
        )
    empty = not any(path.iterdir()) if path.is_dir() else path.stat().st_size == 0
    if empty:
        raise OutputMissing(f"{name} is empty after the training.", hint=f"See what the pipeline writes to {name}.")
    return path
