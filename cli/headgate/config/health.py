"""The section `health`: when a release counts as healthy."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from headgate.config.parts import ALL_DEFAULTS, Part
from headgate.config.quantities import Duration


class Expect(Part):
    """What an answer must be."""

    status: int = 200
    """The HTTP status."""
    json_: Annotated[Any, Field(alias="json")] = None
    """Values the JSON body must contain: every key given here, nested ones too; other keys may be anything."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class HealthCheck(Part):
    """A request that must be answered rightly before traffic moves."""

    path: Annotated[str, Field(pattern=r"^/")]
    """The path, e.g. /predict."""
    method: Literal["GET", "POST", "PUT"] = "GET"
    """The HTTP method."""
    json_: Annotated[Any, Field(alias="json")] = None
    """The JSON body that is sent."""
    expect: Expect = ALL_DEFAULTS
    """What the answer must be."""
    max_latency: Duration | None = None
    """The 95th percentile of the answers' latency must not be above this."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, validate_default=True)


class Health(Part):
    """When a release counts as healthy."""

    path: Annotated[str, Field(pattern=r"^/")] = "/health"
    """Answers 200 when the application is ready."""
    timeout: Duration = "180s"  # type: ignore[assignment]
    """How long the application may take to become ready; models take their time to load."""
    checks: tuple[HealthCheck, ...] = ()
    """Real predictions with known answers."""
