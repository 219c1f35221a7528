"""The lines of a policy: what is asked of a number, in the words of headgate.yaml, one limit each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from headgate.config.gate import FairnessRule, Limit, MetricRule, ReportedRule, SliceRule
from headgate.config.metrics import FAIRNESS, Direction
from headgate.config.quantities import Margin


@dataclass(frozen=True)
class Absolute:
    """The candidate's value must not be beyond `limit`; with `sure`, its one-sided bound must not."""

    limit: float
    kind: Literal["floor", "ceiling"]
    sure: bool = False


@dataclass(frozen=True)
class NonInferiority:
    """The candidate must not be worse than Production by more than `margin`."""

    margin: Margin


@dataclass(frozen=True)
class Line:
    """One line of the policy.

    Args:
        id: `accuracy.max_drop`; overrides and reports name it so.
        metric: the metric's name, or the number's in the metrics files.
        direction: which way is better.
        reported: whether it is a number of the metrics files, with no rows behind it.
        rule: what must hold.
        anchor: the version it compares with in place of Production.
    """

    id: str
    metric: str
    direction: Direction
    reported: bool
    rule: Absolute | NonInferiority
    anchor: str | None = None

    @property
    def rival(self) -> str:
        """What messages call the model that it compares with."""
        return "Production" if self.anchor is None else f"v{self.anchor}, the anchor"

    @property
    def compares(self) -> bool:
        """Whether it needs Production."""
        return isinstance(self.rule, NonInferiority)


@dataclass(frozen=True)
class Sliced:
    """Lines that are asked of each slice of `rule`; the checks' ids add the slice in brackets."""

    rule: SliceRule
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Fair:
    """Lines about how differently the groups of `rule` are answered."""

    rule: FairnessRule
    lines: tuple[Line, ...]


DirectionOf = Callable[[str], Direction]
"""Which way a metric is better."""


def lines_of(
    rules: Mapping[str, MetricRule] | Mapping[str, ReportedRule], direction_of: DirectionOf | None
) -> Iterator[Line]:
    """The lines of each rule, in the order of the file; reported numbers have no `direction_of` them."""
    reported = direction_of is None
    for metric, rule in rules.items():
        # Of a reported number only the limit says which way is better.
        better = None if direction_of is None else direction_of(metric)
        if rule.min is not None:
            yield Line(f"{metric}.min", metric, better or "higher", reported, _absolute(rule.min, "floor"))
        if rule.max is not None:
            yield Line(f"{metric}.max", metric, better or "lower", reported, _absolute(rule.max, "ceiling"))
        if rule.max_drop is not None:
            yield Line(f"{metric}.max_drop", metric, "higher", reported, NonInferiority(rule.max_drop))
        if rule.max_rise is not None:
            yield Line(f"{metric}.max_rise", metric, "lower", reported, NonInferiority(rule.max_rise))


def slice_lines(rule: SliceRule, direction_of: DirectionOf) -> Iterator[Line]:
    """The lines of each metric, as under `gate.metrics`; a margin is for the metrics of its direction."""
    for metric in rule.metrics:
        higher = direction_of(metric) == "higher"
        limits = MetricRule(
            min=rule.min,
            max=rule.max,
            max_drop=rule.max_drop if higher else None,
            max_rise=None if higher else rule.max_rise,
        )
        yield from lines_of({metric: limits}, direction_of)


def fairness_lines(rule: FairnessRule) -> Iterator[Line]:
    """`demographic_parity_difference[gender].max`: the column is a part of the number's name."""
    limits = MetricRule(min=rule.min, max=rule.max, max_drop=rule.max_drop, max_rise=rule.max_rise)
    for line in lines_of({rule.metric: limits}, FAIRNESS.__getitem__):
        yield replace(line, id=f"{rule.metric}[{rule.column}].{line.id.rpartition('.')[2]}")


def _absolute(limit: Limit | float, kind: Literal["floor", "ceiling"]) -> Absolute:
    return Absolute(limit.value, kind, limit.sure) if isinstance(limit, Limit) else Absolute(limit, kind)
