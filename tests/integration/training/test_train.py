"""A training under tracking: one run per training, ended whatever happens, and nothing half recorded."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import mlflow
import pytest
import wandb
from mlflow.entities import Run as MlflowRun

from headgate.config.models import Tracking, Train
from headgate.console import Console
from headgate.errors import CouldNotCarryOut, MissingExtra
from headgate.lineage.digests import digest
from headgate.lineage.git import Git
from headgate.lineage.params import MetricsUnusable
from headgate.lineage.source import source_of
from headgate.process import ProgramMissing, await_until
from headgate.record import Record
from headgate.tracking import TrackingUnavailable
from headgate.training import OutputMissing, PipelineFailed, TrainingResult, train
from support.mlflow_server import free_port, tracking_server
from support.project import Project

LOGS_ITSELF = """\
import mlflow
with mlflow.start_run(run_name="the team's own"):
    mlflow.log_param("by_pipeline", 1)
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
"""


TELLS_THE_PASSWORD = """\
import os, pathlib
pathlib.Path("seen").write_text(os.environ["MLFLOW_TRACKING_PASSWORD"])
raise SystemExit(os.environ["MLFLOW_TRACKING_PASSWORD"])
"""


# Where DVC is not the point: starting it takes most of a second.
WITHOUT_DVC = {"command": f"{sys.executable} train.py"}


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.make(tmp_path_factory.mktemp("made") / "team" / "animals", rows=100, data={"push": False})


@pytest.fixture
def project(_made: Project, tmp_path: Path) -> Project:
    """Its data is here, nothing is trained."""
    return _made.copy(tmp_path / "team")


@dataclass
class Finished:
    """A training that ended well, for the tests that read what it left."""

    project: Project
    result: TrainingResult


@pytest.fixture(scope="module")
def finished(_made: Project, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    project = _made.copy(tmp_path_factory.mktemp("finished") / "team")
    declared = (project.folder / "dvc.yaml").read_text() + "plots:\n- reports/predictions.csv: {x: id}\n"
    project.write("dvc.yaml", declared)
    return Finished(project, trained(project))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with tracking_server(tmp_path_factory.mktemp("server")) as url:
        yield url


def trained(project: Project, *, tracking: dict[str, Any] | None = None, **config: Any) -> TrainingResult:
    plan = {"model": "models/model.json", "predictions": "reports/predictions.csv", **config}
    record = Record(headgate="0", name="animals", source=source_of(Git(project.folder)))
    with Console(verbosity=1).step("train") as step:
        return train(
            Train.model_validate(plan),
            Tracking.model_validate(tracking or {}),
            record,
            project=project.folder,
            step=step,
        )


def runs(project: Project, uri: str | None = None) -> list[MlflowRun]:
    client = mlflow.MlflowClient(tracking_uri=uri or f"sqlite:///{project.folder}/.headgate/mlflow.db")
    experiment = client.get_experiment_by_name("animals")
    return list(client.search_runs([experiment.experiment_id])) if experiment else []


def working_in(folder: Path) -> list[Path]:
    """Processes that are at work in `folder`."""
    found: list[Path] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found += [process] if (process / "cwd").readlink() == folder else []
    return found


def test_the_record_says_what_was_trained_and_what_it_made(finished: Finished) -> None:
    folder, result = finished.project.folder, finished.result

    assert result.params.values["quality"] == 0.8
    assert result.run.metrics == {"accuracy": 0.82}
    assert result.run.command == "dvc repro"
    assert result.run.model_digest == digest(folder / "models/model.json")
    assert result.run.predictions_digest == digest(folder / "reports/predictions.csv")
    assert result.run.lock == digest(folder / "dvc.lock")
    assert result.run.started_at <= result.run.ended_at <= datetime.now(timezone.utc)


def test_the_run_in_mlflow_has_params_metrics_lineage_and_files(finished: Finished) -> None:
    project, result = finished.project, finished.result
    (run,) = runs(project)
    client = mlflow.MlflowClient(tracking_uri=result.run.tracking)

    assert (run.info.run_id, run.info.status) == (result.run.id, "FINISHED")
    assert run.data.params["quality"] == "0.8"
    assert run.data.metrics == {"accuracy": 0.82}
    assert run.data.tags["headgate.commit"] == Git(project.folder).commit()
    assert run.data.tags["headgate.model_digest"] == result.run.model_digest
    assert digest(Path(client.download_artifacts(run.info.run_id, "model/model.json"))) == result.run.model_digest
    assert client.list_artifacts(run.info.run_id, "predictions")


def test_plots_of_the_pipeline_are_kept_with_the_run(finished: Finished) -> None:
    client = mlflow.MlflowClient(tracking_uri=finished.result.run.tracking)
    assert [file.path for file in client.list_artifacts(finished.result.run.id, "plots")] == ["plots/predictions.csv"]


def test_mlflow_is_never_imported_for_a_run_on_disk(project: Project) -> None:
    plan = "import sys; from headgate.main import main\ntry: main(['train'])\nfinally: print(sorted(sys.modules))"
    project.configure(train={**project.config["train"], **WITHOUT_DVC})
    modules = project.run(sys.executable, "-c", plan)

    assert "'headgate.training.tracked'" in modules
    assert "'mlflow'" not in modules
    assert "'sqlalchemy'" not in modules


def test_the_pipelines_own_logging_lands_in_the_same_run_whatever_ci_has_set(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "77")
    monkeypatch.setenv("MLFLOW_RUN_ID", "f" * 32)
    project.write("train.py", (project.folder / "train.py").read_text() + LOGS_ITSELF)
    trained(project)
    (run,) = runs(project)

    assert run.info.status == "FINISHED"
    assert (run.data.params["by_pipeline"], run.data.params["quality"]) == ("1", "0.8")
    assert (run.data.metrics["accuracy"], run.data.metrics["loss"]) == (0.82, pytest.approx(1 / 3))


def test_a_pipeline_with_nothing_to_do_still_gives_a_whole_run(project: Project) -> None:
    first, second = trained(project), trained(project)

    assert first.run.id != second.run.id
    assert first.run.model_digest == second.run.model_digest
    assert [run.info.status for run in runs(project)] == ["FINISHED", "FINISHED"]
    assert all(run.data.metrics == {"accuracy": 0.82} for run in runs(project))


def test_a_failing_pipeline_is_told_with_its_last_words_and_the_run_is_failed(project: Project) -> None:
    project.params(fails=True)
    with pytest.raises(PipelineFailed) as caught:
        trained(project)

    assert "the pipeline's last words" in caught.value.message
    assert "`dvc repro` exited" in caught.value.message
    (run,) = runs(project)
    assert run.info.status == "FAILED"
    assert "the pipeline's last words" in run.data.tags["headgate.failure"]


def test_a_failing_training_leaves_the_record_as_it_was(project: Project) -> None:
    project.configure(train={**project.config["train"], **WITHOUT_DVC})
    assert project.headgate("train").exit_code == 0
    before = project.record
    project.params(fails=True)
    outcome = project.headgate("train")

    assert outcome.exit_code == 3
    assert "the pipeline's last words" in outcome.stderr
    assert project.record == before


def test_an_interrupted_training_is_killed_with_its_children_and_marked(project: Project) -> None:
    project.params(waits=True)
    running = project.start("train")
    assert await_until((project.folder / "training-started").exists, timeout=60)
    started = time.monotonic()
    outcome = project.interrupt(running)

    assert outcome.exit_code == 130
    assert time.monotonic() - started < 30
    (run,) = runs(project)
    assert run.info.status == "KILLED"
    assert not (project.folder / ".headgate/release.json").exists()
    assert working_in(project.folder) == []


def test_a_cancelled_job_is_an_interrupt_too(project: Project) -> None:
    project.configure(train={**project.config["train"], **WITHOUT_DVC})
    project.params(waits=True)
    running = project.start("train")
    assert await_until((project.folder / "training-started").exists, timeout=60)
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)

    assert running.returncode == 130
    assert [run.info.status for run in runs(project)] == ["KILLED"]


def test_a_training_that_takes_too_long_is_ended(project: Project) -> None:
    project.params(waits=True)
    with pytest.raises(PipelineFailed, match=r"was ended after train\.timeout \(2 s\)"):
        trained(project, timeout="2s", **WITHOUT_DVC)
    assert [run.info.status for run in runs(project)] == ["FAILED"]


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ('{"accuracy": NaN}', "metrics.json: 'accuracy' is nan"),
        ('{"eval": {"f1": Infinity}}', "metrics.json: 'eval.f1' is inf"),
        ("accuracy = 0.5", "metrics.json is not valid JSON"),
    ],
)
def test_metrics_that_cannot_be_used_end_the_training(project: Project, metrics: str, said: str) -> None:
    project.params(metrics=metrics)
    with pytest.raises(MetricsUnusable) as caught:
        trained(project, **WITHOUT_DVC)

    assert said in caught.value.message
    (run,) = runs(project)
    assert run.info.status == "FAILED"
    assert said in run.data.tags["headgate.failure"]


def test_a_missing_metrics_file_names_itself_and_its_key(project: Project) -> None:
    with pytest.raises(MetricsUnusable, match=r"scores\.json does not exist, and train\.metrics names it"):
        trained(project, metrics=["scores.json"], **WITHOUT_DVC)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model": "models/other.bin"}, r"models/other\.bin is not there after the training, and train\.model"),
        ({"predictions": "reports/p.csv"}, r"reports/p\.csv is not there after the training, and train\.predictions"),
    ],
)
def test_a_result_that_is_not_there_is_named_with_its_key(project: Project, config: dict[str, str], said: str) -> None:
    with pytest.raises(OutputMissing, match=said):
        trained(project, **WITHOUT_DVC, **config)


def test_an_empty_model_is_no_model(project: Project) -> None:
    command = f"{sys.executable} -c \"open('empty.bin', 'w')\""
    with pytest.raises(OutputMissing, match=r"empty\.bin is empty"):
        trained(project, command=command, model="empty.bin")


def test_a_program_that_is_not_there_is_named(project: Project) -> None:
    with pytest.raises(ProgramMissing, match="'no-such-program' is not on PATH"):
        trained(project, command="no-such-program --fast")
    assert [run.info.status for run in runs(project)] == ["FAILED"]


def test_a_project_without_dvc_trains_with_its_own_command(project: Project) -> None:
    (project.folder / "dvc.yaml").unlink()
    result = trained(project, **WITHOUT_DVC)
    assert (result.run.metrics, result.run.lock) == ({"accuracy": 0.82}, None)


def test_credentials_of_the_tracking_server_reach_the_pipeline_and_no_log(
    project: Project, server: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "pass-word-of-ci")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ci")
    project.write("train.py", TELLS_THE_PASSWORD)
    with pytest.raises(PipelineFailed) as caught:
        trained(project, tracking={"uri": server, "experiment": "secretive"}, **WITHOUT_DVC)

    assert (project.folder / "seen").read_text() == "pass-word-of-ci"
    assert "pass-word-of-ci" not in caught.value.message
    assert "pass-word-of-ci" not in capfd.readouterr().err


def test_a_server_that_is_down_is_told_before_anything_is_trained(project: Project) -> None:
    with pytest.raises(TrackingUnavailable, match="does not answer"):
        trained(project, tracking={"uri": f"http://127.0.0.1:{free_port()}"})
    assert not (project.folder / "models").exists()


def test_on_a_server_the_run_is_the_same(project: Project, server: str) -> None:
    project.write("train.py", (project.folder / "train.py").read_text() + LOGS_ITSELF)
    result = trained(project, tracking={"uri": server}, **WITHOUT_DVC)
    (run,) = runs(project, server)

    assert (run.info.run_id, run.info.status) == (result.run.id, "FINISHED")
    assert (run.data.params["by_pipeline"], run.data.metrics["accuracy"]) == ("1", 0.82)
    assert result.run.url == f"{server}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"


def test_the_run_is_mirrored_in_wandb_without_a_network(project: Project) -> None:
    result = trained(project, tracking={"wandb": {"project": "animals", "mode": "offline"}}, **WITHOUT_DVC)
    wandb.teardown()  # the process that writes the file for W&B has ended, as it does with headgate's own end
    (written,) = (project.folder / ".headgate" / "wandb").glob(f"offline-run-*-{result.run.id}/*.wandb")

    content = written.read_bytes()
    assert [word for word in (b"accuracy", b"0.82", b"quality", b"headgate.commit") if word not in content] == []


def test_wandb_online_without_a_key_is_told_before_anything_is_trained(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", os.devnull)
    with pytest.raises(CouldNotCarryOut, match="no API key for W&B"):
        trained(project, tracking={"wandb": {"project": "animals"}})
    assert not (project.folder / "models").exists()


def test_wandb_that_is_not_installed_names_its_extra(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingExtra) as caught:
        trained(project, tracking={"wandb": {"project": "animals", "mode": "offline"}})
    assert caught.value.hint == "pip install 'headgate[wandb]'"
