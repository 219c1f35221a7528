"""What the reports say, whatever the format: numbers, names of models, sentences, and the cells of each check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from headgate.errors import listing
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
        allowed=allowed(check),
        verdict=check.verdict.replace("_", " ")
        + (f", overridden by {check.overridden_by}" if check.overridden_by else ""),
    )


def _check_name(check: Check) -> str:
    name = check.metric if check.kind in ("non_inferiority", "fairness") else f"{check.metric}, {check.kind}"
    if check.anchor is not None:
        name = f"{name}, against v{check.anchor}"
    return name if check.slice is None else f"{name}, {check.slice.name}"


def _difference(check: Check) -> str:
    """The measured difference and the bound that decided; of a sure limit, the bound on the value itself."""
    if check.interval is None:
        return number(check.difference, signed=True)
    decided = check.verdict in ("pass", "fail")
    if check.margin is not None or check.kind == "non_inferiority":
        lower, upper = (number(bound, signed=True) for bound in check.interval)
        bound = _deciding_bound(check, lower, upper) if decided else f"{lower} to {upper}"
        return f"{number(check.difference, signed=True)} ({bound})"
    lower, upper = map(number, check.interval)
    bound = f"surely {_deciding_bound(check, lower, upper)}" if decided else f"between {lower} and {upper}"
    return bound if check.difference is None else f"{number(check.difference, signed=True)}; {bound}"


def _deciding_bound(check: Check, lower: str, upper: str) -> str:
    """The bound that cleared the limit, or that stayed beyond it."""
    return f"≥ {lower}" if wants_more(check) == (check.verdict == "pass") else f"≤ {upper}"


class Asked(Protocol):
    """What a check asks, whether or not there is an answer yet."""

    @property
    def kind(self) -> str:
        """As in the record."""

    @property
    def direction(self) -> str:
        """Which way is better."""

    @property
    def margin(self) -> float | None:
        """How far from Production it may be."""

    @property
    def limit(self) -> float | None:
        """What the value itself must hold."""


def wants_more(check: Asked) -> bool:
    """Whether the limit is one that values must be above."""
    if check.kind in ("floor", "ceiling"):
        return check.kind == "floor"
    return check.direction == "higher"


def allowed(check: Asked) -> str:
    """The limit, or what is allowed of the difference, as a relation: `≥ -0.0100`."""
    if check.limit is not None:
        return f"{'≥' if wants_more(check) else '≤'} {number(check.limit)}"
    if check.margin is None:
        return MISSING
    turned = -check.margin if check.direction == "higher" else check.margin
    return f"{'≥' if check.direction == 'higher' else '≤'} {number(turned, signed=True)}"


FEW_SLICES = 5
"""So many checks on slices are read like any other; of more, those that pass are put aside."""


def put_aside(verdict: Verdict) -> tuple[list[Check], list[Check]]:
    """The checks that everyone should read, and the many on slices that say nothing bad."""
    many = sum(check.slice is not None for check in verdict.checks) > FEW_SLICES

    def is_aside(check: Check) -> bool:
        return many and check.slice is not None and check.verdict in ("pass", "not_judged")

    return [one for one in verdict.checks if not is_aside(one)], [one for one in verdict.checks if is_aside(one)]


def counted(checks: Sequence[Check]) -> str:
    """`38 checks on slices pass, 2 are not judged`."""
    passed = sum(check.verdict == "pass" for check in checks)
    parts = [f"{passed:,} checks on slices pass"] if passed else []
    if left := len(checks) - passed:
        parts.append(f"{left:,} {'is' if left == 1 else 'are'} not judged")
    return ", ".join(parts)


def stopping(verdict: Verdict) -> Iterator[Check]:
    """The checks that the verdict is not a pass for."""
    for check in verdict.checks:
        if check.verdict in ("fail", "error", "inconclusive") and not check.overridden_by:
            yield check


def sentence(check: Check) -> str:
    """One check in one line: `accuracy, source = mobile: fail: Production 0.7020, candidate 0.6990, …`."""
    row = cells(check)
    told = [f"Production {row.production}", f"candidate {row.candidate}", f"difference {row.difference}"]
    why = [check.reason] if check.reason else []
    return f"{row.check}: {row.verdict}: {', '.join([*told, f'allowed {row.allowed}', *why])}"


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
        each = listing((f"{metric} {number(margin)}" for metric, margin in provable.items()), most=8)
        yield f"Smallest margins this set can prove: {each}."
