"""The runs behind registered versions: where MLflow keeps their artifacts and their numbers."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from headgate.masking import mask
from headgate.registry.base import Artifact, ArtifactDamaged, Candidate
from headgate.registry.integrity import incoming
from headgate.registry.mlflow_client import NotThere, asking, database
from headgate.registry.notes import finite

if TYPE_CHECKING:
    from mlflow import MlflowClient

_FOLDER = "registered"  # in the run's artifacts
_ENOUGH = 12  # hex digits of a digest that keep the artifacts of one run apart
_LEFT = "The version stays as it is, and is no use without its artifact: promote or roll back to another one"


@dataclass(frozen=True)
class RunFacts:
    """What a run measured, and its tags."""

    metrics: Mapping[str, float]
    tags: Mapping[str, str]


class Runs:
    """The runs of one MLflow store.

    Args:
        client: MLflow's client.
        uri: the located URI.
        experiment: where a run is made for a candidate that has none in this store.
    """

    def __init__(self, client: MlflowClient, uri: str, experiment: str) -> None:
        self._client = client
        self._uri = uri
        self._experiment = experiment

    def read(self, run: str | None) -> RunFacts:
        """A run's facts; empty when the store has no such run, or has forgotten it."""
        if not run:
            return RunFacts({}, {})
        try:
            with asking(self._uri):
                data = self._client.get_run(run).data
        except NotThere:
            return RunFacts({}, {})
        return RunFacts({name: value for name, value in data.metrics.items() if math.isfinite(value)}, data.tags)

    def of(self, candidate: Candidate) -> str:
        """The candidate's run where it is in this store, else a new one with its numbers."""
        if candidate.run is not None and self._has(candidate.run):
            return candidate.run
        with asking(self._uri):
            run = str(self._client.create_run(self._experiment_id(), run_name=f"register {candidate.name}").info.run_id)
            for name, value in finite(candidate).items():
                self._client.log_metric(run, name, value)
            self._client.set_terminated(run)
        return run

    def keep(self, run: str, role: Artifact, path: Path, digest: str) -> str:
        """The path in the run where `path` lies, and comes back from as it went: the training's upload, or a new one.

        Raises:
            ArtifactDamaged: MLflow gives back something else than it was given.
        """
        trained = f"{role}/{path.resolve().name}"
        if self._comes_back(run, trained, digest):
            return trained
        uploaded = self._upload(run, path, digest)
        with tempfile.TemporaryDirectory(prefix="headgate-") as folder:
            self.download(run, uploaded, Path(folder), digest)
        return uploaded

    def _comes_back(self, run: str, path: str, digest: str) -> bool:
        with tempfile.TemporaryDirectory(prefix="headgate-") as folder:
            try:
                self.download(run, path, Path(folder), digest)
            except ArtifactDamaged:
                return False
        return True

    def _upload(self, run: str, path: Path, digest: str) -> str:
        """Log a file or folder; its path in the run, which the digest keeps apart from what is registered later."""
        folder = f"{_FOLDER}/{digest.removeprefix('sha256:')[:_ENOUGH]}"
        place = path.resolve()
        with asking(self._uri):
            if place.is_dir():
                self._client.log_artifacts(run, str(place), f"{folder}/{place.name}")
            else:
                self._client.log_artifact(run, str(place), folder)
        return f"{folder}/{place.name}"

    def download(self, run: str, path: str, into: Path, digest: str | None) -> Path:
        """The file or folder at `path` of the run, below `into`, its digest verified where one is known.

        Raises:
            ArtifactDamaged: it is gone, or not what was stored.
        """
        inside = PurePosixPath(path)
        gone = ArtifactDamaged(
            f"'{inside.name}' is not at {path} of run {run} in MLflow at {mask(self._uri)} any more.", hint=_LEFT
        )
        try:
            with asking(self._uri), tempfile.TemporaryDirectory(prefix="headgate-") as folder:
                # Asked apart: what a download of nothing says depends on where MLflow keeps its artifacts. The path is
                # a tag's, and a server's word: it must not name a place outside of the folder.
                if ".." in inside.parts or path not in {
                    file.path for file in self._client.list_artifacts(run, inside.parent.as_posix())
                }:
                    raise gone
                found = _moved(Path(self._client.download_artifacts(run, path, folder)), into / inside.name)
        except NotThere as error:
            raise gone from error
        if digest is not None:
            incoming(found, digest, source=f"{path} of run {run} in MLflow at {mask(self._uri)}", hint=_LEFT)
        return found

    def _has(self, run: str) -> bool:
        try:
            with asking(self._uri):
                return str(self._client.get_run(run).info.lifecycle_stage) == "active"
        except NotThere:
            return False

    def _experiment_id(self) -> str:
        found = self._client.get_experiment_by_name(self._experiment)
        if found is not None:
            return str(found.experiment_id)
        file = database(self._uri)  # MLflow would put artifacts into the folder the command happens to run in
        location = str(file.parent / "artifacts" / self._experiment) if file else None
        return str(self._client.create_experiment(self._experiment, artifact_location=location))


def _moved(found: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    return Path(shutil.move(found, target))
