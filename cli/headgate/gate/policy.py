"""The policy as the list of checks it asks for, and its digest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from headgate.config.custom import CustomMetric
from headgate.config.gate import Gate, Override, SliceRule
from headgate.config.metrics import METRIC_NAMES, Direction, known, known_metric
from headgate.config.suggestion import nearest
from headgate.errors import UsageError
from headgate.gate.lines import Fair, Line, Sliced, fairness_lines, lines_of, slice_lines
from headgate.gate.predictions import Reading
from headgate.lineage.digests import text_digest

LIMITS = ("min", "max", "max_drop", "max_rise")


class PolicyUnusable(UsageError):
    """The policy asks for nothing, or for something that does not exist."""

    title = "the gate's policy is wrong"


@dataclass(frozen=True)
class Policy:
    """What the gate asks of a candidate; `digest` names all of it.

    Args:
        lines: what is asked of all rows, and of reported numbers.
        slices: what is asked of parts of the rows.
        fairness: what is asked of groups of rows against each other.
        confidence: one-sided level of every interval.
        blocks_inconclusive: whether an undecided check stops the release.
        passes_without_baseline: what comparisons say where there is no Production.
        overrides: checks that may fail.
        digest: sha256 of the policy.
        anchor: the version no candidate may fall below.
        group, weight: the columns that say which rows belong together, and what they weigh.
        custom: the metrics that the project defines itself.
    """

    lines: tuple[Line, ...]
    slices: tuple[Sliced, ...]
    fairness: tuple[Fair, ...]
    confidence: float
    blocks_inconclusive: bool
    passes_without_baseline: bool
    overrides: tuple[Override, ...]
    digest: str
    anchor: str | None = None
    group: str | None = None
    weight: str | None = None
    custom: Mapping[str, CustomMetric] = field(default_factory=dict)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics computed from predictions, of all rows or of some."""
        return tuple(dict.fromkeys(line.metric for line in self._of_rows))

    @property
    def reading(self) -> Reading:
        """What of a predictions file is needed."""
        needs = {known(metric, self.custom).needs for metric in self.metrics}
        return Reading(
            classes=needs != {"numbers"},
            numbers="numbers" in needs,
            probabilities="probabilities" in needs,
            attributes=tuple(dict.fromkeys((*self._parts(), *self._columns()))),
            parts=tuple(dict.fromkeys(self._parts())),
            group=self.group,
            weight=self.weight,
        )

    @property
    def compares_metrics(self) -> bool:
        """Whether Production's predictions are needed."""
        return any(line.compares for line in self._of_rows)

    @property
    def compares_reported(self) -> bool:
        """Whether Production's logged numbers are needed."""
        return any(line.compares and line.reported for line in self.lines)

    @property
    def _of_rows(self) -> Iterator[Line]:
        """Every line that rows decide."""
        yield from (line for line in self.lines if not line.reported)
        yield from (line for sliced in self.slices for line in sliced.lines)
        yield from (line for fair in self.fairness for line in fair.lines)

    def _parts(self) -> Iterator[str]:
        """The further columns that slices and groups are made of."""
        for sliced in self.slices:
            yield from sliced.rule.where.columns if sliced.rule.where is not None else sliced.rule.by
        for fair in self.fairness:
            yield fair.rule.column

    def _columns(self) -> Iterator[str]:
        """Those that the project's own metrics read."""
        for metric in self.custom.values():
            yield from metric.columns if metric.column is None else (metric.column,)


def policy_of(gate: Gate) -> Policy:
    """The policy in `gate`.

    Raises:
        PolicyUnusable: it asks for nothing, or an override names no check of it; exit 2.
    """

    def direction_of(metric: str) -> Direction:
        return gate.metric(metric).direction

    lines = (*lines_of(gate.metrics, direction_of), *lines_of(gate.reported, None))
    slices = tuple(Sliced(rule, tuple(slice_lines(rule, direction_of))) for rule in gate.slices)
    fairness = tuple(Fair(rule, tuple(fairness_lines(rule))) for rule in gate.fairness)
    if not (lines or slices or fairness):
        raise PolicyUnusable(
            "The gate's policy is empty, and an empty policy would let anything pass.",
            hint="Give at least one limit under `gate.metrics` or `gate.reported`, e.g. accuracy: {max_drop: 0.01}.",
        )
    lines = (*lines, *_anchored(gate.anchor, lines))
    ids = [line.id for line in lines]
    if twice := [name for name in dict.fromkeys(ids) if ids.count(name) > 1]:
        raise PolicyUnusable(
            f"'{twice[0]}' is asked for under `gate.metrics` and under `gate.reported`.",
            hint="Keep the one under `gate.metrics`: it has an interval.",
        )
    _insist_asked_once(slices, fairness)
    ids += [line.id for fair in fairness for line in fair.lines]
    beginnings = tuple(f"{line.id}[{sliced.rule.name}" for sliced in slices for line in sliced.lines)
    _insist_overrides_name_checks(gate, ids, beginnings)
    return Policy(
        lines=lines,
        slices=slices,
        fairness=fairness,
        confidence=gate.confidence,
        blocks_inconclusive=gate.inconclusive == "block",
        passes_without_baseline=gate.on_no_baseline == "pass",
        overrides=gate.overrides,
        digest=_digest(gate),
        anchor=gate.anchor,
        group=gate.columns.group,
        weight=gate.columns.weight,
        custom=gate.custom,
    )


def _insist_overrides_name_checks(gate: Gate, ids: Sequence[str], beginnings: tuple[str, ...]) -> None:
    """Checks of slices are known by their beginning alone: the values come with the rows."""
    for override in gate.overrides:
        if override.check not in ids and not override.check.startswith(beginnings):
            raise PolicyUnusable(
                f"`gate.overrides` names '{override.check}', which is no check of this policy"
                f"{nearest(override.check, [*ids, *(f'{beginning}]' for beginning in beginnings)])}."
            )


def policy_from_checks(texts: Sequence[str], custom: Mapping[str, CustomMetric] | None = None) -> Gate:
    """A policy from the command line: `accuracy.max_drop=0.01`, `log_loss.max_rise=5%`, `accuracy.min=0.7`.

    `custom` are the metrics that the project defines, which a check may name too.

    Raises:
        PolicyUnusable: not of that form, an unknown metric, or a limit that does not suit it.
    """
    own = custom or {}
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
        if not known_metric(metric) and metric not in own:
            names = [*METRIC_NAMES, *own]
            raise PolicyUnusable(f"--check {text!r}: there is no metric {metric!r}{nearest(metric, names)}.")
        if limit in metrics.setdefault(metric, {}):
            raise PolicyUnusable(f"--check {metric}.{limit} is given twice.", hint="Keep one of them.")
        metrics[metric][limit] = _number(value.strip())
    try:
        asked = {name: metric for name, metric in own.items() if name in metrics}
        return Gate.model_validate({"custom": asked, "metrics": metrics})
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


def _insist_asked_once(slices: Sequence[Sliced], fairness: Sequence[Fair]) -> None:
    """Refuse two limits of one kind for the same rows: which of them holds?

    Raises:
        PolicyUnusable: names the check.
    """
    asked: dict[str, list[SliceRule]] = {}
    for sliced in slices:
        for line in sliced.lines:
            before = asked.setdefault(f"{line.id}[{sliced.rule.name}]", [])
            if any(_overlap(rule, sliced.rule) for rule in before):
                raise PolicyUnusable(
                    f"'{line.id}' is asked twice of the slices by {sliced.rule.name} under `gate.slices`.",
                    hint="Keep one of them, or give each its own values.",
                )
            before.append(sliced.rule)
    ids = [line.id for fair in fairness for line in fair.lines]
    if twice := [name for name in dict.fromkeys(ids) if ids.count(name) > 1]:
        raise PolicyUnusable(f"'{twice[0]}' is asked twice under `gate.fairness`.", hint="Keep one of them.")


def _overlap(one: SliceRule, other: SliceRule) -> bool:
    return one.asked is None or other.asked is None or not set(one.asked).isdisjoint(other.asked)


def _anchored(anchor: str | None, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The comparisons of `lines` once more, with the anchor in Production's place.

    Raises:
        PolicyUnusable: there is an anchor and nothing is compared, so it would hold nothing.
    """
    if anchor is None:
        return ()
    anchored = tuple(
        replace(line, id=f"{line.id}[anchor=v{anchor}]", anchor=anchor)
        for line in lines
        if line.compares and not line.reported
    )
    if not anchored:
        raise PolicyUnusable(
            f"`gate.anchor` names v{anchor}, and the policy has no comparison that could hold a candidate to it.",
            hint="Give max_drop or max_rise to a metric under `gate.metrics`, or take the anchor out.",
        )
    return anchored


def _digest(gate: Gate) -> str:
    """The sha256 of the policy as JSON with sorted keys; only what is said counts."""
    return text_digest(json.dumps(gate.model_dump(mode="json", exclude_defaults=True), sort_keys=True))
