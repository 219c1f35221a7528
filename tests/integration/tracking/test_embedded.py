"""Runs written without MLflow are runs that MLflow reads, adds to, and shows."""

import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import mlflow
import pytest
from mlflow.entities import ViewType

from headgate.tracking import Facts, OpenRun, TrackingUnavailable
from headgate.tracking.embedded import EmbeddedStore

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedStore:
    return EmbeddedStore(tmp_path / "deep" / "mlflow.db")


def opened(store: EmbeddedStore, experiment: str = "animals") -> OpenRun:
    return store.open_run(experiment, name="animals-3f2c1ab", tags={"mlflow.user": "octocat"}, started_at=NOON)


def test_mlflow_reads_what_was_written(store: EmbeddedStore) -> None:
    run = opened(store)
    store.log(run, Facts({"train.lr": 0.1, "f[x]": None}, {"accuracy": 0.5}, {"headgate.commit": "3f2c1ab"}), at=NOON)
    store.end(run, "FINISHED", at=NOON)
    found = mlflow.MlflowClient(tracking_uri=store.uri).get_run(run.id)

    assert found.data.params == {"train.lr": "0.1", "f_x_": "None"}
    assert found.data.metrics == {"accuracy": 0.5}
    assert found.data.tags["headgate.commit"] == "3f2c1ab"
    assert found.data.tags["mlflow.runName"] == found.info.run_name == "animals-3f2c1ab"
    assert (found.info.status, found.info.user_id) == ("FINISHED", "octocat")
    assert found.info.start_time == found.info.end_time == 1795262400000


def test_mlflow_finds_the_artifacts(store: EmbeddedStore, tmp_path: Path) -> None:
    run = opened(store)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_bytes(b"w")
    (tmp_path / "one.csv").write_text("a")
    store.upload(run, tmp_path / "model", under="model")
    store.upload(run, tmp_path / "one.csv", under="predictions")
    client = mlflow.MlflowClient(tracking_uri=store.uri)

    assert Path(client.download_artifacts(run.id, "model/model/weights")).read_bytes() == b"w"
    assert [file.path for file in client.list_artifacts(run.id, "predictions")] == ["predictions/one.csv"]


def test_what_the_pipeline_logged_itself_stays(store: EmbeddedStore) -> None:
    run = opened(store)
    client = mlflow.MlflowClient(tracking_uri=store.uri)
    client.log_param(run.id, "lr", "0.3")
    for step in range(3):
        client.log_metric(run.id, "accuracy", step / 10, step=step)
    at = datetime.now(timezone.utc) + timedelta(minutes=1)  # after what the pipeline logged
    store.log(run, Facts({"lr": 0.1, "depth": 3}, {"accuracy": 0.9}), at=at)
    found = client.get_run(run.id)

    assert found.data.params == {"lr": "0.3", "depth": "3"}
    assert found.data.metrics == {"accuracy": 0.9}
    assert [metric.value for metric in client.get_metric_history(run.id, "accuracy")][:3] == [0.0, 0.1, 0.2]


def test_an_experiment_of_mlflows_own_is_used_with_its_artifact_folder(store: EmbeddedStore, tmp_path: Path) -> None:
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path}/own.db")
    made = client.create_experiment("animals", artifact_location=str(tmp_path / "elsewhere"))
    run = opened(EmbeddedStore(tmp_path / "own.db"))

    assert run.experiment_id == made
    assert run.artifact_uri == f"{tmp_path}/elsewhere/{run.id}/artifacts"


def test_the_default_experiment_is_there_as_mlflow_expects(store: EmbeddedStore) -> None:
    opened(store)
    client = mlflow.MlflowClient(tracking_uri=store.uri)
    names = {experiment.name for experiment in client.search_experiments(view_type=ViewType.ALL)}
    assert names == {"Default", "animals"}


def test_two_trainings_at_once_share_one_database(store: EmbeddedStore) -> None:
    runs: list[OpenRun] = []
    threads = [threading.Thread(target=lambda: runs.append(opened(store))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({run.id for run in runs}) == 8
    assert len({run.experiment_id for run in runs}) == 1


def test_a_deleted_experiment_is_refused_with_how_to_get_it_back(store: EmbeddedStore) -> None:
    run = opened(store)
    mlflow.MlflowClient(tracking_uri=store.uri).delete_experiment(run.experiment_id)
    with pytest.raises(TrackingUnavailable, match="was deleted") as caught:
        opened(store)
    assert caught.value.hint == f"mlflow experiments restore -x {run.experiment_id}"


def test_a_database_of_another_shape_is_refused_before_the_training(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("CREATE TABLE experiments (id INTEGER)")
    with pytest.raises(TrackingUnavailable, match=r"other\.db does not take a run"):
        opened(EmbeddedStore(tmp_path / "other.db"))


def test_a_metrics_table_that_will_not_take_metrics_is_found_out_at_opening(store: EmbeddedStore) -> None:
    opened(store)
    with closing(sqlite3.connect(store.database)) as database:
        database.execute(
            "ALTER TABLE metrics ADD COLUMN unheard_of TEXT NOT NULL DEFAULT 'x' CHECK (unheard_of != 'x')"
        )
    with pytest.raises(TrackingUnavailable, match="CHECK constraint failed"):
        opened(store)
    assert len(mlflow.MlflowClient(tracking_uri=store.uri).search_runs(["1"])) == 1


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text(
        "not a database, but a page of text long enough to be taken for one by its header" * 20
    )
    with pytest.raises(TrackingUnavailable, match="not a database"):
        opened(EmbeddedStore(tmp_path / "x.db"))


def test_an_experiment_in_an_object_store_is_refused_for_its_artifacts(store: EmbeddedStore, tmp_path: Path) -> None:
    opened(store)
    with closing(sqlite3.connect(store.database)) as database:
        database.execute("UPDATE experiments SET artifact_location = 's3://bucket/x' WHERE name = 'animals'")
        database.commit()
    with pytest.raises(TrackingUnavailable, match="s3://bucket/x"):
        opened(store)
