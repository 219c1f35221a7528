"""A training that fails or leaves rubbish: the run says so, the record stays as it was, nothing goes on."""

import sqlite3

import pytest

from headgate.process import await_until
from support.project import Project


def last_run(project: Project) -> str:
    """The status of the run that began last, as MLflow's own database has it."""
    with sqlite3.connect(project.folder / ".headgate/mlflow.db") as database:
        (status,) = database.execute("SELECT status FROM runs ORDER BY start_time DESC LIMIT 1").fetchone()
    return str(status)


def test_a_pipeline_that_exits_non_zero_ends_the_release_with_its_last_words(gated: Project) -> None:
    before = gated.record
    gated.params(fails=True)
    outcome = gated.headgate("release", "--from", "train", "--until", "gate")

    assert outcome.exit_code == 3
    assert "headgate: the training failed\n" in outcome.stderr
    assert "the pipeline's last words" in outcome.stderr
    assert last_run(gated) == "FAILED"
    assert gated.record == before


@pytest.mark.parametrize("words", [["train"], ["release", "--from", "train", "--until", "gate"]])
def test_ctrl_c_while_it_trains_kills_the_run_and_keeps_the_record(gated: Project, words: list[str]) -> None:
    gated.params(waits=True)
    running = gated.start(*words)
    assert await_until((gated.folder / "training-started").exists, timeout=60)
    before = gated.record
    outcome = gated.interrupt(running)

    assert outcome.exit_code == 130
    assert "headgate: interrupted\n" in outcome.stderr
    assert last_run(gated) == "KILLED"
    assert gated.record == before


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        pytest.param("accuracy: 0.9}", "metrics.json", id="not JSON"),
        pytest.param('{"accuracy": NaN}', "accuracy", id="NaN"),
        pytest.param('{"accuracy": Infinity}', "accuracy", id="inf"),
        pytest.param("[]", "metrics.json", id="a list"),
    ],
)
def test_metrics_that_are_none_never_reach_the_gate(project: Project, metrics: str, said: str) -> None:
    project.params(metrics=metrics)
    outcome = project.headgate("train")

    assert outcome.exit_code == 3
    assert "headgate: the metrics cannot be used\n" in outcome.stderr
    assert "metrics.json" in outcome.stderr
    assert said in outcome.stderr
    assert last_run(project) == "FAILED"
    assert not (project.folder / ".headgate/release.json").exists()


def test_a_metrics_file_that_nobody_writes_is_named(project: Project) -> None:
    project.configure(train={**project.config["train"], "metrics": ["scores.json"]})
    outcome = project.headgate("train")

    assert outcome.exit_code == 3
    assert "scores.json" in outcome.stderr
    assert "train.metrics" in outcome.stderr


@pytest.mark.parametrize("key", ["model", "predictions"])
def test_a_file_that_the_pipeline_does_not_leave_is_named_with_its_key(project: Project, key: str) -> None:
    project.configure(train={**project.config["train"], key: "reports/gone.csv"})
    outcome = project.headgate("train")

    assert outcome.exit_code == 3
    assert f"reports/gone.csv is not there after the training, and train.{key} names it" in outcome.stderr


def test_predictions_changed_after_the_training_are_not_judged(gated: Project) -> None:
    path = gated.folder / "reports/predictions.csv"
    path.write_text(path.read_text().replace("dog", "cat"))
    outcome = gated.headgate("gate")

    assert outcome.exit_code == 3
    assert "reports/predictions.csv is not what the run made" in outcome.stderr


def test_a_project_with_nothing_to_run_says_what_to_set(project: Project) -> None:
    (project.folder / "dvc.yaml").unlink()
    project.configure(train={})
    outcome = project.headgate("train")

    assert outcome.exit_code == 2
    assert "train.command" in outcome.stderr


def test_a_program_that_is_not_there_is_named(project: Project) -> None:
    project.configure(train={**project.config["train"], "command": "no-such-trainer --fast"})
    outcome = project.headgate("train")

    assert outcome.exit_code == 3
    assert "'no-such-trainer' is not on PATH" in outcome.stderr


def test_a_tracking_server_that_is_down_is_found_before_the_training(project: Project) -> None:
    project.configure(tracking={"uri": "http://127.0.0.1:1"})
    project.params(waits=True)
    outcome = project.headgate("train")

    assert outcome.exit_code == 3
    assert "127.0.0.1:1" in outcome.stderr
    assert not (project.folder / "training-started").exists()
