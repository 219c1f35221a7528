"""The policy as the list of checks it asks for, and its digest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from headgate.config.metrics import METRIC_NAMES, Direction, direction_of, known_metric
from headgate.config.models import Gate, Limit, MetricRule, Override, ReportedRule
from headgate.config.quantities import Margin
from headgate.config.suggestion import nearest
from headgate.errors import UsageError
from headgate.lineage.digests import text_digest

LIMITS = ("min", "max", "max_drop", "max_rise")


class PolicyUnusable(UsageError):
    """The policy asks for nothing, or for something that does not exist."""

    title = "the gate's policy is wrong"


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
    """

    id: str
    metric: str
    direction: Direction
    reported: bool
    rule: Absolute | NonInferiority

    @property
    def compares(self) -> bool:
        """Whether it needs Production."""
        return isinstance(self.rule, NonInferiority)


@dataclass(frozen=True)
class Policy:
    """What the gate asks of a candidate; `digest` names all of it."""

    lines: tuple[Line, ...]
    confidence: float
    blocks_inconclusive: bool
    passes_without_baseline: bool
    overrides: tuple[Override, ...]
    digest: str

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics computed from predictions."""
        return tuple(dict.fromkeys(line.metric for line in self.lines if not line.reported))

    @property
    def compares_metrics(self) -> bool:
        """Whether Production's predictions are needed."""
        return any(line.compares and not line.reported for line in self.lines)

    @property
    def compares_reported(self) -> bool:
        """Whether Production's logged numbers are needed."""
        return any(line.compares and line.reported for line in self.lines)


def policy_of(gate: Gate) -> Policy:
    """The policy in `gate`.

    Raises:
        PolicyUnusable: it asks for nothing, or an override names no check of it; exit 2.
    """
    lines = (*_lines(gate.metrics, reported=False), *_lines(gate.reported, reported=True))
    if not lines:
        raise PolicyUnusable(
            "The gate's policy is empty, and an empty policy would let anything pass.",
            hint="Give at least one limit under `gate.metrics` or `gate.reported`, e.g. accuracy: {max_drop: 0.01}.",
        )
    ids = [line.id for line in lines]
    if twice := [name for name in dict.fromkeys(ids) if ids.count(name) > 1]:
        raise PolicyUnusable(
            f"'{twice[0]}' is asked for under `gate.metrics` and under `gate.reported`.",
            hint="Keep the one under `gate.metrics`: it has an interval.",
        )
    for override in gate.overrides:
        if override.check not in ids:
            raise PolicyUnusable(
                f"`gate.overrides` names '{override.check}', which is no check of this policy"
                f"{nearest(override.check, ids)}."
            )
    return Policy(
        lines=lines,
        confidence=gate.confidence,
        blocks_inconclusive=gate.inconclusive == "block",
        passes_without_baseline=gate.on_no_baseline == "pass",
        overrides=gate.overrides,
        digest=_digest(gate),
    )


def policy_from_checks(texts: Sequence[str]) -> Gate:
    """A policy from the command line: `accuracy.max_drop=0.01`, `log_loss.max_rise=5%`, `accuracy.min=0.7`.

    Raises:
        PolicyUnusable: not of that form, an unknown metric, or a limit that does not suit it.
    """
    metrics: dict[str, dict[str, object]] = {}
    for text in texts:
        check, equals, value = text.rpartition("=")
        metric, dot, limit = check.strip().rpartition(".")
        if not equals or not dot:
            raise PolicyUnusable(
                f"--check {text!r} is not of the form metric.limit=value.", hint="E.g. --check accuracy.max_drop=0.01"
            )
        if limit not in LIMITS:
            raise PolicyUnusable(f"--check {text!r}: there is no limit {limit!r}{nearest(limit, LIMITS)}.")
        if not known_metric(metric):
            raise PolicyUnusable(f"--check {text!r}: there is no metric {metric!r}{nearest(metric, METRIC_NAMES)}.")
        if limit in metrics.setdefault(metric, {}):
            raise PolicyUnusable(f"--check {metric}.{limit} is given twice.", hint="Keep one of them.")
        metrics[metric][limit] = _number(value.strip())
    try:
        return Gate.model_validate({"metrics": metrics})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:3])
        reason = first["msg"].removeprefix("Value error, ")
        raise PolicyUnusable(f"--check {where or texts[0]}: {reason}.") from error


def _number(text: str) -> float | str:
    """`text` as a number where it is one; shares such as `5%` stay texts."""
    try:
        return float(text)
    except ValueError:
        return text


def _lines(rules: Mapping[str, MetricRule] | Mapping[str, ReportedRule], *, reported: bool) -> Iterator[Line]:
    """The lines of each rule, in the order of the file."""
    for metric, rule in rules.items():
        # Of a reported number only the limit says which way is better.
        better = None if reported else direction_of(metric)
        if rule.min is not None:
            yield Line(f"{metric}.min", metric, better or "higher", reported, _absolute(rule.min, "floor"))
        if rule.max is not None:
            yield Line(f"{metric}.max", metric, better or "lower", reported, _absolute(rule.max, "ceiling"))
        if rule.max_drop is not None:
            yield Line(f"{metric}.max_drop", metric, "higher", reported, NonInferiority(rule.max_drop))
        if rule.max_rise is not None:
            yield Line(f"{metric}.max_rise", metric, "lower", reported, NonInferiority(rule.max_rise))


def _absolute(limit: Limit | float, kind: Literal["floor", "ceiling"]) -> Absolute:
    return Absolute(limit.value, kind, limit.sure) if isinstance(limit, Limit) else Absolute(limit, kind)


def _digest(gate: Gate) -> str:
    """The sha256 of the policy as JSON with sorted keys; only what is said counts."""
    return text_digest(json.dumps(gate.model_dump(mode="json", exclude_defaults=True), sort_keys=True))
