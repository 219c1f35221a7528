"""headgate.yaml as models: every key, its default and its meaning. The JSON schema and the reference come from here.

A key exists when it works: what is not here yet is an error, never silently ignored.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field

from headgate.config.deploy import Deploy
from headgate.config.expansion import Expandable
from headgate.config.gate import Gate
from headgate.config.health import Health
from headgate.config.monitor import Monitor
from headgate.config.parts import ALL_DEFAULTS, Name, Part, RepositoryPath
from headgate.config.quantities import Duration


def _free(alias: str) -> str:
    """An alias that nobody else uses: MLflow keeps two kinds for itself, headgate one."""
    if alias == "latest" or re.fullmatch(r"v[0-9]+", alias):
        raise ValueError(f"{alias!r} is reserved by MLflow; take another word, e.g. 'production' or 'champion'")
    if alias == "candidate":
        raise ValueError("'candidate' names the version registered last; take another word, e.g. 'production'")
    return alias


class Data(Part):
    """What DVC pulls before the training, and pushes after it."""

    remote: str | None = None
    """The DVC remote; default: the one DVC itself would use."""
    targets: tuple[str, ...] = ()
    """Files, folders or stages to pull; default: all that dvc.lock and *.dvc name."""
    push: bool = True
    """Push what training produced, and check that the remote has it."""


class Train(Part):
    """The pipeline, and the files it leaves behind."""

    command: str | None = None
    """The command that trains, split as a shell would but never run by one; default: `dvc repro` with a dvc.yaml."""
    params: tuple[RepositoryPath, ...] = ("params.yaml",)
    """YAML, JSON or TOML files with parameters; a default file that does not exist is left out."""
    metrics: tuple[RepositoryPath, ...] = ("metrics.json",)
    """JSON or YAML files with the numbers the pipeline reports."""
    model: RepositoryPath = "models/model.joblib"
    """The file or folder that is gated, registered and shipped."""
    predictions: RepositoryPath | None = None
    """Parquet, CSV or JSON Lines with one row per evaluation example; without it only `gate.reported` can decide."""
    timeout: Duration = "6h"  # type: ignore[assignment]
    """The training is ended after this long."""


class Wandb(Part):
    """A mirror of the run in Weights & Biases."""

    project: str
    """The W&B project."""
    entity: str | None = None
    """The W&B team; default: the account's own."""
    mode: Literal["online", "offline"] = "online"
    """`offline` writes to disk alone; `wandb sync` uploads later."""


class Tracking(Part):
    """Where runs are tracked."""

    uri: Expandable = "sqlite:///.headgate/mlflow.db"
    """An MLflow tracking URI: sqlite on disk, or http(s)://."""
    experiment: str | None = None
    """The MLflow experiment; default: the model's name."""
    wandb: Wandb | None = None
    """Mirror every run in W&B too."""


class Registry(Part):
    """Where versions are registered, and which one is Production."""

    uri: Expandable = "git"
    """`git` (annotated tags and the DVC remote), `tracking` (the tracking server's own), or an MLflow URI."""
    alias: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$"), AfterValidator(_free)] = "production"
    """The alias that names the version in production."""
    stage: str = "Production"
    """Read in an MLflow registry where no alias is set: how older registries say the same."""


def _one(platforms: tuple[str, ...]) -> tuple[str, ...]:
    """One platform, as long as what is built for another one cannot be verified."""
    if len(platforms) > 1:
        raise ValueError(
            f"names {len(platforms)} platforms, and an image is built for one at a time: it is opened and verified "
            f"before it ships, and an engine holds images of one platform; e.g. [{platforms[0]}]"
        )
    return platforms


Platform = Annotated[str, Field(pattern=r"^[a-z0-9]+/[a-z0-9]+(/v[0-9]+)?$")]


class Image(Part):
    """The image that is built and shipped."""

    repository: Expandable | None = None
    """Where it is pushed, e.g. ghcr.io/acme/sentiment; default: the model's name, kept on this machine's engine."""
    dockerfile: RepositoryPath = "Dockerfile"
    """The Dockerfile."""
    context: RepositoryPath = "."
    """The build context; the model must be inside it."""
    platforms: Annotated[tuple[Platform, ...], AfterValidator(_one), Field(json_schema_extra={"maxItems": 1})] = ()
    """The platform to build for, e.g. [linux/amd64]; default: the builder's own.

    One at a time: the image is opened and verified before it ships, and an engine holds images of one platform.
    """
    model_path: str | None = None
    """Where the model is inside the image; default: `train.model` below the image's working directory."""


class Environment(Part):
    """What differs in one environment; what is not said here stays as it is outside."""

    deploy: Deploy = ALL_DEFAULTS
    """Keys of `deploy` with this environment's values."""
    health: Health = ALL_DEFAULTS
    """Keys of `health` with this environment's values."""


class Config(Part):
    """The whole of headgate.yaml."""

    version: Literal[1]
    """The version of this file's format: 1."""
    model: Name
    """The registered model's name; also the service's name on the hosts."""
    data: Data = ALL_DEFAULTS
    train: Train = ALL_DEFAULTS
    tracking: Tracking = ALL_DEFAULTS
    registry: Registry = ALL_DEFAULTS
    gate: Gate = ALL_DEFAULTS
    image: Image = ALL_DEFAULTS
    deploy: Deploy = ALL_DEFAULTS
    health: Health = ALL_DEFAULTS
    monitor: Monitor = ALL_DEFAULTS
    environments: dict[Name, Environment] = {}
    """What differs from place to place, by name; chosen with --environment."""

    def for_environment(self, name: str) -> Config:
        """This configuration with the values of environment `name` in place.

        Raises:
            KeyError: there is no such environment.
        """
        environment = self.environments[name]
        return self.model_copy(
            update={
                "deploy": _with(self.deploy, environment.deploy),
                "health": _with(self.health, environment.health),
            }
        )

    @property
    def experiment(self) -> str:
        """The MLflow experiment's name."""
        return self.tracking.experiment or self.model


Section = TypeVar("Section", bound=Part)


def _with(section: Section, changes: Section) -> Section:
    """`section` with the keys that `changes` was given in the file, those of mappings inside it too."""
    return section.model_copy(
        update={key: _merged(getattr(section, key), getattr(changes, key)) for key in changes.model_fields_set}
    )


def _merged(outside: Any, here: Any) -> Any:
    if isinstance(outside, Part) and isinstance(here, Part):
        return _with(outside, here)
    return {**outside, **here} if isinstance(outside, dict) and isinstance(here, dict) else here
