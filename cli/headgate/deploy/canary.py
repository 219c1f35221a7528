"""The decision at each step of a canary: is the new release sure to be no worse, sure to be worse, or neither yet?

The same three verdicts as the gate's, on two independent samples. A step is looked at again and again, and each look
that can decide is a chance to be wrong: the k-th look of a step may be wrong with 6 / (pi k)^2 of the step's doubt,
which over however many looks adds up to no more than that doubt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from headgate.config.canary import Canary
from headgate.deploy.traffic import Sample
from headgate.statistics.independent import percentile, percentile_bounds, share_difference

Outcome = Literal["pass", "fail", "inconclusive"]


@dataclass(frozen=True)
class Comparison:
    """One thing that was compared, and what is known of it."""

    outcome: Outcome
    why: str


@dataclass(frozen=True)
class Judgement:
    """What a look at a step decides: `fail` when anything is worse, `pass` when nothing is, for sure."""

    comparisons: tuple[Comparison, ...]
    requests: int

    @property
    def outcome(self) -> Outcome:
        """The worst of the comparisons."""
        outcomes = {one.outcome for one in self.comparisons}
        return "fail" if "fail" in outcomes else "inconclusive" if "inconclusive" in outcomes else "pass"

    def __str__(self) -> str:
        return f"{self.requests} requests; {'; '.join(one.why for one in self.comparisons)}"


def looks(policy: Canary) -> Iterator[float]:
    """When a step is looked at, in seconds after its beginning: early for what is plainly worse, then less and less."""
    moment = policy.interval / 8
    while moment < policy.timeout:
        yield moment
        moment *= 2
    yield policy.timeout


def judge(before: Sample, after: Sample, policy: Canary, look: int) -> Judgement:
    """Compare what users got from the release before with what they got from the one after it.

    Args:
        before: what the old release answered.
        after: what the new one answered, over the same time.
        policy: the margins, and how sure to be.
        look: the number of looks at this step, this one included: 1, 2, …
    """
    confidence = 1 - (1 - policy.confidence) * 6 / (math.pi * look) ** 2
    comparisons = []
    if policy.max_error_rise is not None:
        comparisons.append(_errors(before, after, policy.max_error_rise, confidence))
    if policy.max_latency_rise is not None:
        comparisons.append(_latency(before, after, policy, confidence))
    return Judgement(tuple(comparisons), after.requests)


def _errors(before: Sample, after: Sample, margin: float, confidence: float) -> Comparison:
    said = f"errors {_share(before.failed)} -> {_share(after.failed)}"
    if not before.requests or not after.requests:
        return Comparison("inconclusive", f"{said}: no requests to compare")
    bounds = share_difference((before.failures, before.requests), (after.failures, after.requests), confidence)
    rise = f"{_rise(bounds.lower, bounds.upper, _share)}, {_share(margin)} allowed"
    return Comparison(_outcome(bounds.lower, bounds.upper, margin), f"{said} ({rise})")


def _latency(before: Sample, after: Sample, policy: Canary, confidence: float) -> Comparison:
    """The rise is within its margin when that holds for the ends of both bounds that are the worst for it."""
    percent, margin = policy.latency_percentile, policy.max_latency_rise
    assert margin is not None  # noqa: S101  (the caller has asked)
    each = 1 - (1 - confidence) / 2  # both bounds must hold at once
    old, new = (percentile_bounds(one.seconds, percent, each) for one in (before, after))
    measured = (_time(percentile(one.seconds, percent)) if one.seconds else "?" for one in (before, after))
    said = f"p{percent:g} {' -> '.join(measured)}"
    least, most = new.lower - old.upper, new.upper - old.lower
    if math.isfinite(most) and most <= margin.against(old.lower):
        outcome: Outcome = "pass"
    elif math.isfinite(least) and least > margin.against(old.upper):
        outcome = "fail"
    else:
        outcome = "inconclusive"
    allowed = f"{margin.value:.0%}" if margin.relative else _time(margin.value)
    return Comparison(outcome, f"{said} ({_rise(least, most, _time)}, {allowed} allowed)")


def _outcome(least: float, most: float, margin: float) -> Outcome:
    return "pass" if most < margin else "fail" if least > margin else "inconclusive"


def _rise(least: float, most: float, shown: Callable[[float], str]) -> str:
    if not (math.isfinite(least) and math.isfinite(most)):
        return "too few requests to say"
    return f"a rise between {shown(least)} and {shown(most)}"


def _share(value: float) -> str:
    return f"{value * 100:.2f}%"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
