"""Runs on a real MLflow server, over REST alone."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import mlflow
import pytest

from headgate.tracking import Facts, TrackingUnavailable
from headgate.tracking.rest import Server
from headgate.tracking.server import ServerStore
from support.mlflow_server import free_port, tracking_server

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with tracking_server(folder, "--artifacts-destination", str(folder / "artifacts")) as url:
        yield url


def test_a_run_with_everything_arrives(url: str, tmp_path: Path) -> None:
    store = ServerStore(url)
    run = store.open_run("animals", name="animals-3f2c1ab", tags={"mlflow.user": "octocat"}, started_at=NOON)
    client = mlflow.MlflowClient(tracking_uri=url)
    client.log_param(run.id, "lr", "0.3")
    client.log_metric(run.id, "accuracy", 0.1, step=7)
    params = {"lr": 0.1, **{f"p{n}": n for n in range(230)}}
    metrics = {"accuracy": 0.9, **{f"m[{n}]": float(n) for n in range(900)}}
    at = datetime.now(timezone.utc) + timedelta(minutes=1)  # after what the pipeline logged
    store.log(run, Facts(params, metrics, {"headgate.commit": "3f2c1ab"}), at=at)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights ü.bin").write_bytes(b"w" * 100_000)
    store.upload(run, tmp_path / "model", under="model")
    store.end(run, "FINISHED", at=NOON)
    found = client.get_run(run.id)

    assert (found.info.status, found.info.run_name) == ("FINISHED", "animals-3f2c1ab")
    assert (found.data.params["lr"], len(found.data.params)) == ("0.3", 231)
    assert (found.data.metrics["accuracy"], len(found.data.metrics)) == (0.9, 901)
    assert found.data.tags["headgate.commit"] == "3f2c1ab"
    assert run.url == f"{url}/#/experiments/{run.experiment_id}/runs/{run.id}"
    assert Path(client.download_artifacts(run.id, "model/model/weights ü.bin")).read_bytes() == b"w" * 100_000


def test_an_experiment_that_is_there_is_used(url: str) -> None:
    made = mlflow.MlflowClient(tracking_uri=url).create_experiment("there already")
    run = ServerStore(url).open_run("there already", name="r", tags={}, started_at=NOON)
    assert run.experiment_id == made


def test_a_deleted_experiment_is_refused_with_how_to_get_it_back(url: str) -> None:
    client = mlflow.MlflowClient(tracking_uri=url)
    made = client.create_experiment("gone")
    client.delete_experiment(made)
    with pytest.raises(TrackingUnavailable) as caught:
        ServerStore(url).open_run("gone", name="r", tags={}, started_at=NOON)
    assert caught.value.hint == f"mlflow experiments restore -x {made}"


def test_a_name_the_server_does_not_know_itself_by_has_the_hint(url: str) -> None:
    server = Server(url)
    server._session.headers["Host"] = "mlflow:5000"
    with pytest.raises(TrackingUnavailable) as caught:
        ServerStore(url, server=server).open_run("animals", name="r", tags={}, started_at=NOON)
    assert "mlflow server --allowed-hosts" in str(caught.value.hint)


def test_a_server_that_is_down_is_told_in_seconds(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(TrackingUnavailable, match="does not answer"):
        ServerStore(f"http://127.0.0.1:{free_port()}").open_run("animals", name="r", tags={}, started_at=NOON)
    assert time.monotonic() - started < 15


def test_artifacts_that_bypass_the_server_go_with_mlflows_own_client(url: str, tmp_path: Path) -> None:
    mlflow.MlflowClient(tracking_uri=url).create_experiment("direct", artifact_location=str(tmp_path / "direct"))
    store = ServerStore(url)
    run = store.open_run("direct", name="r", tags={}, started_at=NOON)
    (tmp_path / "model.bin").write_bytes(b"w")
    store.upload(run, tmp_path / "model.bin", under="model")

    (found,) = (tmp_path / "direct").rglob("model.bin")
    assert found.parent.name == "model"
