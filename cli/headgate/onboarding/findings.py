"""What a repository holds, as far as headgate can tell without running anything of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from headgate.config import Config
from headgate.lineage.dvc_secrets import Exposed

KNOWN_HOSTS = ".github/known_hosts"
Task = Literal["binary", "multiclass", "regression"]
Framework = Literal["fastapi", "flask", "streamlit", "gradio"]


@dataclass(frozen=True)
class Repository:
    """What git says.

    Args:
        root: the top folder of the repository; of a folder without git, the folder itself.
        origin: the URL of the remote `origin`, without credentials.
        is_git: whether there is a repository at all.
        tracked: files that git keeps and nobody should, e.g. `.env`.
    """

    root: Path
    origin: str | None = None
    is_git: bool = True
    tracked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """What trains, and the files it names; paths are relative to the project, the likeliest first.

    Args:
        command: how it is started; None for `dvc repro`.
        stages: the stages of dvc.yaml.
        name: what dvc.yaml itself calls the model, under `artifacts`.
        params, metrics: files with parameters, and with numbers.
        models, predictions: outputs that look like a model, and like one row per test example.
        locked: whether there is a dvc.lock.
        notebooks: where there is no other way to train.
    """

    command: str | None = None
    stages: tuple[str, ...] = ()
    name: str | None = None
    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()
    locked: bool = False
    notebooks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A predictions file: what its columns are for.

    Args:
        path: relative to the project.
        columns: all of them; empty where the file could not be looked into.
        id, label, prediction: the columns that seem to be these; None where none does.
        score: the probability of the positive class, or None.
        scores: whether there is one column `score:<label>` for each class.
        task: what kind of answers; None where it cannot be told.
        unread_because: why it could not be looked into; None otherwise.
    """

    path: str
    columns: tuple[str, ...] = ()
    id: str | None = None
    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    scores: bool = False
    task: Task | None = None
    unread_because: str | None = None

    @property
    def usable(self) -> bool:
        """Whether the gate can join its rows, as far as one knows."""
        return self.unread_because is not None or None not in (self.id, self.label, self.prediction)

    @property
    def missing(self) -> tuple[str, ...]:
        """What the gate needs a column for and finds none."""
        return tuple(role for role in ("id", "label", "prediction") if getattr(self, role) is None)


@dataclass(frozen=True)
class Service:
    """An application that serves.

    Args:
        path: its file, relative to the project.
        variable: the name of its application object, e.g. `app`.
        health: a GET route that tells whether it is up; None where none does.
        instrumented: whether it calls headgate's `instrument`.
    """

    framework: Framework
    path: str
    variable: str = "app"
    health: str | None = None
    instrumented: bool = False


@dataclass(frozen=True)
class Container:
    """A Dockerfile, relative to the project, and the port it says that the application listens on."""

    path: str
    port: int | None = None


@dataclass(frozen=True)
class DvcRemote:
    """A DVC remote and what a workflow needs for it.

    Args:
        name, where: its name, and its address without credentials.
        extra: what DVC is installed with, e.g. `s3`; None where DVC alone will do.
        secrets: names of the secrets that the workflow needs.
        advice: what a person should know about it; None: nothing.
        default: whether DVC uses it when told none.
    """

    name: str
    where: str
    extra: str | None = None
    secrets: tuple[str, ...] = ()
    advice: str | None = None
    default: bool = False


@dataclass(frozen=True)
class Findings:
    """One project of a repository.

    Args:
        repository: what git says.
        folder: the project, relative to the repository's root; `.` for the root itself.
        pipeline: what trains.
        tables: the predictions files, in the order of `pipeline.predictions`.
        numbers: what the metrics files hold today, by dotted name.
        services, containers: applications and Dockerfiles, the likeliest first.
        remotes: the DVC remotes; `has_dvc` is False where there is no `.dvc` at all.
        exposed: credentials that stand in .dvc/config.
        workflows: the files in .github/workflows, with their text.
        tracking: the MLflow server that the code itself names; None: none.
        requirements: lines of the requirement files, by package name in lower case.
        files: text of the files that init adds to or workflows read, by path relative to the root.
        existing: headgate.yaml as it is, where there is a valid one; `invalid` says what is wrong with another.
        python: the version the model is trained with, e.g. `3.11`.
    """

    repository: Repository
    folder: str = "."
    pipeline: Pipeline = Pipeline()
    tables: tuple[Table, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    containers: tuple[Container, ...] = ()
    has_dvc: bool = True
    remotes: tuple[DvcRemote, ...] = ()
    exposed: tuple[Exposed, ...] = ()
    workflows: Mapping[str, str] = field(default_factory=dict)
    tracking: str | None = None
    requirements: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    existing: Config | None = None
    invalid: str | None = None
    python: str = "3.11"

    @property
    def project(self) -> Path:
        """The folder of headgate.yaml."""
        return self.repository.root / self.folder

    def at_root(self, path: str) -> str:
        """`path`, which is relative to the project, relative to the repository's root."""
        return path if self.folder == "." else f"{self.folder}/{path}"
