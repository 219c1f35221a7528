"""All checks together: one verdict, its reasons, and what it means for the release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from itertools import chain
from typing import Literal

from headgate.config.gate import Gate
from headgate.errors import CouldNotCarryOut, GateFailed, GateInconclusive, HeadgateError, listing
from headgate.gate.checks import Reported, check_reported
from headgate.gate.evaluation_set import EvaluationSet
from headgate.gate.judging import Judge, fairness_checks, slice_checks
from headgate.gate.lines import Line
from headgate.gate.metrics import Measured, Unmeasurable, measure, right
from headgate.gate.overrides import applies, overridden, why_not
from headgate.gate.policy import Policy, policy_of
from headgate.gate.uses import warning as uses_warning
from headgate.lineage.source import now
from headgate.record import Baseline, Check, Evaluation, Verdict
from headgate.statistics.mcnemar import mcnemar_exact

Outcome = Literal["pass", "fail", "inconclusive", "error"]

NO_PREDICTIONS = (
    "These checks compare single numbers. With `train.predictions` (one row per evaluation example: id, label, "
    "prediction) the gate compares both models on the same rows, tells chance from change by an interval, and says how "
    "many rows would decide."
)


NO_ROWS = Unmeasurable("there is no predictions file; `train.predictions` names it")


class CouldNotEvaluate(CouldNotCarryOut):
    """A check could not be made, so the gate has no answer: never a pass, and not a refusal either."""

    title = "the gate could not be asked"


@dataclass(frozen=True)
class Anchor:
    """The anchor version and the rows that it shares with the candidate."""

    version: Baseline
    rows: EvaluationSet


@dataclass(frozen=True)
class Comparison:
    """All that the policy is applied to.

    Args:
        rows: the evaluation set with both models' answers; None where there are no predictions.
        candidate, production: the numbers of the metrics files, where there are any.
        baseline: what the candidate is compared with.
        evaluation_data: digest of the rows, or of the data behind the reported numbers; None where it is not known.
        candidate_digest, production_digest: digests of the predictions files.
        anchor: the version that no candidate may fall below, on the candidate's rows; None where it is Production.
        uses: how many candidates were judged on these rows, where that is known.
        by_hand: whether the files were named on the command line.
        notes: what was met on the way that a person should know.
    """

    rows: EvaluationSet | None
    candidate: Reported | None
    production: Reported | None
    baseline: Baseline
    evaluation_data: str | None
    candidate_digest: str | None = None
    production_digest: str | None = None
    anchor: Anchor | None = None
    uses: int | None = None
    by_hand: bool = False
    notes: tuple[str, ...] = ()


def decide(gate: Gate, comparison: Comparison, *, clock: Callable[[], datetime] = now) -> tuple[Evaluation, Verdict]:
    """May the candidate replace Production? Pure: no file is read, and the same input gives the same answer.

    Raises:
        PolicyUnusable: the policy is empty or contradicts itself; exit 2.
    """
    policy = policy_of(gate)
    decided_at = clock()
    today = decided_at.astimezone(timezone.utc).date()
    made, met = _checks(policy, comparison)
    checks = overridden(made, policy.overrides, today)
    outcome = _outcome(checks)
    verdict = Verdict(
        by_hand=comparison.by_hand,
        verdict=outcome,
        reasons=tuple(
            f"{check.id}: {check.reason}"
            for check in checks
            if check.verdict not in ("pass", "not_judged") and check.reason
        ),
        notes=(*comparison.notes, *met, *_notes(policy, comparison, checks, today)),
        rows=None if comparison.rows is None else comparison.rows.rows,
        evaluation_data=comparison.evaluation_data,
        uses=comparison.uses,
        baseline=comparison.baseline,
        anchor=comparison.anchor.version if comparison.anchor else None,
        checks=checks,
        blocking=blocks(outcome, policy),
        policy=policy.digest,
        decided_at=decided_at,
    )
    evaluation = Evaluation(
        by_hand=comparison.by_hand,
        evaluation_data=comparison.evaluation_data,
        candidate=comparison.candidate_digest,
        production=comparison.production_digest,
        baseline=comparison.baseline,
    )
    return evaluation, verdict


def blocks(outcome: Outcome, policy: Policy) -> bool:
    """Whether nothing may go on behind this outcome, by this policy."""
    return outcome in ("fail", "error") or (outcome == "inconclusive" and policy.blocks_inconclusive)


def refusal(verdict: Verdict) -> HeadgateError | None:
    """What stops the release, with its exit code: 1 failed, 3 could not be asked, 4 inconclusive; None: go on."""
    if not verdict.blocking:
        return None
    stopping = [check for check in verdict.checks if check.verdict == verdict.verdict and check.overridden_by is None]
    reasons = "\n".join(f"{check.id}: {check.reason}" for check in stopping) or "No slice has enough rows to be judged."
    if verdict.verdict == "fail":
        return GateFailed(
            reasons, hint="Improve the model; or override the check in headgate.yaml, with a reason, a name and a day."
        )
    if verdict.verdict == "inconclusive":
        rows = [check.required_rows for check in stopping if check.required_rows is not None]
        more = f"Evaluate on {max(rows):,} rows or more" if rows else "Evaluate on more rows"
        return GateInconclusive(reasons, hint=f"{more}, widen the margin, or set gate.inconclusive: warn.")
    return CouldNotEvaluate(reasons, hint="Let the pipeline write what these checks need, or take them out.")


def exit_code(verdict: Verdict) -> int:
    """0 pass (or inconclusive where the policy only warns), 1 fail, 3 could not be asked, 4 inconclusive."""
    stopped = refusal(verdict)
    return 0 if stopped is None else stopped.exit_code


def _checks(policy: Policy, comparison: Comparison) -> tuple[tuple[Check, ...], list[str]]:
    """Every line of the policy, in its order; and what was met on the way."""
    baseline = comparison.baseline.kind != "none"
    judge = Judge(policy.confidence, baseline, policy.passes_without_baseline)
    of_parts, notes = _part_checks(policy, comparison.rows, judge)
    checks = (
        *_whole_checks([line for line in policy.lines if line.anchor is None], comparison, judge),
        *_anchor_checks([line for line in policy.lines if line.anchor is not None], policy, comparison),
        *of_parts,
    )
    return checks, notes


def _whole_checks(lines: Sequence[Line], comparison: Comparison, judge: Judge) -> Iterator[Check]:
    """The lines about all rows, and about reported numbers."""
    rows = comparison.rows
    metrics = list(dict.fromkeys(line.metric for line in lines if not line.reported))
    measured: Mapping[str, Measured | Unmeasurable]
    measured = dict.fromkeys(metrics, NO_ROWS) if rows is None else measure(metrics, rows, judge.confidence)
    for line in lines:
        if line.reported:
            yield check_reported(
                line,
                comparison.candidate,
                comparison.production,
                baseline=judge.baseline,
                passes_without=judge.passes_without,
            )
        else:
            yield judge.check(line, measured[line.metric], 0 if rows is None else rows.rows.joined)


def _part_checks(policy: Policy, rows: EvaluationSet | None, judge: Judge) -> tuple[list[Check], list[str]]:
    """The lines about slices and about groups of rows, and what is to be said about them."""
    if rows is None:
        lines = [part.lines for part in policy.slices] + [part.lines for part in policy.fairness]
        return [judge.check(line, NO_ROWS, 0) for line in chain.from_iterable(lines)], []
    checks = [check for sliced in policy.slices for check in slice_checks(sliced, rows, judge)]
    few = [check.id for check in checks if check.verdict == "not_judged"]
    notes = [f"Too few rows to judge {listing(few)}."] if few else []
    for fair in policy.fairness:
        made, note = fairness_checks(fair, rows, judge)
        checks += made
        notes += [note] if note else []
    return checks, notes


def _anchor_checks(lines: Sequence[Line], policy: Policy, comparison: Comparison) -> Iterator[Check]:
    """The comparisons with the anchor; none where the anchor is Production, which has been compared with."""
    anchor, baseline = comparison.anchor, comparison.baseline
    if anchor is None and baseline.kind == "registry" and baseline.version == policy.anchor:
        return
    metrics = list(dict.fromkeys(line.metric for line in lines))
    judge = Judge(policy.confidence, baseline=True, passes_without=False)
    measured: Mapping[str, Measured | Unmeasurable]
    if anchor is None:
        unknown = Unmeasurable(f"the predictions of v{policy.anchor} are not known")
        measured = dict.fromkeys(metrics, unknown)
    else:
        measured = measure(metrics, anchor.rows, policy.confidence)
    for line in lines:
        made = judge.check(line, measured[line.metric], 0 if anchor is None else anchor.rows.rows.joined)
        yield made.model_copy(update={"anchor": line.anchor})


def _outcome(checks: Sequence[Check]) -> Outcome:
    """The worst that no override lets through: a failed check refuses whatever the others could not tell.

    Where every slice was too small to be judged and nothing else was asked, nothing was decided.
    """
    if all(check.verdict == "not_judged" for check in checks):
        return "inconclusive"
    standing = {check.verdict for check in checks if check.overridden_by is None}
    return next((outcome for outcome in _WORST_FIRST if outcome in standing), "pass")


_WORST_FIRST: tuple[Outcome, ...] = ("fail", "error", "inconclusive")


def _notes(policy: Policy, comparison: Comparison, checks: Sequence[Check], today: date) -> list[str]:
    """What the report says beside the checks."""
    notes = [why_not(override, today) for override in policy.overrides if not applies(override, today)]
    notes += [
        f"{override.by} overrides {override.check} until {override.until}: {override.reason}"
        for override in policy.overrides
        if applies(override, today) and any(check.id == override.check and check.overridden_by for check in checks)
    ]
    if comparison.baseline.kind == "none":
        compared = [check.id for check in checks if check.method == "none" and check.verdict == "pass"]
        if compared:
            notes.append(f"There is no Production yet: nothing was compared for {listing(compared)}.")
    if comparison.rows is None and comparison.baseline.kind in ("none", "git"):
        notes.append(NO_PREDICTIONS)
    notes += _rows_left_out(comparison)
    notes += [note for note in [uses_warning(comparison.uses, policy.confidence)] if note]
    notes += _disagreement(comparison)
    return notes


def _rows_left_out(comparison: Comparison) -> list[str]:
    """What a partial overlap leaves out, in numbers."""
    if comparison.rows is None:
        return []
    rows = comparison.rows.rows
    if not (rows.candidate_only or rows.production_only):
        return []
    return [
        (
            f"Compared on {rows.joined:,} rows that both sides have; {rows.candidate_only:,} that only the candidate "
            f"answered and {rows.production_only:,} that only Production answered are left out."
        )
    ]


def _disagreement(comparison: Comparison) -> list[str]:
    """Exact McNemar on the rows that one model alone has right: told, never deciding."""
    rows = comparison.rows
    if rows is None or rows.production is None or not rows.classes:
        return []
    candidate, production = right(rows, rows.candidate), right(rows, rows.production)
    gained, lost = int((candidate & ~production).sum()), int((production & ~candidate).sum())
    return [
        (
            f"The candidate alone is right on {gained:,} rows, Production alone on {lost:,} "
            f"(exact McNemar p = {mcnemar_exact(gained, lost):.3g})."
        )
    ]
