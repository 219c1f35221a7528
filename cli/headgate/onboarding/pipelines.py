"""What trains: the stages of dvc.yaml, else a script, else a notebook; and which of their files are which."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from headgate.lineage.dvc_files import LOCK
from headgate.lineage.dvc_yaml import (
    PIPELINE,
    as_mapping,
    declared_paths,
    load_yaml,
    read_stages,
    working_directory,
)
from headgate.onboarding.findings import Pipeline
from headgate.onboarding.walking import files_below

_MODEL_ENDINGS = (
    ".joblib", ".pkl", ".pickle", ".skops", ".onnx", ".pt", ".pth", ".ckpt", ".safetensors", ".h5", ".hdf5", ".keras",
    ".cbm", ".ubj", ".bst", ".xgb", ".lgb", ".tflite", ".mlmodel", ".gguf",
)  # fmt: skip
_TABLE_ENDINGS = (".parquet", ".pq", ".csv", ".jsonl", ".ndjson")
_NUMBER_ENDINGS = (".json", ".yaml", ".yml")
_TRAINING = re.compile(r"train|fit|tune", re.IGNORECASE)
_MODEL = re.compile(r"model|classifier|regressor|estimator|checkpoint|weights|net\b|clf", re.IGNORECASE)
_NO_MODEL = re.compile(r"vectori[sz]er|scaler|encoder|features?|vocab|tokeni[sz]er|data|prepar|metric", re.IGNORECASE)
_PREDICTIONS = re.compile(r"pred|score|answers|y_hat|inference", re.IGNORECASE)
_SCRIPT = re.compile(r"(train|fit|main|run_training|training)\.py")


@dataclass(frozen=True)
class _Output:
    """What a stage writes, relative to the project."""

    path: str
    stage: str
    kind: str


def pipeline_folders(project: Path) -> tuple[str, ...]:
    """The folders below `project` whose dvc.yaml has stages, relative to it; `.` first.

    What dvclive writes has plots and no stages, and a template's folder is no project: neither counts.
    """
    found = {
        path.parent.relative_to(project).as_posix()
        for path in files_below(project, (PIPELINE,))
        if "{{" not in str(path) and read_stages(project, path)
    }
    return tuple(sorted(found, key=lambda folder: (folder != ".", folder)))


def read_pipeline(project: Path) -> Pipeline:
    """What trains in `project`.

    Raises:
        DvcFileUnreadable, MergeConflictLeft: dvc.yaml is not what DVC can read.
    """
    path = project / PIPELINE
    stages = read_stages(project, path)
    if not stages:
        return _without_stages(project)
    content = as_mapping(Path(PIPELINE), load_yaml(project, path))
    outputs = [output for name, stage in stages.items() for output in _outputs(project, name, stage)]
    outputs += [_Output(path, "", "metrics") for path, _ in declared_paths(content, ("metrics",))]
    outputs += _of_dvclive(project, outputs)
    name, artifact = _artifact(content)
    return Pipeline(
        stages=tuple(stages),
        name=name,
        params=_params(project, stages),
        metrics=_metrics(outputs),
        models=_distinct([*([artifact] if artifact else ()), *_models(outputs)]),
        predictions=_predictions(outputs),
        locked=(project / LOCK).is_file(),
    )


def _outputs(project: Path, name: str, stage: Mapping[str, Any]) -> Iterator[_Output]:
    folder = project / working_directory(stage)
    for kind in ("outs", "metrics", "plots"):
        for path, _ in declared_paths(stage, (kind,)):
            if "${" not in path and "://" not in path and not Path(path).is_absolute():
                yield _Output(_relative(project, folder, path), name, kind)


def _of_dvclive(project: Path, outputs: Iterable[_Output]) -> list[_Output]:
    """The numbers in a folder that dvclive writes: it is an output, and the file inside is named by nobody."""
    folders = {output.path for output in outputs if output.kind != "metrics"} | {"dvclive"}
    return [
        _Output(f"{folder}/metrics.json", "", "metrics")
        for folder in sorted(folders)
        if (project / folder / "metrics.json").is_file() and (project / folder / PIPELINE).is_file()
    ]


def _artifact(content: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Name and path of the artifact that dvc.yaml declares as a model."""
    declared = content.get("artifacts")
    for name, artifact in (declared if isinstance(declared, dict) else {}).items():
        if isinstance(artifact, dict) and artifact.get("type") == "model" and isinstance(artifact.get("path"), str):
            return str(name), os.path.normpath(artifact["path"])
    return None, None


def _params(project: Path, stages: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The files that stages read parameters from; DVC's default where keys stand alone."""
    found: list[str] = []
    for stage in stages.values():
        for entry in stage.get("params") or ():
            files = entry if isinstance(entry, dict) else {"params.yaml": None}
            folder = project / working_directory(stage)
            found += [_relative(project, folder, file) for file in map(str, files) if "${" not in file]
    if not found and (project / "params.yaml").is_file():
        found.append("params.yaml")
    return tuple(path for path in _distinct(found) if Path(path).suffix in (".yaml", ".yml", ".json", ".toml"))


def _metrics(outputs: Iterable[_Output]) -> tuple[str, ...]:
    return _distinct(
        output.path for output in outputs if output.kind == "metrics" and output.path.endswith(_NUMBER_ENDINGS)
    )


def _models(outputs: Iterable[_Output]) -> list[str]:
    """Outputs that look like a model, the likeliest first; of equals the one that is written last."""
    likely = {output.path: place for place, output in enumerate(outputs) if output.kind == "outs"}
    stages = {output.path: output.stage for output in outputs}
    scores = {path: _likeness(path, stages[path]) for path in likely}
    return sorted((path for path in scores if scores[path] > 0), key=lambda path: (-scores[path], -likely[path]))


def _likeness(path: str, stage: str) -> int:
    """How much an output looks like a model, from its ending, its name and the stage that writes it."""
    name, ends = PurePosixPath(path).name, path.endswith(_MODEL_ENDINGS)
    score = 3 * ends + 2 * bool(_MODEL.search(name)) + bool(_TRAINING.search(stage))
    if _NO_MODEL.search(name) or path.endswith(_TABLE_ENDINGS):
        score -= 3
    return score if ends or _MODEL.search(path) else 0


def _predictions(outputs: Iterable[_Output]) -> tuple[str, ...]:
    tables = [output for output in outputs if output.path.endswith(_TABLE_ENDINGS)]
    named = [output.path for output in tables if _PREDICTIONS.search(PurePosixPath(output.path).stem)]
    return _distinct(named)


def _without_stages(project: Path) -> Pipeline:
    """A script that trains; else the notebooks there are."""
    scripts = [path for path in files_below(project, ("*.py",)) if _SCRIPT.fullmatch(path.name)]
    scripts.sort(key=lambda path: (len(path.relative_to(project).parts), path.name != "train.py", path))
    shown = [path.relative_to(project).as_posix() for path in scripts]
    notebooks = sorted(path.relative_to(project).as_posix() for path in files_below(project, ("*.ipynb",)))
    metrics = [name for name in ("metrics.json", "dvclive/metrics.json") if (project / name).is_file()]
    params = [name for name in ("params.yaml",) if (project / name).is_file()]
    models = files_below(project, tuple(f"*{ending}" for ending in _MODEL_ENDINGS))
    found = [path.relative_to(project).as_posix() for path in models]
    return Pipeline(
        command=f"python {shown[0]}" if shown else None,
        params=tuple(params),
        metrics=tuple(metrics),
        models=tuple(sorted(found, key=lambda path: (-_likeness(path, ""), path))),
        notebooks=() if shown else tuple(notebooks),
    )


def _relative(project: Path, folder: Path, path: str) -> str:
    """`path`, which is relative to a stage's folder, relative to the project."""
    return PurePosixPath(os.path.relpath(folder / path, project)).as_posix()


def _distinct(paths: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order, and none that leaves the project."""
    return tuple(dict.fromkeys(path for path in paths if not path.startswith("..")))
