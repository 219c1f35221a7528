"""Checks that may fail for now: by name, for a reason, in somebody's name, until a day, and never silently."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from headgate.config.gate import Override
from headgate.record import Check


def applies(override: Override, today: date) -> bool:
    """Whether it has a reason and an author, and its last day is not over."""
    return bool(override.reason.strip() and override.by.strip()) and today <= override.until


def why_not(override: Override, today: date) -> str:
    """The warning about an override that does not apply."""
    missing = [word for word, value in (("reason", override.reason), ("author", override.by)) if not value.strip()]
    why = f"it has no {' and no '.join(missing)}" if missing else f"it expired on {override.until}; today is {today}"
    return f"The override of {override.check} does not apply: {why}. The check stands."


def overridden(checks: Sequence[Check], overrides: Sequence[Override], today: date) -> tuple[Check, ...]:
    """The checks, those that an override lets through marked with its author.

    Only a failed or undecided check can be overridden: one that could not be made says nothing a person could weigh.
    """
    by = {override.check: override.by for override in overrides if applies(override, today)}
    return tuple(
        check.model_copy(update={"overridden_by": by[check.id]})
        if check.id in by and check.verdict in ("fail", "inconclusive")
        else check
        for check in checks
    )
