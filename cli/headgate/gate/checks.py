"""One line of the policy against what was measured: a check with a verdict. Whatever is no number never passes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from headgate.config.suggestion import nearest
from headgate.gate.lines import Absolute, Line, NonInferiority
from headgate.gate.metrics import Measured, Unmeasurable
from headgate.record import Check
from headgate.statistics.measurement import Bounds, Own, Paired
from headgate.statistics.planning import detectable_margin, required_rows

POINT = "point"
"""The method of a comparison of two numbers with no rows behind them, and so with no interval."""

Outcome = Literal["pass", "fail", "inconclusive", "not_judged", "error"]


@dataclass(frozen=True)
class Reported:
    """Numbers from the metrics files of one side, by dotted name."""

    values: Mapping[str, float]
    source: str


def check_metric(
    line: Line, measured: Measured | Unmeasurable, *, rows: int, confidence: float, baseline: bool, passes_without: bool
) -> Check:
    """The verdict on a line about a metric of the predictions.

    Args:
        line: what is asked.
        measured: the metric on the evaluation set, or why there is none.
        rows: how many rows it was measured on.
        confidence: one-sided level of the bounds in `measured`.
        baseline: whether there is a Production to compare with.
        passes_without: what `on_no_baseline` says.
    """
    if isinstance(measured, Unmeasurable):
        return _error(line, measured.why)
    if isinstance(line.rule, Absolute):
        return _absolute(line, line.rule, measured, rows, confidence)
    if not baseline:
        return _without_baseline(line, measured.own.value, passes_without).model_copy(update={"rows": rows})
    if measured.paired is None:
        return _error(line, "Production has no predictions to compare with")
    return _non_inferiority(line, line.rule, measured.paired, confidence)


def check_absent(line: Line, why: str) -> Check:
    """The verdict on a line about rows that were asked for and do not occur: nobody knows how the model does there."""
    return _error(line, why).model_copy(update={"verdict": "fail", "rows": 0})


def check_reported(
    line: Line, candidate: Reported | None, production: Reported | None, *, baseline: bool, passes_without: bool
) -> Check:
    """The verdict on a line about a number of the metrics files: two points, no interval."""
    value = _value(line.metric, candidate, "the candidate")
    if isinstance(value, str):
        return _error(line, value)
    if isinstance(line.rule, Absolute):
        return _point_limit(line, line.rule, value)
    if not baseline:
        return _without_baseline(line, value, passes_without)
    logged = _value(line.metric, production, "Production")
    if isinstance(logged, str):
        return _error(line, logged).model_copy(update={"candidate": value})
    return _point_difference(line, line.rule, value, logged)


def _absolute(line: Line, rule: Absolute, measured: Measured, rows: int, confidence: float) -> Check:
    """A floor or a ceiling on the measured value, or, with `sure`, on its bound."""
    own, paired = measured.own, measured.paired
    outcome = _sure_limit(rule, own) if rule.sure else _plain_limit(rule, own.value)
    return Check(
        id=line.id,
        metric=line.metric,
        kind=rule.kind,
        direction=line.direction,
        production=None if paired is None else paired.production,
        candidate=_number(own.value),
        difference=None if paired is None else paired.difference,
        interval=(_number(own.bounds.lower), _number(own.bounds.upper)) if rule.sure else None,
        confidence=confidence if rule.sure else None,
        limit=rule.limit,
        method=own.method if rule.sure else "measured",
        rows=rows,
        verdict=outcome,
        reason=None
        if outcome == "pass"
        else _limit_reason(rule, own.value, own.bounds if rule.sure else None, outcome),
    )


def _plain_limit(rule: Absolute, value: float) -> Outcome:
    if not math.isfinite(value):
        return "error"
    holds = value >= rule.limit if rule.kind == "floor" else value <= rule.limit
    return "pass" if holds else "fail"


def _sure_limit(rule: Absolute, own: Own) -> Outcome:
    """Pass and fail where the bound says so, inconclusive between."""
    if not math.isfinite(own.value):
        return "error"
    if not own.bounds.finite:
        return "inconclusive"
    lower, upper, limit = own.bounds.lower, own.bounds.upper, rule.limit
    if rule.kind == "ceiling":
        lower, upper, limit = -upper, -lower, -limit
    if lower >= limit:
        return "pass"
    return "fail" if upper < limit else "inconclusive"


def _limit_reason(rule: Absolute, value: float, bounds: Bounds | None, outcome: Outcome = "fail") -> str:
    if not math.isfinite(value):
        return f"the measured value is {value}"
    side = "below" if rule.kind == "floor" else "above"
    if bounds is not None and not bounds.finite:
        return f"these rows give no bounds on {value:.4g}, so it may truly be {side} {rule.limit:g}"
    if bounds is None:
        return f"{value:.4g} is {side} {rule.limit:g}"
    how = "is surely" if outcome == "fail" else "may truly be"
    return f"{value:.4g}, within {bounds.lower:.4g} and {bounds.upper:.4g}, {how} {side} {rule.limit:g}"


def _non_inferiority(line: Line, rule: NonInferiority, paired: Paired, confidence: float) -> Check:
    """Pass where the lower bound of the difference, turned so that higher is better, is above -D.

    Fail where the upper bound is below -D; inconclusive between.
    """
    oriented = paired if line.direction == "higher" else paired.mirrored()
    margin = rule.margin.against(paired.production)
    outcome: Outcome
    if not paired.finite or not math.isfinite(margin):
        outcome = "error" if not math.isfinite(paired.difference) else "inconclusive"
    elif oriented.bounds.lower > -margin:
        outcome = "pass"
    else:
        outcome = "fail" if oriented.bounds.upper < -margin else "inconclusive"
    needed = required_rows(oriented, margin) if outcome == "inconclusive" else None
    return Check(
        id=line.id,
        metric=line.metric,
        kind="non_inferiority",
        direction=line.direction,
        production=_number(paired.production),
        candidate=_number(paired.candidate),
        difference=_number(paired.difference),
        interval=(_number(paired.bounds.lower), _number(paired.bounds.upper)),
        confidence=confidence,
        margin=_number(margin),
        method=paired.method,
        rows=paired.rows,
        verdict=outcome,
        reason=_comparison_reason(line, outcome, paired, margin, needed),
        required_rows=needed,
        detectable_margin=_number(detectable_margin(oriented, confidence)),
    )


def _comparison_reason(line: Line, outcome: Outcome, paired: Paired, margin: float, needed: int | None) -> str | None:
    worse = "lower" if line.direction == "higher" else "higher"
    if outcome == "error":
        return f"the measured values are {paired.production} and {paired.candidate}"
    if outcome == "fail":
        return f"surely more than {margin:.4g} {worse} than {line.rival}"
    if outcome == "inconclusive" and not paired.finite:
        return f"{paired.rows:,} rows give no bounds on the difference"
    if outcome == "inconclusive":
        rows = (
            "no number of rows decides a difference that is the margin itself"
            if needed is None
            else (f"about {needed:,} rows would decide, were the difference to stay as measured")
        )
        return f"{paired.rows:,} rows cannot tell whether it is more than {margin:.4g} {worse}; {rows}"
    return None


def _point_limit(line: Line, rule: Absolute, value: float) -> Check:
    outcome = _plain_limit(rule, value)
    return Check(
        id=line.id,
        metric=line.metric,
        kind=rule.kind,
        direction=line.direction,
        candidate=_number(value),
        limit=rule.limit,
        method=POINT,
        verdict=outcome,
        reason=None if outcome == "pass" else _limit_reason(rule, value, None),
    )


def _point_difference(line: Line, rule: NonInferiority, candidate: float, production: float) -> Check:
    """The measured difference against the margin; a margin of exactly that much is allowed."""
    difference = candidate - production
    margin = rule.margin.against(production)
    worse = -difference if line.direction == "higher" else difference
    outcome: Outcome = "error" if not math.isfinite(difference) else "pass" if _at_most(worse, margin) else "fail"
    word = "lower" if line.direction == "higher" else "higher"
    return Check(
        id=line.id,
        metric=line.metric,
        kind="non_inferiority",
        direction=line.direction,
        production=_number(production),
        candidate=_number(candidate),
        difference=_number(difference),
        margin=_number(margin),
        method=POINT,
        verdict=outcome,
        reason=None if outcome == "pass" else f"{worse:.4g} {word} than Production, {margin:.4g} is allowed",
    )


def _at_most(worse: float, margin: float) -> bool:
    """Whether a difference is within the margin: 0.9 - 0.89 is 0.01 as people write numbers, not as floats do."""
    return worse <= margin or math.isclose(worse, margin, rel_tol=1e-9)


def _value(name: str, reported: Reported | None, side: str) -> float | str:
    """The number, or why there is none."""
    if reported is None:
        return f"{side} has no metrics files to read '{name}' from"
    if name not in reported.values:
        known = nearest(name, reported.values) if reported.values else ""
        return f"{reported.source} has no number '{name}'{known}"
    value = reported.values[name]
    return value if math.isfinite(value) else f"{reported.source} says '{name}' is {value}"


def _without_baseline(line: Line, value: float, passes: bool) -> Check:
    """A comparison with nothing to compare with: what `on_no_baseline` says."""
    outcome: Outcome = "error" if not math.isfinite(value) else "pass" if passes else "fail"
    return Check(
        id=line.id,
        metric=line.metric,
        kind="non_inferiority",
        direction=line.direction,
        candidate=_number(value),
        method="none",
        verdict=outcome,
        reason=f"there is no Production yet, and on_no_baseline is {'pass' if passes else 'fail'}",
    )


def _error(line: Line, why: str) -> Check:
    """A check that could not be made."""
    rule = line.rule
    return Check(
        id=line.id,
        metric=line.metric,
        kind=rule.kind if isinstance(rule, Absolute) else "non_inferiority",
        direction=line.direction,
        limit=rule.limit if isinstance(rule, Absolute) else None,
        method="none",
        verdict="error",
        reason=why,
    )


def _number(value: float) -> float | None:
    """The record holds finite numbers alone: JSON has no others."""
    return value if math.isfinite(value) else None
