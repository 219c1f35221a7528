"""Repositories of many shapes, as DVC's documentation and public projects have them: files by path, nothing run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str]

GET_STARTED: Files = {
    "dvc.yaml": """\
stages:
  prepare:
    cmd: python src/prepare.py data/data.xml
    deps: [data/data.xml, src/prepare.py]
    params: [prepare.seed, prepare.split]
    outs: [data/prepared]
  featurize:
    cmd: python src/featurization.py data/prepared data/features
    deps: [data/prepared, src/featurization.py]
    params: [featurize.max_features, featurize.ngrams]
    outs: [data/features]
  train:
    cmd: python src/train.py data/features model.pkl
    deps: [data/features, src/train.py]
    params: [train.min_split, train.n_est, train.seed]
    outs: [model.pkl]
  evaluate:
    cmd: python src/evaluate.py model.pkl data/features
    deps: [data/features, model.pkl, src/evaluate.py]
    outs: [eval]
metrics:
  - eval/metrics.json
plots:
  - ROC:
      template: simple
      y: {eval/plots/sklearn/roc/train.json: tpr, eval/plots/sklearn/roc/test.json: tpr}
""",
    "dvc.lock": "schema: '2.0'\nstages: {}\n",
    "params.yaml": "prepare: {split: 0.2, seed: 1}\ntrain: {n_est: 50}\n",
    "eval/metrics.json": json.dumps(
        {"avg_prec": {"train": 0.97, "test": 0.91}, "roc_auc": {"train": 0.98, "test": 0.94}}
    ),
    "data/data.xml.dvc": "outs:\n- md5: 22a1a2931c8370d3aeedd7183606fd7f\n  size: 14445097\n  path: data.xml\n",
    ".dvc/config": "[core]\n    remote = storage\n['remote \"storage\"']\n    url = https://remote.example.com/get-started\n",
    "src/requirements.txt": "dvc[s3]>=3\n",
}

DVCLIVE: Files = {
    "dvc.yaml": """\
stages:
  data_split:
    cmd: python src/data_split.py
    deps: [data/pool_data, src/data_split.py]
    params: [base, data_split]
    outs: [data/train_data, data/test_data]
  train:
    cmd: python src/train.py
    deps: [data/train_data, src/train.py]
    params: [base, train]
    outs:
      - models/model.pkl
      - results/train: {cache: false}
  evaluate:
    cmd: python src/evaluate.py
    deps: [data/test_data, models/model.pkl]
    params: [base, evaluate]
    outs:
      - results/evaluate: {cache: false}
metrics: [results/evaluate/metrics.json]
artifacts:
  pool-segmentation:
    path: models/model.pkl
    type: model
    desc: The model that finds pools
""",
    "params.yaml": "base: {random_seed: 42}\n",
    "results/evaluate/dvc.yaml": "metrics: [metrics.json]\nplots: [images]\n",
    "results/evaluate/metrics.json": json.dumps({"dice_multi": 0.88, "step": 3}),
    ".dvc/config": "",
}

METRICS_ONLY: Files = {
    "dvc.yaml": "stages:\n  evaluate:\n    cmd: python evaluate.py\n    metrics: [scores.json: {cache: false}]\n",
    "scores.json": json.dumps(
        {"test": {"rmse": 12.5, "r2": 0.81}, "train": {"rmse": 9.1}, "fit_seconds": 40, "epoch": 3}
    ),
    ".dvc/config": "",
}

PREDICTIONS: Files = {
    "dvc.yaml": """\
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params:
      - conf/model.yaml: [depth]
    outs: [artifacts/vectorizer.pkl, artifacts/classifier.joblib]
  evaluate:
    cmd: python evaluate.py
    outs: [reports/test_predictions.csv]
    metrics: [reports/metrics.yaml: {cache: false}]
""",
    "conf/model.yaml": "depth: 3\n",
    "reports/metrics.yaml": "accuracy: 0.8\n",
    "reports/test_predictions.csv": "tweet_id,y_true,y_pred,proba\n" + "".join(
        f"t{row},{row % 2},{row % 3 % 2},0.{row + 10}\n" for row in range(60)
    ),
    ".dvc/config": "",
}  # fmt: skip

WITHOUT_ID: Files = {
    **PREDICTIONS,
    "reports/test_predictions.csv": "actual,predicted\ncat,cat\ndog,cat\ncat,dog\n",
}

REGRESSION: Files = {
    **PREDICTIONS,
    "reports/test_predictions.csv": "id,target,prediction\n" + "".join(f"{n},{n * 1.5},{n * 1.4}\n" for n in range(50)),
}

FOREACH: Files = {
    "dvc.yaml": """\
vars: [params.yaml]
stages:
  train:
    foreach: [uk, us]
    do:
      cmd: python train.py ${item}
      outs: ["models/${item}.joblib"]
      metrics: ["metrics/${item}.json": {cache: false}]
""",
    "params.yaml": "depth: 3\n",
    ".dvc/config": "",
}

MONOREPO: Files = {
    "churn/dvc.yaml": "stages:\n  train:\n    cmd: python train.py\n    outs: [model.joblib]\n",
    "demand/dvc.yaml": "stages:\n  fit:\n    cmd: python fit.py\n    wdir: ..\n    outs: [demand/forecaster.onnx]\n",
    "demand/dvclive/dvc.yaml": "metrics: [metrics.json]\n",
    "{{cookiecutter.name}}/dvc.yaml": "stages:\n  train:\n    cmd: python train.py\n",
    ".dvc/config": "",
}

NOTEBOOKS: Files = {
    "notebooks/01-explore.ipynb": "{}",
    "notebooks/02-train.ipynb": "{}",
    "data/houses.csv.dvc": "outs:\n- md5: 22a1a2931c8370d3aeedd7183606fd7f\n  size: 5\n  path: houses.csv\n",
    ".dvc/config": "",
}

SCRIPT_ALONE: Files = {
    "src/train.py": "import mlflow\nmlflow.set_tracking_uri('https://mlflow.example.com')\n",
    "models/churn_model.cbm": "not really\n",
    "requirements.txt": "catboost==1.2.5\npandas>=2\n",
}

FLASK: Files = {
    **METRICS_ONLY,
    "api/server.py": "from flask import Flask\napp = Flask(__name__)\n\n\n@app.route('/predict', methods=['POST'])\n"
    "def predict():\n    return {}\n\n\n@app.route('/ping')\ndef ping():\n    return 'ok'\n",
}

STREAMLIT: Files = {**METRICS_ONLY, "app.py": "import streamlit as st\n\nst.title('Houses')\n"}

FASTAPI_IN_DOCKER: Files = {
    **GET_STARTED,
    "app/main.py": "import fastapi\n\nservice = fastapi.FastAPI()\n\n\n@service.get('/healthz')\ndef up(): ...\n",
    "docker/train.Dockerfile": "FROM python:3.11\n",
    "docker/Dockerfile": 'FROM python:3.11-slim\nCMD ["uvicorn", "app.main:service", "--port", "9000"]\n',
    ".github/workflows/cml.yaml": "jobs: {train: {steps: [{run: dvc repro}, {uses: iterative/setup-cml@v2}]}}\n",
}

SECRETS: Files = {
    **METRICS_ONLY,
    ".dvc/config": """\
[core]
    remote = bucket
['remote "bucket"']
    url = s3://team-bucket/store
    access_key_id = AKIAEXAMPLE
    secret_access_key = very-secret-value
['remote "vps"']
    url = ssh://deploy:hunter2hunter2@203.0.113.10/srv/dvc
""",
}

REMOTES: Files = {
    **METRICS_ONLY,
    ".dvc/config": """\
[core]
    remote = drive
['remote "drive"']
    url = gdrive://1a2b3c/store
['remote "bucket"']
    url = s3://team-bucket/store
['remote "hub"']
    url = https://dagshub.com/octocat/houses.dvc
['remote "vps"']
    url = ssh://203.0.113.10/srv/dvc
['remote "lake"']
    url = azure://container/path
['remote "disk"']
    url = ../storage
""",
}

NOTHING: Files = {"README.md": "# A project\n"}

HOSTILE: Files = {
    "dvc.yaml": json.dumps(
        {
            "stages": {
                "train: {x: y}": {
                    "cmd": "true",
                    "outs": ["models/a model: {evil} # \n.joblib"],
                    "metrics": ["m \n gate: {}.json"],
                }
            }
        }
    ),
    "m \n gate: {}.json": json.dumps({"accuracy: {max: 0}": 0.5, "acc\nuracy": 0.5, "\u202eaccuracy": 0.5}),
    ".dvc/config": "",
}

SHAPES: Mapping[str, Files] = {
    "get-started": GET_STARTED,
    "dvclive": DVCLIVE,
    "metrics-only": METRICS_ONLY,
    "predictions": PREDICTIONS,
    "predictions-without-id": WITHOUT_ID,
    "regression": REGRESSION,
    "foreach": FOREACH,
    "notebooks": NOTEBOOKS,
    "script-alone": SCRIPT_ALONE,
    "flask": FLASK,
    "streamlit": STREAMLIT,
    "fastapi-in-docker": FASTAPI_IN_DOCKER,
    "secrets": SECRETS,
    "remotes": REMOTES,
    "nothing": NOTHING,
    "hostile-names": HOSTILE,
}


def lay_out(folder: Path, files: Files) -> Path:
    """The files below `folder`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if any(name.startswith(".dvc/") for name in files):
        (folder / ".dvc" / "tmp").mkdir(exist_ok=True)
    return folder
