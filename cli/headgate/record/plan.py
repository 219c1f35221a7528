"""What a gate could decide, before there is a candidate: schema `headgate/plan/1`. No section of the release record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from headgate.record.parts import Digest, Part, Time
from headgate.record.verdict import Baseline, Check, Slice

PLAN_SCHEMA = "headgate/plan/1"

Outlook = Literal["ready", "few_rows", "never_passes", "never_fails", "not_judged", "no_interval"]


class Scenario(Part):
    """What a check would need, were an equally good candidate to answer this share of the rows differently.

    Args:
        discordance: the share.
        required_rows: rows on which such a candidate passes with probability `power`; None where the share cannot be
            reached, or no number of rows does.
        chance: the probability with which it passes on the rows at hand.
        smallest_margin: the margin with which it would pass with probability `power` on the rows at hand.
    """

    discordance: float
    required_rows: int | None = None
    chance: float | None = None
    smallest_margin: float | None = None


class PlannedCheck(Part):
    """One line of the policy, and what today's evaluation set makes of it."""

    id: str
    metric: str
    kind: str
    slice: Slice | None = None
    direction: Literal["higher", "lower"]
    production: float | None = None
    margin: float | None = None
    limit: float | None = None
    rows: int | None = None
    scenarios: tuple[Scenario, ...] = ()
    outlook: Outlook
    why: str

    @classmethod
    def of(cls, check: Check, *, scenarios: tuple[Scenario, ...], outlook: Outlook, why: str) -> PlannedCheck:
        """What `check` asks, with its outlook."""
        asked = {name: getattr(check, name) for name in _ASKED}
        return cls(**asked, scenarios=scenarios, outlook=outlook, why=why)


_ASKED = ("id", "metric", "kind", "slice", "direction", "production", "margin", "limit", "rows")


class Plan(Part):
    """Every check, and the rows it needs.

    Args:
        rows: rows of the evaluation set, as Production was scored on it.
        power: the probability with which an equally good candidate should pass.
        most_discordance: the largest share of rows that a candidate exactly as good as Production can answer
            differently.
        assumptions: what the numbers of rows rest on, in words.
    """

    schema_: Annotated[str, Field(alias="schema")] = PLAN_SCHEMA
    baseline: Baseline
    rows: int
    confidence: float
    power: float
    most_discordance: float
    assumptions: tuple[str, ...]
    checks: tuple[PlannedCheck, ...]
    policy: Digest
    planned_at: Time

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, ser_json_inf_nan="null")
