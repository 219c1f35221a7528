"""The section `monitor`: what the model in production is watched for, and what follows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from headgate.config.expansion import Expandable
from headgate.config.parts import ALL_DEFAULTS, Part, RepositoryPath
from headgate.config.quantities import Duration, Rate


class DriftRule(Part):
    """How far a distribution may move from the reference."""

    psi: Annotated[float, Field(gt=0)] = 0.2
    """The population stability index must not be above this. By custom: below 0.1 nothing, above 0.2 a real shift."""


class Drift(Part):
    """What is compared with the reference."""

    prediction: DriftRule | None = None
    """The model's answers: classes, or numbers in tenths of the reference."""
    confidence: DriftRule | None = None
    """How sure the model is of them."""


class Latency(Part):
    """Percentiles of the time that the application takes for an answer."""

    p50: Duration | None = None
    """Half of the answers must not take longer."""
    p95: Duration | None = None
    """Nineteen of twenty must not take longer."""
    p99: Duration | None = None
    """All but one of a hundred must not take longer."""

    @property
    def limits(self) -> dict[str, float]:
        """Those that were set, in seconds."""
        return {name: limit for name in ("p50", "p95", "p99") if (limit := getattr(self, name)) is not None}


class ErrorRate(Part):
    """Answers with a status of 500 and above."""

    max: Rate
    """Their share must not be above this, e.g. `1%`."""


class Retrain(Part):
    """How a retraining is started: a workflow of this repository that has `workflow_dispatch`."""

    workflow: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.ya?ml$")] = "headgate-retrain.yml"
    """The workflow's file in .github/workflows."""
    ref: Annotated[str, Field(pattern=r"^[^\s-]\S*$")] | None = None
    """The branch it runs on; default: the branch that is watched."""


class Monitor(Part):
    """When the model in production counts as worse, and what follows."""

    telemetry: Annotated[Expandable, Field(pattern=r"^(hosts|hosts:/\S+|file:\S+|https?://\S+|\$\{\w+\})$")] = "hosts"
    """Where the telemetry is: `hosts` (the log of the container that serves), `hosts:/path` (a file inside it),
    `file:path` (in the repository), or a URL. One JSON line per inference, as headgate.serving writes them."""
    reference: RepositoryPath | None = None
    """Predictions that production is compared with; default: those of the Production version, from the registry."""
    confidence: Literal["highest", "positive"] = "highest"
    """What the application reports: the probability of the likeliest class, or of the positive one."""
    window: Duration = "24h"  # type: ignore[assignment]
    """How far back is looked."""
    min_rows: Annotated[int, Field(ge=1)] = 500
    """With fewer inferences nothing is judged."""
    drift: Drift = ALL_DEFAULTS
    """Limits on the distance from the reference."""
    latency: Latency = ALL_DEFAULTS
    """Limits on the time that answers take."""
    error_rate: ErrorRate | None = None
    """The limit on answers that failed."""
    then: tuple[Literal["issue", "retrain"], ...] = ("issue",)
    """What follows: `issue` keeps one issue up to date, `retrain` starts the retraining workflow when data drifted."""
    cooldown: Duration = "24h"  # type: ignore[assignment]
    """A retraining is started at most once in this time."""
    retrain: Retrain = ALL_DEFAULTS
    """The workflow that `then: [retrain]` starts."""

    @model_validator(mode="after")
    def _retraining_is_told_of(self) -> Monitor:
        if "retrain" in self.then and "issue" not in self.then:
            raise ValueError("then: [retrain] needs issue beside it: the issue remembers when a retraining was started")
        return self

    @property
    def watches(self) -> bool:
        """Whether any limit is set."""
        return any((self.drift.prediction, self.drift.confidence, self.latency.limits, self.error_rate))
