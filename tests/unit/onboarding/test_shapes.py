"""Repositories of every shape: what is found in them, and that what is written is a configuration that works."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate.config import Config, load
from headgate.gate import policy_of
from headgate.gate.policy import PolicyUnusable
from headgate.onboarding import pipeline_folders
from support import shapes
from support.shapes import SHAPES, lay_out

from .conftest import Onboard, Onboarded


def configured(onboarded: Onboarded, tmp_path: Path, path: str = "headgate.yaml") -> Config:
    file = tmp_path / "written" / "headgate.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(onboarded.text(path), encoding="utf-8")
    return load(file)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_written_loads(shape: str, onboard: Onboard, tmp_path: Path) -> None:
    made = onboard(SHAPES[shape])

    config = configured(made, tmp_path)

    assert config.model == ("pool-segmentation" if shape == "dvclive" else "house-prices")
    for file in made.proposal.files:
        if file.path.endswith(".py"):
            ast.parse(file.text)
        elif file.path.endswith((".yaml", ".yml")):
            yaml.safe_load(file.text)


@pytest.mark.parametrize(
    ("shape", "model", "predictions", "metrics"),
    [
        ("get-started", "model.pkl", None, ("eval/metrics.json",)),
        ("dvclive", "models/model.pkl", None, ("results/evaluate/metrics.json",)),
        ("metrics-only", "models/model.joblib", None, ("scores.json",)),
        ("predictions", "artifacts/classifier.joblib", "reports/test_predictions.csv", ("reports/metrics.yaml",)),
        ("predictions-without-id", "artifacts/classifier.joblib", None, ("reports/metrics.yaml",)),
        ("foreach", "models/model.joblib", None, ()),
        ("script-alone", "models/churn_model.cbm", None, ()),
        ("nothing", "models/model.joblib", None, ()),
    ],
)
def test_the_pipelines_files_are_told_apart(
    shape: str, model: str, predictions: str | None, metrics: tuple[str, ...], onboard: Onboard, tmp_path: Path
) -> None:
    train = configured(onboard(SHAPES[shape]), tmp_path).train

    assert (train.model, train.predictions, train.metrics) == (model, predictions, metrics)


@pytest.mark.parametrize(
    ("shape", "rules"),
    [
        ("get-started", {"avg_prec.test": "max_drop 0.01", "roc_auc.test": "max_drop 0.01"}),
        ("dvclive", {"dice_multi": "max_drop 0.01"}),
        ("metrics-only", {"test.rmse": "max_rise 5%", "test.r2": "max_drop 0.01"}),
    ],
)
def test_reported_numbers_are_judged_in_their_direction(
    shape: str, rules: dict[str, str], onboard: Onboard, tmp_path: Path
) -> None:
    reported = configured(onboard(SHAPES[shape]), tmp_path).gate.reported

    assert {
        name: f"max_drop {rule.max_drop}" if rule.max_drop else f"max_rise {rule.max_rise}"
        for name, rule in reported.items()
    } == rules


def test_columns_are_recognized_by_name_and_content(onboard: Onboard, tmp_path: Path) -> None:
    gate = configured(onboard(shapes.PREDICTIONS), tmp_path).gate

    assert gate.columns.model_dump(include={"id", "label", "prediction", "score"}) == {
        "id": "tweet_id",
        "label": "y_true",
        "prediction": "y_pred",
        "score": "proba",
    }
    assert list(gate.metrics) == ["accuracy", "f1_macro", "roc_auc", "log_loss"]
    assert gate.metrics["accuracy"].min is not None
    assert gate.metrics["accuracy"].min.value == 0.75


def test_numbers_with_fractions_are_judged_as_a_regression(onboard: Onboard, tmp_path: Path) -> None:
    gate = configured(onboard(shapes.REGRESSION), tmp_path).gate

    assert list(gate.metrics) == ["rmse", "mae"]


def test_predictions_without_an_id_are_no_use_and_it_says_why(onboard: Onboard, tmp_path: Path) -> None:
    made = onboard(shapes.WITHOUT_ID)

    assert configured(made, tmp_path).gate.metrics == {}
    assert "if it had a column for: id (it has: actual, predicted)" in made.left


def test_a_pipeline_that_nothing_can_judge_yet_is_said_to_be_so(onboard: Onboard, tmp_path: Path) -> None:
    made = onboard(shapes.FOREACH)

    with pytest.raises(PolicyUnusable):
        policy_of(configured(made, tmp_path).gate)
    assert "The gate has no check yet and lets nothing through" in made.left


@pytest.mark.parametrize("shape", ["get-started", "dvclive", "metrics-only", "predictions", "regression"])
def test_the_policy_is_one_that_the_gate_takes(shape: str, onboard: Onboard, tmp_path: Path) -> None:
    config = configured(onboard(SHAPES[shape]), tmp_path)

    policy_of(config.gate)
    assert config.gate.metrics or config.gate.reported


def test_every_folder_with_stages_is_a_pipeline(tmp_path: Path) -> None:
    assert pipeline_folders(lay_out(tmp_path, shapes.MONOREPO)) == ("churn", "demand")


def test_one_pipeline_of_several_has_a_configuration_of_its_own(onboard: Onboard, tmp_path: Path) -> None:
    churn = onboard(shapes.MONOREPO, folder="churn")
    demand = onboard(shapes.MONOREPO, folder="demand")

    config = configured(churn, tmp_path, "churn/headgate.yaml")
    assert (config.model, config.train.model) == ("churn", "model.joblib")
    config = configured(demand, tmp_path, "demand/headgate.yaml")
    assert (config.model, config.train.model) == ("demand", "forecaster.onnx")


def test_notebooks_are_run_and_the_way_out_is_shown(onboard: Onboard, tmp_path: Path) -> None:
    made = onboard(shapes.NOTEBOOKS)

    command = configured(made, tmp_path).train.command
    assert command is not None
    assert command.startswith("jupyter nbconvert")
    assert "Training is in notebooks" in made.left


def test_the_server_that_the_code_names_is_the_tracking_server(onboard: Onboard, tmp_path: Path) -> None:
    made = onboard(shapes.SCRIPT_ALONE)

    config = configured(made, tmp_path)
    assert config.tracking.uri == "https://mlflow.example.com"
    assert config.train.command == "python src/train.py"
    assert "catboost==1.2.5" in made.text("requirements-serve.txt")


@pytest.mark.parametrize(
    ("shape", "port", "health", "command"),
    [
        ("flask", 8000, "/ping", '["gunicorn", "--bind", "0.0.0.0:8000", "api.server:app"]'),
        ("streamlit", 8501, "/_stcore/health", '["streamlit", "run", "app.py", "--server.port=8501"'),
        ("get-started", 8000, "/health", '["uvicorn", "serve:app"'),
    ],
)
def test_a_service_of_any_framework_gets_an_image(
    shape: str, port: int, health: str, command: str, onboard: Onboard, tmp_path: Path
) -> None:
    made = onboard(SHAPES[shape])

    config = configured(made, tmp_path)
    assert (config.deploy.container_port, config.health.path) == (port, health)
    assert f"CMD {command}" in made.text("Dockerfile")
    assert "USER app" in made.text("Dockerfile")


def test_other_frameworks_are_told_what_is_asked_of_them(onboard: Onboard) -> None:
    said = onboard(shapes.FLASK).left

    assert "answers 200 on health.path when it is ready; /ping does" in said


def test_a_dockerfile_that_is_there_is_used_as_it_is(onboard: Onboard, tmp_path: Path) -> None:
    made = onboard(shapes.FASTAPI_IN_DOCKER)

    config = configured(made, tmp_path)
    assert (config.image.dockerfile, config.deploy.container_port) == ("docker/Dockerfile", 9000)
    assert config.health.path == "/healthz"
    assert not {"Dockerfile", "serve.py", "requirements-serve.txt"} & set(made.paths)
    assert 'instrument(service, model_path="model.pkl")' in made.left


def test_a_workflow_that_trains_already_is_named(onboard: Onboard) -> None:
    assert ".github/workflows/cml.yaml trains on its own" in onboard(shapes.FASTAPI_IN_DOCKER).left


@pytest.mark.parametrize(
    "needs",
    [
        "dvc[gdrive] and the secret GDRIVE_CREDENTIALS_DATA for the DVC remote 'drive'",
        "dvc remote modify drive gdrive_use_service_account true",
        "dvc[s3] and the secrets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY for the DVC remote 'bucket'",
        "the secret DAGSHUB_TOKEN for the DVC remote 'hub'",
        'dvc remote modify --local hub password "$DAGSHUB_TOKEN"',
        "dvc[ssh]",
        "dvc[azure] and the secret AZURE_STORAGE_CONNECTION_STRING for the DVC remote 'lake'",
        "It is a folder on this machine",
    ],
)
def test_each_kind_of_remote_says_what_a_workflow_needs(needs: str, onboard: Onboard) -> None:
    assert needs in onboard(shapes.REMOTES).left


def test_credentials_in_git_are_an_alarm_that_does_not_repeat_them(onboard: Onboard) -> None:
    made = onboard(shapes.SECRETS, tracked=(".env",))

    alarms = "\n".join(made.proposal.alarms)
    assert ".dvc/config:6 (secret_access_key of the remote 'bucket')" in alarms
    assert ".dvc/config:8 (url of the remote 'vps')" in alarms
    assert "dvc remote modify --unset bucket secret_access_key" in alarms
    assert "dvc remote modify --local bucket secret_access_key <a new one>" in alarms
    assert "revoke" in alarms
    assert "git rm --cached .env" in alarms
    everything = alarms + made.left + "".join(file.text for file in made.proposal.files)
    for secret in ("AKIAEXAMPLE", "very-secret-value", "hunter2"):
        assert secret not in everything


def test_names_of_files_cannot_become_keys(onboard: Onboard, tmp_path: Path) -> None:
    config: Any = configured(onboard(shapes.HOSTILE), tmp_path)

    assert config.train.model == "models/a model: {evil} # \n.joblib"
    assert config.train.metrics == ("m \n gate: {}.json",)
    assert set(config.gate.reported) == {"accuracy: {max: 0}", "acc\nuracy", "\u202eaccuracy"}
