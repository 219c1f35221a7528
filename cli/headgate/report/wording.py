"""What the reports say, whatever the format: numbers, names of models, sentences, and the cells of each check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.record import Baseline, Check, Verdict

MISSING = "-"
CANDIDATE = "the candidate"
"""What a model without a name is called."""


def number(value: float | None, *, signed: bool = False) -> str:
    """Digits that a person compares: four decimals where the number is a share, fewer where it is large."""
    if value is None:
        return MISSING
    size, sign = abs(value), "+" if signed else ""
    if size >= 1000:
        return f"{value:{sign},.0f}"
    if size >= 10:
        return f"{value:{sign}.2f}"
    return f"{value:{sign}.4f}" if size >= 0.00005 or size == 0 else f"{value:{sign}.1e}"


def model_name(baseline: Baseline) -> str:
    """What the reports call the model compared with."""
    if baseline.kind == "registry":
        return f"Production v{baseline.version}"
    return baseline.version or "Production"


def against(baseline: Baseline) -> str:
    """`against Production v7`, or that there was none."""
    return "no Production yet" if baseline.kind == "none" else f"against {model_name(baseline)}"


def headline(verdict: Verdict, name: str) -> str:
    """The verdict in one line; `name` is the model's."""
    first = verdict.baseline.kind == "none"
    become = "become Production" if first else f"replace {model_name(verdict.baseline)}"
    return {
        "pass": f"PASS: {name} may {become}",
        "fail": f"FAIL: {name} may not {become}",
        "inconclusive": f"INCONCLUSIVE: the rows at hand do not tell whether {name} may {become}",
        "error": f"ERROR: the gate could not be asked whether {name} may {become}",
    }[verdict.verdict]


@dataclass(frozen=True)
class Cells:
    """One check as the cells of a table row."""

    check: str
    production: str
    candidate: str
    difference: str
    allowed: str
    verdict: str


def cells(check: Check) -> Cells:
    """The row of `check`."""
    return Cells(
        check=_check_name(check),
        production=number(check.production),
        candidate=number(check.candidate),
        difference=_difference(check),
        allowed=_allowed(check),
        verdict=check.verdict.replace("_", " ")
        + (f", overridden by {check.overridden_by}" if check.overridden_by else ""),
    )


def _check_name(check: Check) -> str:
    name = check.metric if check.kind in ("non_inferiority", "fairness") else f"{check.metric}, {check.kind}"
    return name if check.slice is None else f"{name}, {check.slice.column} = {check.slice.value}"


def _difference(check: Check) -> str:
    """The measured difference and the bound that has to clear the margin; of a sure limit, the value's own bound."""
    if check.interval is None:
        return number(check.difference, signed=True)
    lower, upper = check.interval
    if check.kind == "non_inferiority":
        bound = f"≥ {number(lower, signed=True)}" if check.direction == "higher" else f"≤ {number(upper, signed=True)}"
        return f"{number(check.difference, signed=True)} ({bound})"
    bound = f"surely ≥ {number(lower)}" if check.kind == "floor" else f"surely ≤ {number(upper)}"
    return bound if check.difference is None else f"{number(check.difference, signed=True)}; {bound}"


def _allowed(check: Check) -> str:
    if check.limit is not None:
        return f"{'≥' if check.kind == 'floor' else '≤'} {number(check.limit)}"
    if check.margin is None:
        return MISSING
    turned = -check.margin if check.direction == "higher" else check.margin
    return f"{'≥' if check.direction == 'higher' else '≤'} {number(turned, signed=True)}"


def confidence(verdict: Verdict) -> str:
    """`95%`, the confidence of the intervals; empty where there are none."""
    levels = {check.confidence for check in verdict.checks if check.confidence is not None}
    return ", ".join(f"{level * 100:g}%" for level in sorted(levels))


def footing(verdict: Verdict) -> Iterator[str]:
    """What the verdict rests on, a sentence each: rows, uses of the set, what the set can prove."""
    if verdict.rows is not None:
        alone = verdict.baseline.kind == "none"
        yield f"{verdict.rows.joined:,} rows{'' if alone else ', the same for both'}."
    if verdict.uses is not None:
        yield f"This evaluation set was used {verdict.uses:,} time{'' if verdict.uses == 1 else 's'}."
    provable = {
        check.metric: check.detectable_margin
        for check in verdict.checks
        if check.detectable_margin is not None and check.slice is None
    }
    if len(provable) == 1:
        yield f"Smallest margin this set can prove: {number(next(iter(provable.values())))}."
    elif provable:
        each = ", ".join(f"{metric} {number(margin)}" for metric, margin in provable.items())
        yield f"Smallest margins this set can prove: {each}."
