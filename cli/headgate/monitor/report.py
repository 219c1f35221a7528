"""What watching production found, as values: for programs, and for the pages that are made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = "headgate/monitor/1"
Decision = Literal["ok", "alert", "retrain", "unknown"]
_EXIT_CODES: dict[Decision, int] = {"ok": 0, "alert": 1, "retrain": 1, "unknown": 4}


class Check(BaseModel):
    """One limit, and what was found.

    `measured` and `limit` are in `unit`: psi, seconds or a share. `verdict` is `not_judged` where there are too few
    inferences, or nothing to compare with.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    verdict: Literal["ok", "breached", "not_judged"]
    measured: float | None
    limit: float
    unit: Literal["psi", "seconds", "share"]
    evidence: str


class Report(BaseModel):
    """What was found, and what follows from it.

    `decision` is `retrain` where data drifted and the policy retrains then, `alert` where any limit does not hold,
    `unknown` where there was too little to judge.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_: Annotated[str, Field(alias="schema")] = SCHEMA
    model: str
    environment: str
    release: str | None
    reference: str | None
    decision: Decision
    reasons: tuple[str, ...]
    inferences: int
    requests: int
    window_began_at: datetime
    first_at: datetime | None
    last_at: datetime | None
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    decided_at: datetime

    @property
    def exit_code(self) -> int:
        """0 ok; 1 a limit does not hold; 4 too little to judge."""
        return _EXIT_CODES[self.decision]
