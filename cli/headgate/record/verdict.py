"""The sections that the gate makes: what was compared, and what was decided, schema `headgate/gate/1`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from headgate.record.parts import Digest, Part, Section, Time

GATE_SCHEMA = "headgate/gate/1"


class Baseline(Part):
    """What the candidate was compared with; `kind` is `none` for the first model ever."""

    kind: Literal["registry", "git", "file", "none"]
    version: str | None = None
    rescored: bool = False
    model_digest: Digest | None = None


class Rows(Part):
    """How many evaluation rows the two sides share, joined by id."""

    joined: int
    candidate_only: int = 0
    production_only: int = 0


class Evaluation(Section):
    """The two sets of predictions that the verdict is about."""

    evaluation_data: Digest | None
    candidate: Digest | None
    production: Digest | None
    baseline: Baseline


class Slice(Part):
    """A subset of the rows: `column` = `value`, each of several joined by commas where columns are crossed.

    Of a condition such as `length >= 100` that is the column, and `true` the value.
    """

    column: str
    value: str
    condition: bool = False

    @property
    def name(self) -> str:
        """What reports call it: `source = mobile`, `source = mobile, language = en`, or the condition."""
        columns, values = self.column.split(", "), self.value.split(", ")
        if self.condition:
            return self.column
        if len(columns) != len(values):
            return f"{self.column} = {self.value}"
        return ", ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))


Interval = tuple[float | None, float | None]


class Check(Part):
    """One line of the policy and what the rows say about it.

    `difference` is candidate - production as measured, `interval` the two one-sided bounds on it at `confidence`.
    Where `anchor` names a version, `production` is that version's value.
    """

    id: str
    metric: str
    kind: Literal["non_inferiority", "floor", "ceiling", "fairness"]
    slice: Slice | None = None
    direction: Literal["higher", "lower"]
    production: float | None = None
    candidate: float | None = None
    difference: float | None = None
    interval: Interval | None = None
    confidence: float | None = None
    margin: float | None = None
    limit: float | None = None
    method: str
    rows: int | None = None
    verdict: Literal["pass", "fail", "inconclusive", "not_judged", "error"]
    reason: str | None = None
    required_rows: int | None = None
    detectable_margin: float | None = None
    overridden_by: str | None = None
    anchor: str | None = None


class Verdict(Section):
    """The gate's decision, schema `headgate/gate/1`."""

    schema_: Annotated[str, Field(alias="schema")] = GATE_SCHEMA
    verdict: Literal["pass", "fail", "inconclusive", "error"]
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: Rows | None = None
    evaluation_data: Digest | None = None
    uses: int | None = None
    baseline: Baseline
    anchor: Baseline | None = None
    checks: tuple[Check, ...]
    blocking: bool
    policy: Digest
    decided_at: Time

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, ser_json_inf_nan="null")
