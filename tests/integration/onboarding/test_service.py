"""The service that init writes, with a model that was really trained."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import joblib
import pandas
import pytest
from fastapi.testclient import TestClient
from sklearn.linear_model import LogisticRegression

from headgate.onboarding import Repository, Unasked, ask, discover, propose
from support import shapes
from support.shapes import lay_out


def written(folder: Path) -> Path:
    """A repository with a trained model and what init proposes for it, on disk."""
    root = lay_out(folder, shapes.GET_STARTED)
    rows = pandas.DataFrame({"rooms": [1, 2, 6, 7], "area": [20.0, 30.0, 90.0, 99.0]})
    joblib.dump(LogisticRegression().fit(rows, ["flat", "flat", "house", "house"]), root / "model.pkl")
    findings = discover(Repository(root), environ={"HOME": str(folder)}, python="3.11")
    for file in propose(findings, ask(findings, Unasked())).files:
        (root / file.path).parent.mkdir(parents=True, exist_ok=True)
        (root / file.path).write_text(file.text)
    return root


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    root = written(tmp_path / "houses")
    monkeypatch.chdir(root)
    loading = importlib.util.spec_from_file_location("written_by_init", root / "serve.py")
    assert loading is not None
    assert loading.loader is not None
    module = importlib.util.module_from_spec(loading)
    monkeypatch.setitem(sys.modules, "written_by_init", module)
    loading.loader.exec_module(module)
    return module


def test_it_is_ready_and_predicts(service: ModuleType) -> None:
    with TestClient(service.app) as client:
        ready = client.get("/health")
        answer = client.post("/predict", json={"features": {"rooms": 6, "area": 95.5}})
        wrong = client.post("/predict", json={"rooms": 6})

    assert ready.status_code == 200
    assert (answer.status_code, answer.json()) == (200, {"prediction": "house"})
    assert wrong.status_code == 422


def test_the_image_gets_the_model_and_not_the_data(tmp_path: Path) -> None:
    root = written(tmp_path / "houses")

    dockerfile = (root / "Dockerfile").read_text()
    assert 'COPY ["model.pkl", "model.pkl"]' in dockerfile
    assert dockerfile.index("USER app") < dockerfile.index("CMD")
    assert (root / ".dockerignore").read_text().splitlines()[:2] == ["*", "!model.pkl"]
