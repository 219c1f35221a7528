"""Lines judged on rows: on all of them, on each slice, and on groups of rows against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from headgate.gate.checks import check_absent, check_metric
from headgate.gate.evaluation_set import EvaluationSet
from headgate.gate.fairness import groups_by, measure_fairness, told
from headgate.gate.lines import Fair, Line, Sliced
from headgate.gate.metrics import Measured, Unmeasurable, measure
from headgate.gate.slices import Part, parts
from headgate.record import Check


@dataclass(frozen=True)
class Judge:
    """How a line is judged, whatever the rows.

    Args:
        confidence: one-sided level of the bounds.
        baseline: whether there is a Production to compare with.
        passes_without: what comparisons say where there is none.
    """

    confidence: float
    baseline: bool
    passes_without: bool

    def check(self, line: Line, measured: Measured | Unmeasurable, rows: int) -> Check:
        """The verdict on `line` from what was measured on `rows` rows."""
        return check_metric(
            line,
            measured,
            rows=rows,
            confidence=self.confidence,
            baseline=self.baseline,
            passes_without=self.passes_without,
        )


def slice_checks(sliced: Sliced, rows: EvaluationSet, judge: Judge) -> Iterator[Check]:
    """Every line on every slice. All must hold, so none needs a stricter level (an intersection-union test).

    Source: Berger, Technometrics 24 (1982) 295-300.

    Raises:
        PredictionsUnusable: the file has no such column, or too many values for slices.
    """
    for part in parts(sliced.rule, rows):
        lines = [replace(line, id=f"{line.id}[{part.id}]") for line in sliced.lines]
        found = len(part.places)
        if not found:
            yield from (_of(part, check_absent(line, f"no row has {part.slice.name}")) for line in lines)
            continue
        measured = measure([line.metric for line in lines], rows.at(part.places), judge.confidence)
        for line in lines:
            made = _of(part, judge.check(line, measured[line.metric], found))
            yield made if found >= sliced.rule.min_rows else _too_small(made, sliced.rule.min_rows)


def fairness_checks(fair: Fair, rows: EvaluationSet, judge: Judge) -> tuple[list[Check], str | None]:
    """Every line of one fairness metric; and a note on the groups that are too small to be compared, if any are.

    Raises:
        PredictionsUnusable: the file has no such column, or too many values for groups.
    """
    rule = fair.rule
    groups = groups_by(rule.column, rows, rule.min_rows)
    name = f"{rule.metric}[{rule.column}]"
    measured: Measured | Unmeasurable
    if isinstance(groups, Unmeasurable):
        measured, compared, note = groups, rows.rows.joined, None
    else:
        measured = measure_fairness([rule.metric], groups, judge.confidence)[rule.metric]
        compared = groups.rows.rows.joined
        few = f"{name} leaves out groups with fewer than {rule.min_rows:,} rows: {told(groups.left_out)}."
        note = few if groups.left_out else None
    made = [judge.check(line, measured, compared) for line in fair.lines]
    return [check.model_copy(update={"kind": "fairness", "metric": name}) for check in made], note


def _of(part: Part, check: Check) -> Check:
    return check.model_copy(update={"slice": part.slice})


def _too_small(check: Check, min_rows: int) -> Check:
    """What was measured, and no verdict."""
    reason = f"{check.rows or 0:,} rows, fewer than min_rows {min_rows:,}"
    return check.model_copy(update={"verdict": "not_judged", "reason": reason, "required_rows": None})
