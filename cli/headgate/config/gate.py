"""The section `gate`: when a candidate may replace Production."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import CoreSchema

from headgate.config.custom import CustomMetric, CustomName
from headgate.config.metrics import FAIRNESS, METRIC_NAMES, Direction, Known, known, known_metric
from headgate.config.parts import ALL_DEFAULTS, Finite, Part, RepositoryPath
from headgate.config.quantities import Margin
from headgate.config.suggestion import nearest
from headgate.config.where import Where


def _computable(name: str, info: ValidationInfo) -> str:
    """A metric of the gate, or one that `custom` beside it defines."""
    custom = info.data.get("custom", {})
    if not known_metric(name) and name not in custom:
        raise ValueError(f"is not a metric the gate can compute{nearest(name, [*METRIC_NAMES, *custom])}")
    return name


def _known_fairness(name: str) -> str:
    if name not in FAIRNESS:
        raise ValueError(f"is not a fairness metric the gate can compute{nearest(name, FAIRNESS)}")
    return name


def spelt(value: str | float | bool) -> str:
    """A value as the gate spells those of a column: true, 1 for 1.0, 0.5."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


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


MetricName = Annotated[str, AfterValidator(_computable)]
FairnessMetric = Annotated[str, AfterValidator(_known_fairness)]
SliceValue = str | int | float | bool


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
    metrics: tuple[str, ...]
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
        return tuple(tuple(map(spelt, one if isinstance(one, tuple) else (one,))) for one in self.values)

    @model_validator(mode="after")
    def _one_way_to_slice(self) -> SliceRule:
        if sum(way is not None for way in (self.column, self.columns, self.where)) != 1:
            raise ValueError("needs one of column, columns and where")
        if not self.metrics:
            raise ValueError("names no metric; e.g. metrics: [accuracy]")
        if self.asked is None:
            return self
        if self.where is not None:
            raise ValueError("takes no values beside where: the condition itself is the slice")
        if not self.asked or any(len(one) != len(self.by) for one in self.asked):
            raise ValueError(
                f"needs values that name {' and '.join(self.by)}, e.g. {'[[a, b]]' if self.columns else '[a]'}"
            )
        return self

    def insist_on_limits(self, directions: Mapping[str, Direction]) -> None:
        """Refuse metrics without a limit, and margins without a metric of their direction.

        Raises:
            ValueError: names the metric.
        """
        absolute = self.min is not None or self.max is not None
        for metric, better in directions.items():
            limit, value = ("max_drop", self.max_drop) if better == "higher" else ("max_rise", self.max_rise)
            if value is None and not absolute:
                raise ValueError(f"gives {metric} no limit; write {limit}, min or max")
        for limit, direction in (("max_drop", "higher"), ("max_rise", "lower")):
            if getattr(self, limit) is not None and direction not in directions.values():
                raise ValueError(f"says {limit}, and none of its metrics is better {direction}")


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
        fits, other = (("min", "max_drop"), ("max", "max_rise"))[:: 1 if FAIRNESS[self.metric] == "higher" else -1]
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
    columns: Columns = ALL_DEFAULTS
    """What the columns of the predictions file are called."""
    custom: dict[CustomName, CustomMetric] = {}
    """Metrics of the project's own, by the names that `metrics` and `slices` then know them by."""
    metrics: dict[MetricName, MetricRule] = {}
    """Limits on metrics computed from the predictions, by scikit-learn's names or those under `custom`."""
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
    def _margins_in_their_direction(cls, metrics: dict[str, MetricRule], info: ValidationInfo) -> dict[str, MetricRule]:
        for name, rule in metrics.items():
            better = known(name, info.data.get("custom", {})).direction
            wrong, right = ("max_rise", "max_drop") if better == "higher" else ("max_drop", "max_rise")
            if getattr(rule, wrong) is not None:
                raise ValueError(f"says {wrong} for {name}, where {better} is better; write {right}")
        return metrics

    @field_validator("slices")
    @classmethod
    def _limits_on_every_metric(cls, slices: tuple[SliceRule, ...], info: ValidationInfo) -> tuple[SliceRule, ...]:
        custom = info.data.get("custom", {})
        for rule in slices:
            rule.insist_on_limits(
                {metric: known(_computable(metric, info), custom).direction for metric in rule.metrics}
            )
        return slices

    @model_validator(mode="after")
    def _custom_metrics_are_asked_for(self) -> Gate:
        asked = {*self.metrics, *(metric for rule in self.slices for metric in rule.metrics)}
        for name in self.custom:
            if name not in asked:
                raise ValueError(f"defines {name} under custom, and nothing asks for it; give it a limit under metrics")
        return self

    def metric(self, name: str) -> Known:
        """Which way `name` is better, and what it is computed from; a metric of the gate's own, or of the project's."""
        return known(name, self.custom)
