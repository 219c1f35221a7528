"""A service where there is none: a Dockerfile, and a serve.py that is honest about what it cannot know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from headgate.onboarding.answers import Answers
from headgate.onboarding.findings import Findings, Framework, Service

PORTS: Mapping[Framework, int] = {"fastapi": 8000, "flask": 8000, "streamlit": 8501, "gradio": 7860}
REQUIREMENTS = "requirements-serve.txt"
_USER = 10001

Files = Mapping[str, tuple[str, str]]
"""Text and purpose, by path relative to the project."""


@dataclass(frozen=True)
class _Loader:
    """How a kind of model is loaded: what is imported, the expression for the path `MODEL`, the packages for it."""

    imports: tuple[str, ...]
    load: str
    packages: tuple[str, ...]
    predict: str = "model.predict(features)[0]"


_SKLEARN = _Loader(("import joblib",), "joblib.load(MODEL)", ("joblib", "scikit-learn"))
_TORCH = _Loader(
    ("import torch",), "torch.jit.load(str(MODEL)).eval()", ("torch",), "model(torch.tensor(features.to_numpy()))[0]"
)
_KERAS = _Loader(("import keras",), "keras.models.load_model(MODEL)", ("keras", "tensorflow"))
_BOOSTER = _Loader(("import xgboost",), "xgboost.Booster(model_file=str(MODEL))", ("xgboost",),
                   "model.predict(xgboost.DMatrix(features))[0]")  # fmt: skip
_LOADERS: Mapping[str, _Loader] = {
    ".joblib": _SKLEARN,
    ".pkl": _SKLEARN,  # joblib reads what pickle wrote, too
    ".pickle": _SKLEARN,
    ".skops": _Loader(("import skops.io",), "skops.io.load(MODEL, trusted=[])", ("skops", "scikit-learn")),
    ".onnx": _Loader(
        ("import onnxruntime",), "onnxruntime.InferenceSession(str(MODEL))", ("onnxruntime",),
        'model.run(None, {model.get_inputs()[0].name: features.to_numpy(dtype="float32")})[0][0]',
    ),
    ".pt": _TORCH,
    ".pth": _TORCH,
    ".h5": _KERAS,
    ".keras": _KERAS,
    ".cbm": _Loader(("from catboost import CatBoost",), "CatBoost().load_model(str(MODEL))", ("catboost",)),
    ".ubj": _BOOSTER,
    ".xgb": _BOOSTER,
    ".bst": _BOOSTER,
}  # fmt: skip


LIBRARIES = tuple(sorted({package for loader in _LOADERS.values() for package in loader.packages}))
"""Packages whose version a model depends on."""


def served_by(findings: Findings) -> Service | None:
    """The application that the image would run; None where there is none."""
    return findings.services[0] if findings.services else None


def service_files(findings: Findings, answers: Answers) -> Files:
    """The files of a service, as far as there are none; what exists is compared, never overwritten unasked."""
    service = served_by(findings)
    files: dict[str, tuple[str, str]] = {}
    if service is None:
        files["serve.py"] = (_serve(answers), "serves the model: say how features are made of a request")
    files["Dockerfile"] = (_dockerfile(findings, answers, service), "the image: slim, not root, with the model inside")
    files[".dockerignore"] = (_dockerignore(answers, service), "keeps data and secrets out of the image")
    files[REQUIREMENTS] = (_requirements(findings, answers, service), "what the service imports")
    files["wheels/.gitkeep"] = ("", "a place for wheels that no index has")
    return files


def _serve(answers: Answers) -> str:
    loader = _LOADERS.get(PurePosixPath(answers.model).suffix)
    imports = "\n".join(loader.imports) if loader else ""
    load = loader.load if loader else "NotImplemented  # EDIT: how this model is loaded is for you to say"
    predict = loader.predict if loader else "model.predict(features)[0]"
    return f'''\
"""{answers.name}: POST /predict. Written by `headgate init`; the lines marked EDIT are yours to finish."""

from pathlib import Path
from typing import Any

{imports + chr(10) if imports else ""}import pandas
from fastapi import FastAPI
from pydantic import BaseModel

from headgate.serving import instrument

MODEL = Path({json.dumps(answers.model)})

app = FastAPI(title={json.dumps(answers.name)})
model = {load}
instrument(app, model_path=MODEL)  # /health, /metrics, and a line of telemetry for each prediction


class Request(BaseModel):
    features: dict[str, float | int | str | bool | None]  # EDIT: name them, so that a wrong request is refused


class Answer(BaseModel):
    prediction: Any


def features_of(request: Request) -> pandas.DataFrame:
    """One row, as the model was trained on. EDIT: the same steps as in training, or predictions will be wrong."""
    return pandas.DataFrame([request.features])


@app.post("/predict")
def predict(request: Request) -> Answer:
    features = features_of(request)
    prediction = {predict}
    return Answer(prediction=prediction.item() if hasattr(prediction, "item") else prediction)
'''


def _dockerfile(findings: Findings, answers: Answers, service: Service | None) -> str:
    port = PORTS[service.framework] if service else PORTS["fastapi"]
    source = "serve.py" if service is None else service.path
    return f"""\
FROM python:{findings.python}-slim

RUN useradd --uid {_USER} --no-create-home app
WORKDIR /app
ENV PYTHONUNBUFFERED=1

# Requirements change less often than the model: their layer stays cached.
# wheels/ is for packages that are on no index; usually it is empty.
COPY {REQUIREMENTS} ./
COPY wheels/ /tmp/wheels/
RUN pip install --no-cache-dir --find-links /tmp/wheels --requirement {REQUIREMENTS} \\
    && rm -r /tmp/wheels

{_copied(source)}
{_copied(answers.model)}

USER app
EXPOSE {port}
CMD {json.dumps(_command(service, port))}
"""


def _copied(path: str) -> str:
    """A file at the top, or the folder that it is in: an application imports what lies beside it."""
    folder = PurePosixPath(path).parts[0]
    if path.endswith(".py") and "/" in path:
        return f"COPY {json.dumps([f'{folder}/', f'{folder}/'])}"
    return f"COPY {json.dumps([path, path])}"


def _command(service: Service | None, port: int) -> list[str]:
    if service is None:
        return ["uvicorn", "serve:app", "--host", "0.0.0.0", "--port", str(port)]  # noqa: S104  (inside a container)
    module = service.path.removesuffix(".py").replace("/", ".")
    everywhere = "0.0.0.0"  # noqa: S104
    commands: Mapping[Framework, list[str]] = {
        "fastapi": ["uvicorn", f"{module}:{service.variable}", "--host", everywhere, "--port", str(port)],
        "flask": ["gunicorn", "--bind", f"{everywhere}:{port}", f"{module}:{service.variable}"],
        "streamlit": ["streamlit", "run", service.path, f"--server.port={port}", f"--server.address={everywhere}"],
        "gradio": ["python", service.path],
    }
    return commands[service.framework]


def _dockerignore(answers: Answers, service: Service | None) -> str:
    """Nothing but what the image needs; of an application that imports who knows what, everything but data."""
    if service is None:
        whole = () if PurePosixPath(answers.model).suffix else (f"{answers.model}/**",)
        wanted = (answers.model, *whole, "serve.py", REQUIREMENTS, "wheels/*.whl", "wheels/.gitkeep")
        return "*\n" + "".join(f"!{path}\n" for path in wanted)
    unwanted = (".git", ".dvc", ".headgate", ".env", "**/.env", ".venv", "venv", "mlruns", "wandb", "data",
                "notebooks", "**/__pycache__", "**/*.pem", "**/*.key")  # fmt: skip
    return "".join(f"{path}\n" for path in unwanted if not f"{answers.model}/".startswith(f"{path}/"))


def _requirements(findings: Findings, answers: Answers, service: Service | None) -> str:
    loader = _LOADERS.get(PurePosixPath(answers.model).suffix)
    packages = [*(loader.packages if loader else ())]
    if service is None:
        packages += ["headgate[serving]", "pandas", "uvicorn"]
    else:
        own: Mapping[Framework, tuple[str, ...]] = {
            "fastapi": ("fastapi", "uvicorn", "headgate[serving]"),
            "flask": ("flask", "gunicorn"),
            "streamlit": ("streamlit",),
            "gradio": ("gradio",),
        }
        packages += own[service.framework]
    lines = [findings.requirements.get(package, package) for package in sorted(dict.fromkeys(packages))]
    return (
        "# The container. EDIT: add what else the service imports, and pin what the model was trained with:\n"
        "# a model that another version wrote may load and answer differently.\n" + "\n".join(lines) + "\n"
    )
