"""headgate.yaml as models: every key, its default and its meaning. The JSON schema and the reference come from here.

A key exists when it works: what is not here yet is an error, never silently ignored.
"""

from __future__ import annotations

import math
import re
import shlex
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from headgate.config.expansion import Expandable
from headgate.config.metrics import FAIRNESS, METRIC_NAMES, direction_of, known_metric
from headgate.config.quantities import Duration, Margin, Size
from headgate.config.suggestion import nearest
from headgate.config.where import Where


def _inside(path: str) -> str:
    """A path inside the repository, so that nothing a pull request writes reaches files outside of it."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} must be a path inside the repository")
    return path


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


def _known(name: str) -> str:
    if not known_metric(name):
        raise ValueError(f"is not a metric the gate can compute{nearest(name, METRIC_NAMES)}")
    return name


def _known_fairness(name: str) -> str:
    if name not in FAIRNESS:
        raise ValueError(f"is not a fairness metric the gate can compute{nearest(name, FAIRNESS)}")
    return name


def _spelt(value: str | float | bool) -> str:
    """A value as the gate spells those of a column: true, 1 for 1.0, 0.5."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _free(alias: str) -> str:
    """An alias that nobody else uses: MLflow keeps two kinds for itself, headgate one."""
    if alias == "latest" or re.fullmatch(r"v[0-9]+", alias):
        raise ValueError(f"{alias!r} is reserved by MLflow; take another word, e.g. 'production' or 'champion'")
    if alias == "candidate":
        raise ValueError("'candidate' names the version registered last; take another word, e.g. 'production'")
    return alias


def _version(written: Any) -> Any:
    """A version as people write it: 3, "3" or v3."""
    return str(written).removeprefix("v") if isinstance(written, (int, str)) else written


def _evaluates(command: str) -> str:
    """A command that can be given a model, and says where its predictions go."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"cannot be split into words: {error}") from error
    for placeholder in ("{model}", "{predictions}"):
        if not any(placeholder in word for word in words[1:]):
            raise ValueError(f"has no {placeholder}; e.g. python evaluate.py --model {{model}} --out {{predictions}}")
    return command


RepositoryPath = Annotated[str, AfterValidator(_inside)]
MetricName = Annotated[str, AfterValidator(_known)]
FairnessMetric = Annotated[str, AfterValidator(_known_fairness)]
SliceValue = str | int | float | bool
Finite = Annotated[float, AfterValidator(_finite)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=63)]


class Part(BaseModel):
    """A mapping in headgate.yaml: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, validate_default=True)


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


class Columns(Part):
    """What the columns of the predictions file are called."""

    id: str = "id"
    """Names the row; the two sides are joined by it."""
    label: str = "label"
    """The truth."""
    prediction: str = "prediction"
    """What the model said: a class or a number."""
    score: str | None = "score"
    """Probability of the positive class; with several classes one column `score:<label>` each."""
    positive: str | int | bool | None = None
    """The positive label; default: 1, true, or the last label in order."""
    group: str | None = None
    """Rows with the same value belong together, e.g. all of one customer; they are resampled together."""
    weight: str | None = None
    """What a row counts in every metric, above 0; default: all the same."""


class Limit(Part):
    """An absolute limit: a number, or a mapping that asks for more than the measured value."""

    value: Finite
    """The limit."""
    sure: bool = False
    """Ask the one-sided bound to clear the limit, not only the measured value."""

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, written: Any) -> Any:
        return {"value": written} if isinstance(written, (int, float)) else written

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "number"}, handler(schema)]}


class MetricRule(Part):
    """What one metric must hold. At least one limit."""

    min: Limit | None = None
    """The measured value must not be below this."""
    max: Limit | None = None
    """The measured value must not be above this."""
    max_drop: Margin | None = None
    """How far below Production the metric may truly be: a non-inferiority margin, absolute or `5%`."""
    max_rise: Margin | None = None
    """The same for metrics where lower is better."""

    @model_validator(mode="after")
    def _says_something(self) -> MetricRule:
        if self.min is None and self.max is None and self.max_drop is None and self.max_rise is None:
            raise ValueError("says nothing; give min, max, max_drop or max_rise")
        return self


class ReportedRule(Part):
    """What a number of the metrics files must hold: a point comparison, with no interval behind it."""

    min: Finite | None = None
    """The number must not be below this."""
    max: Finite | None = None
    """The number must not be above this."""
    max_drop: Margin | None = None
    """How far below Production's logged number it may be, absolute or `5%`."""
    max_rise: Margin | None = None
    """How far above Production's logged number it may be, absolute or `5%`."""

    @model_validator(mode="after")
    def _says_something(self) -> ReportedRule:
        if self.min is None and self.max is None and self.max_drop is None and self.max_rise is None:
            raise ValueError("says nothing; give min, max, max_drop or max_rise")
        return self


class SliceRule(Part):
    """What some metrics must hold in each part of the rows: by one column, by several crossed, or by a condition."""

    column: str | None = None
    """A column of the predictions file: each of its values is a slice."""
    columns: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    """Columns that are crossed: each combination of values that occurs is a slice."""
    where: Where | None = None
    """A condition on numeric columns, e.g. `length >= 100`, several joined by `and`: the rows that meet it."""
    values: tuple[SliceValue | tuple[SliceValue, ...], ...] | None = None
    """Judge these values alone, one list each where columns are crossed; one that is absent fails. Default: all."""
    metrics: tuple[MetricName, ...]
    """The metrics; each needs a limit here."""
    min: Limit | None = None
    """The measured values must not be below this."""
    max: Limit | None = None
    """The measured values must not be above this."""
    max_drop: Margin | None = None
    """The margin of those metrics where higher is better, absolute or `5%`."""
    max_rise: Margin | None = None
    """The margin of those metrics where lower is better, absolute or `5%`."""
    min_rows: Annotated[int, Field(ge=1)] = 100
    """A slice with fewer rows is listed and not judged."""

    @property
    def by(self) -> tuple[str, ...]:
        """The columns whose values make the slices; none of a condition."""
        return self.columns or ((self.column,) if self.column is not None else ())

    @property
    def name(self) -> str:
        """What the ids of its checks begin with inside their brackets."""
        return str(self.where) if self.where is not None else ",".join(self.by)

    @property
    def asked(self) -> tuple[tuple[str, ...], ...] | None:
        """`values` as texts, one for each column; None for all that occur."""
        if self.values is None:
            return None
        return tuple(tuple(map(_spelt, one if isinstance(one, tuple) else (one,))) for one in self.values)

    @model_validator(mode="after")
    def _one_way_to_slice(self) -> SliceRule:
        if sum(way is not None for way in (self.column, self.columns, self.where)) != 1:
            raise ValueError("needs one of column, columns and where")
        if self.asked is None:
            return self
        if self.where is not None:
            raise ValueError("takes no values beside where: the condition itself is the slice")
        if not self.asked or any(len(one) != len(self.by) for one in self.asked):
            raise ValueError(
                f"needs values that name {' and '.join(self.by)}, e.g. {'[[a, b]]' if self.columns else '[a]'}"
            )
        return self

    @model_validator(mode="after")
    def _every_metric_has_a_limit(self) -> SliceRule:
        if not self.metrics:
            raise ValueError("names no metric; e.g. metrics: [accuracy]")
        absolute = self.min is not None or self.max is not None
        for metric in self.metrics:
            limit, value = (
                ("max_drop", self.max_drop) if direction_of(metric) == "higher" else ("max_rise", self.max_rise)
            )
            if value is None and not absolute:
                raise ValueError(f"gives {metric} no limit; write {limit}, min or max")
        for limit, direction in (("max_drop", "higher"), ("max_rise", "lower")):
            if getattr(self, limit) is not None and all(direction_of(metric) != direction for metric in self.metrics):
                raise ValueError(f"says {limit}, and none of its metrics is better {direction}")
        return self


class FairnessRule(Part):
    """How differently groups of rows may be answered: of two classes, by the values of a column."""

    column: str
    """A column of the predictions file: each of its values is a group."""
    metric: FairnessMetric
    """A metric by fairlearn's names, e.g. `demographic_parity_difference`."""
    min: Limit | None = None
    """Of a ratio: the measured value must not be below this."""
    max: Limit | None = None
    """Of a difference: the measured value must not be above this."""
    max_drop: Margin | None = None
    """Of a ratio: how far below Production's it may truly be, absolute or `5%`."""
    max_rise: Margin | None = None
    """Of a difference: how far above Production's it may truly be, absolute or `5%`."""
    min_rows: Annotated[int, Field(ge=1)] = 100
    """A group with fewer rows is left out, and reported."""

    @model_validator(mode="after")
    def _limits_in_their_direction(self) -> FairnessRule:
        fits, other = (("min", "max_drop"), ("max", "max_rise"))[:: 1 if direction_of(self.metric) == "higher" else -1]
        for limit in other:
            if getattr(self, limit) is not None:
                raise ValueError(f"says {limit} for {self.metric}; write {' or '.join(fits)}")
        if all(getattr(self, limit) is None for limit in fits):
            raise ValueError(f"says nothing; give {' or '.join(fits)}")
        return self


class Override(Part):
    """One check that may fail, for a reason, in somebody's name, until a day."""

    check: str
    """The check's id, e.g. `f1_macro.max_drop`."""
    reason: str = ""
    """Why; without one the override does not apply."""
    by: str = ""
    """Who; without one the override does not apply."""
    until: date
    """The last day it applies (UTC)."""


class SharedRows(Part):
    """How many evaluation rows the candidate and Production must share."""

    at_least: Annotated[float, Field(gt=0, le=1)]
    """The share of the larger side's rows that both have; the others are left out, and reported."""


class Gate(Part):
    """When the candidate may replace Production."""

    baseline: Annotated[str, Field(pattern=r"^(registry|git:.+|file:.+)$")] = "registry"
    """What the candidate is compared with: `registry`, `git:<rev>` or `file:<path>`."""
    on_no_baseline: Literal["pass", "fail"] = "pass"
    """What the comparisons say when there is no Production yet; absolute limits hold all the same."""
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """One-sided confidence of every interval."""
    inconclusive: Literal["block", "warn"] = "block"
    """What to do when the rows at hand decide nothing."""
    columns: Columns = Columns()
    """What the columns of the predictions file are called."""
    metrics: dict[MetricName, MetricRule] = {}
    """Limits on metrics computed from the predictions, by scikit-learn's names."""
    reported: dict[str, ReportedRule] = {}
    """Limits on numbers from the metrics files, by dotted name."""
    slices: tuple[SliceRule, ...] = ()
    """Limits that must hold in each part of the rows."""
    fairness: tuple[FairnessRule, ...] = ()
    """Limits on how differently groups of rows are answered."""
    rows: SharedRows | None = None
    """Compare on the rows both sides have; default: every row must be on both."""
    evaluate: Annotated[str, AfterValidator(_evaluates)] | None = None
    """Scores Production again when the evaluation data has changed, e.g. `python evaluate.py --model {model} --out
    {predictions}`: split as a shell would but never run by one, in the project's folder, within `train.timeout`."""
    evaluate_requirements: RepositoryPath | None = None
    """A file as it was in the commit of the version that is scored again, given to `evaluate` as `{requirements}`."""
    anchor: Annotated[str, BeforeValidator(_version), Field(pattern=r"^[1-9][0-9]*$")] | None = None
    """A version, e.g. `3`, below which no candidate may fall by more than the margins: against a slow slide, where each
    model is only a little worse than the one before."""
    overrides: tuple[Override, ...] = ()
    """Checks that may fail for now."""

    @model_validator(mode="after")
    def _requirements_are_asked_for(self) -> Gate:
        if (self.evaluate_requirements is not None) != ("{requirements}" in (self.evaluate or "")):
            raise ValueError("evaluate_requirements is what evaluate takes as {requirements}; give both or none")
        return self

    @field_validator("metrics")
    @classmethod
    def _margins_in_their_direction(cls, metrics: dict[str, MetricRule]) -> dict[str, MetricRule]:
        for name, rule in metrics.items():
            better = direction_of(name)
            wrong, right = ("max_rise", "max_drop") if better == "higher" else ("max_drop", "max_rise")
            if getattr(rule, wrong) is not None:
                raise ValueError(f"says {wrong} for {name}, where {better} is better; write {right}")
        return metrics


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


class Resources(Part):
    """What a container may use."""

    memory: Size | None = None
    """Memory limit, e.g. 2g."""
    cpus: Annotated[float, Field(gt=0)] | None = None
    """CPU limit in cores."""


Port = Annotated[int, Field(ge=1, le=65535)]


class Deploy(Part):
    """Where and how a release is rolled out."""

    hosts: Annotated[tuple[Expandable, ...], Field(min_length=1)] = ("local",)
    """`local` for this machine's engine."""
    strategy: Literal["start-first", "recreate"] = "start-first"
    """`start-first`: the new release starts beside the old; `recreate`: the old one stops first, to fit in memory."""
    port: Port = 80
    """The port the proxy listens on."""
    domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")] | None = None
    """Serve this domain alone, so that several services share a port."""
    container_port: Port = 8000
    """The port the application listens on inside its container."""
    env: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str | int | float | bool] = {}
    """Environment variables for the container."""
    secrets: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], ...] = ()
    """Names of environment variables whose values are handed on to the container, and never written down."""
    drain: Duration = "30s"  # type: ignore[assignment]
    """How long requests in flight may take to finish on the old release."""
    retain: Annotated[int, Field(ge=1)] = 3
    """How many stopped releases stay on a host for a quick rollback."""
    resources: Resources = Resources()
    """Limits of the container."""


class Expect(Part):
    """What an answer must be."""

    status: int = 200
    """The HTTP status."""
    json_: Annotated[Any, Field(alias="json")] = None
    """Values the JSON body must contain: every key given here, nested ones too; other keys may be anything."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)


class HealthCheck(Part):
    """A request that must be answered rightly before traffic moves."""

    path: Annotated[str, Field(pattern=r"^/")]
    """The path, e.g. /predict."""
    method: Literal["GET", "POST", "PUT"] = "GET"
    """The HTTP method."""
    json_: Annotated[Any, Field(alias="json")] = None
    """The JSON body that is sent."""
    expect: Expect = Expect()
    """What the answer must be."""
    max_latency: Duration | None = None
    """The 95th percentile of the answers' latency must not be above this."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True, validate_default=True
    )


class Health(Part):
    """When a release counts as healthy."""

    path: Annotated[str, Field(pattern=r"^/")] = "/health"
    """Answers 200 when the application is ready."""
    timeout: Duration = "180s"  # type: ignore[assignment]
    """How long the application may take to become ready; models take their time to load."""
    checks: tuple[HealthCheck, ...] = ()
    """Real predictions with known answers."""


class Environment(Part):
    """What differs in one environment; what is not said here stays as it is outside."""

    deploy: Deploy = Deploy()
    """Keys of `deploy` with this environment's values."""
    health: Health = Health()
    """Keys of `health` with this environment's values."""


class Config(Part):
    """The whole of headgate.yaml."""

    version: Literal[1]
    """The version of this file's format: 1."""
    model: Name
    """The registered model's name; also the service's name on the hosts."""
    data: Data = Data()
    train: Train = Train()
    tracking: Tracking = Tracking()
    registry: Registry = Registry()
    gate: Gate = Gate()
    image: Image = Image()
    deploy: Deploy = Deploy()
    health: Health = Health()
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
