"""Runs on a tracking server over plain REST: none of MLflow's imports, short waits before a training, long after."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from headgate.errors import MissingExtra
from headgate.tracking import limits
from headgate.tracking.base import Facts, OpenRun, Status, TrackingUnavailable, milliseconds
from headgate.tracking.rest import AFTER, BEFORE, Server, ServerRefused
from headgate.tracking.shadow import in_the_shadow

_PROXIED = "mlflow-artifacts"


class ServerStore:
    """The store behind an MLflow server.

    Args:
        uri: as configured, credentials included: the pipeline gets it as MLFLOW_TRACKING_URI.
        server: how it is asked.
    """

    def __init__(self, uri: str, *, server: Server | None = None) -> None:
        self.uri = uri
        self._server = server or Server(uri)
        self._client: Future[Any] | None = None

    def open_run(self, experiment: str, *, name: str, tags: Mapping[str, str], started_at: datetime) -> OpenRun:
        """Begin a run, and make the experiment if there is none by that name.

        Where the server leaves the artifacts to its clients (no proxy), MLflow is loaded beside the training.
        """
        experiment_id = self._experiment(experiment)
        answer = self._server.call(
            "POST",
            "mlflow/runs/create",
            json={
                "experiment_id": experiment_id,
                "run_name": name,
                "user_id": tags.get("mlflow.user", ""),
                "start_time": milliseconds(started_at),
                "tags": _pairs({limits.key(key): limits.tag(value) for key, value in tags.items()}),
            },
        )
        info = answer["run"]["info"]
        page = f"{self._server.url}/#/experiments/{experiment_id}/runs/{info['run_id']}"
        run = OpenRun(info["run_id"], experiment, experiment_id, info["artifact_uri"], page)
        if not _is_proxied(run):
            self._client = in_the_shadow(lambda: _mlflow_client(self.uri))
        return run

    def log(self, run: OpenRun, facts: Facts, *, at: datetime) -> None:
        """Add params, metrics and tags to what the pipeline logged, in as few requests as MLflow's limits allow."""
        data = self._server.call("GET", "mlflow/runs/get", params={"run_id": run.id}, patience=AFTER)["run"]["data"]
        there = {param["key"] for param in data.get("params", ())}
        steps = {metric["key"]: int(metric.get("step", 0)) for metric in data.get("metrics", ())}
        params = {limits.key(key): limits.param(value) for key, value in facts.params.items()}
        tags = {limits.key(key): limits.tag(value) for key, value in facts.tags.items()}
        metrics = [
            {"key": key, "value": value, "timestamp": milliseconds(at), "step": steps.get(key, 0)}
            for key, value in ((limits.key(name), value) for name, value in facts.metrics.items())
        ]
        for some_params, some_tags, some_metrics in zip_longest(
            limits.batches(_pairs({key: value for key, value in params.items() if key not in there}), limits.PARAMS),
            limits.batches(_pairs(tags), limits.TAGS),
            limits.batches(metrics, limits.METRICS),
            fillvalue=(),
        ):
            batch = {"params": list(some_params), "tags": list(some_tags), "metrics": list(some_metrics)}
            self._server.call("POST", "mlflow/runs/log-batch", json={"run_id": run.id, **batch}, patience=AFTER)

    def upload(self, run: OpenRun, path: Path, *, under: str = "") -> None:
        """Store a file, or all files of a folder, through the server's proxy; else with MLflow's own client."""
        if self._client is not None:
            _upload_by_client(self._client, run, path, under)
            return
        root = urlsplit(run.artifact_uri).path.strip("/")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                name = "/".join(part for part in (root, under, file.relative_to(path.parent).as_posix()) if part)
                with file.open("rb") as content:
                    self._server.put(f"mlflow-artifacts/artifacts/{quote(name)}", content)

    def end(self, run: OpenRun, status: Status, *, at: datetime) -> None:
        """Say how the run ended; not for long when there is nothing more to lose."""
        body = {"run_id": run.id, "status": status, "end_time": milliseconds(at)}
        patience = AFTER if status == "FINISHED" else BEFORE
        self._server.call("POST", "mlflow/runs/update", json=body, patience=patience)

    def tags_of(self, run: str) -> dict[str, str] | None:
        """The tags of the run with that id."""
        try:
            answer = self._server.call("GET", "mlflow/runs/get", params={"run_id": run})
        except ServerRefused as refused:
            if refused.code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None
        return {tag["key"]: tag["value"] for tag in answer["run"]["data"].get("tags", ())}

    def _experiment(self, name: str) -> str:
        """The id of the experiment `name`, made when the server says that there is none."""
        try:
            answer = self._server.call("GET", "mlflow/experiments/get-by-name", params={"experiment_name": name})
        except ServerRefused as refused:
            if refused.code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return self._new_experiment(name)
        found = answer["experiment"]
        if found.get("lifecycle_stage") == "deleted":
            raise TrackingUnavailable(
                f"The experiment '{name}' on {self._server.url} was deleted.",
                hint=f"mlflow experiments restore -x {found['experiment_id']}",
            )
        return str(found["experiment_id"])

    def _new_experiment(self, name: str) -> str:
        try:
            return str(self._server.call("POST", "mlflow/experiments/create", json={"name": name})["experiment_id"])
        except ServerRefused as refused:
            if refused.code != "RESOURCE_ALREADY_EXISTS":  # another training was quicker
                raise
            return self._experiment(name)


def _is_proxied(run: OpenRun) -> bool:
    parts = urlsplit(run.artifact_uri)
    return parts.scheme == _PROXIED and not parts.netloc


def _mlflow_client(uri: str) -> Any:
    """MLflow's client, which knows every object store.

    Raises:
        MissingExtra: MLflow is not installed.
    """
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise MissingExtra("An MLflow server whose artifacts go straight to an object store", "mlflow") from error
    return MlflowClient(tracking_uri=uri)


def _upload_by_client(client: Future[Any], run: OpenRun, path: Path, under: str) -> None:
    """MLflow raises whatever the object store's library raises: all of it means that the file is not there."""
    ready = client.result()
    try:
        if path.is_dir():
            ready.log_artifacts(run.id, str(path), f"{under}/{path.name}".strip("/"))
        else:
            ready.log_artifact(run.id, str(path), under or None)
    except Exception as error:
        raise TrackingUnavailable(f"{path.name} cannot be stored at {run.artifact_uri}: {error}") from error


def _pairs(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]
