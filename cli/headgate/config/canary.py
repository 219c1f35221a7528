"""The section `deploy.canary`: how much of the traffic a new release gets, step by step, and what sends it back."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from headgate.config.parts import Part
from headgate.config.quantities import Duration, Margin, Share, seconds


def _rising(weights: tuple[int, ...]) -> tuple[int, ...]:
    if any(later <= earlier for earlier, later in pairwise(weights)):
        raise ValueError(f"{list(weights)} must rise from step to step, e.g. [5, 25, 50]")
    return weights


def _time_margin(value: Any) -> Margin:
    if isinstance(value, Margin):
        return value
    if isinstance(value, str) and value.strip().endswith("%"):
        return Margin.parse(value)
    return Margin(seconds(value))


def _written(margin: Margin) -> str:
    return str(margin) if margin.relative else f"{margin.value * 1000:g}ms"


TimeMargin = Annotated[
    Margin,
    BeforeValidator(_time_margin),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(%|ms|s|m|h|d)$", "examples": ["20%", "50ms"]}),
]
"""How much longer something may take: a time, or a share of what it took before."""


class Canary(Part):
    """The traffic moves to the new release in steps, compared with the old one at each; for `strategy: canary`."""

    weights: Annotated[tuple[Annotated[int, Field(ge=1, le=99)], ...], Field(min_length=1), AfterValidator(_rising)] = (
        5,
        25,
        50,
    )
    """Percent of the requests that the new release gets at each step; all of them after the last."""
    interval: Duration = "60s"  # type: ignore[assignment]
    """The least time a step takes. What is sure to be worse goes back earlier, what is not sure yet takes longer."""
    timeout: Duration = "30m"  # type: ignore[assignment]
    """A step that nothing has decided after this long is inconclusive."""
    inconclusive: Literal["block", "warn"] = "block"
    """`block`: an inconclusive step takes the release back; `warn`: the next step begins with a warning."""
    max_error_rise: Annotated[float, Field(gt=0, lt=1)] | None = 0.01
    """By how much the share of failed requests (answers from 500 up) may rise; null: errors are not compared."""
    max_latency_rise: TimeMargin | None = "25%"  # type: ignore[assignment]
    """By how much the latency may rise, as a share or a time, e.g. 50ms; null: latency is not compared."""
    latency_percentile: Annotated[float, Field(ge=50, le=99)] = 95
    """The percentile of the latency that is compared."""
    confidence: Annotated[Share, Field(gt=0.5, lt=1)] = 0.95
    """How sure each comparison must be, over all looks of a step together."""

    @model_validator(mode="after")
    def _can_decide(self) -> Canary:
        if self.max_error_rise is None and self.max_latency_rise is None:
            raise ValueError("compares neither errors nor latency; use strategy: start-first to compare nothing")
        if self.timeout < self.interval:
            raise ValueError(f"timeout ({self.timeout:g}s) must not be below interval ({self.interval:g}s)")
        return self
