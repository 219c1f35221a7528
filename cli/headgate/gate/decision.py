"""All checks together: one verdict, its reasons, and what it means for the release."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Literal

from headgate.config.models import Gate
from headgate.errors import CouldNotCarryOut, GateFailed, GateInconclusive, HeadgateError, listing
from headgate.gate.checks import Reported, check_metric, check_reported
from headgate.gate.evaluation_set import EvaluationSet
from headgate.gate.metrics import Measured, Unmeasurable, measure, right
from headgate.gate.overrides import applies, overridden, why_not
from headgate.gate.policy import Line, Policy, policy_of
from headgate.lineage.source import now
from headgate.record import Baseline, Check, Evaluation, Verdict
from headgate.statistics.mcnemar import mcnemar_exact

Outcome = Literal["pass", "fail", "inconclusive", "error"]

NO_PREDICTIONS = (
    "These checks compare single numbers. With `train.predictions` (one row per evaluation example: id, label, "
    "prediction) the gate compares both models on the same rows, tells chance from change by an interval, and says how "
    "many rows would decide."
)


class CouldNotEvaluate(CouldNotCarryOut):
    """A check could not be made, so the gate has no answer: never a pass, and not a refusal either."""

    title = "the gate could not be asked"


@dataclass(frozen=True)
class Comparison:
    """All that the policy is applied to.

    Args:
        rows: the evaluation set with both models' answers; None where there are no predictions.
        candidate, production: the numbers of the metrics files, where there are any.
        baseline: what the candidate is compared with.
        evaluation_data: digest of the rows, or of the data behind the reported numbers; None where it is not known.
        candidate_digest, production_digest: digests of the predictions files.
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
    checks = overridden(_checks(policy, comparison), policy.overrides, today)
    outcome = _outcome(checks)
    verdict = Verdict(
        by_hand=comparison.by_hand,
        verdict=outcome,
        reasons=tuple(f"{check.id}: {check.reason}" for check in checks if check.verdict != "pass" and check.reason),
        notes=(*comparison.notes, *_notes(policy, comparison, checks, today)),
        rows=None if comparison.rows is None else comparison.rows.rows,
        evaluation_data=comparison.evaluation_data,
        baseline=comparison.baseline,
        checks=checks,
        blocking=outcome in ("fail", "error") or (outcome == "inconclusive" and policy.blocks_inconclusive),
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


def refusal(verdict: Verdict) -> HeadgateError | None:
    """What stops the release, with its exit code: 1 failed, 3 could not be asked, 4 inconclusive; None: go on."""
    if not verdict.blocking:
        return None
    stopping = [check for check in verdict.checks if check.verdict == verdict.verdict and check.overridden_by is None]
    reasons = "\n".join(f"{check.id}: {check.reason}" for check in stopping)
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


def _checks(policy: Policy, comparison: Comparison) -> tuple[Check, ...]:
    """Every line of the policy, in its order."""
    rows = comparison.rows
    measured: Mapping[str, Measured | Unmeasurable]
    if rows is None:
        why = "there is no predictions file; `train.predictions` names it"
        measured = {name: Unmeasurable(why) for name in policy.metrics}
    else:
        measured = measure(policy.metrics, rows, policy.confidence)
    baseline = comparison.baseline.kind != "none"

    def check(line: Line) -> Check:
        if line.reported:
            return check_reported(
                line,
                comparison.candidate,
                comparison.production,
                baseline=baseline,
                passes_without=policy.passes_without_baseline,
            )
        return check_metric(
            line,
            measured[line.metric],
            rows=0 if rows is None else rows.rows.joined,
            confidence=policy.confidence,
            baseline=baseline,
            passes_without=policy.passes_without_baseline,
        )

    return tuple(check(line) for line in policy.lines)


def _outcome(checks: Sequence[Check]) -> Outcome:
    """The worst that no override lets through: a failed check refuses whatever the others could not tell."""
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
    notes += _disagreement(comparison)
    return notes


def _disagreement(comparison: Comparison) -> list[str]:
    """Exact McNemar on the rows that one model alone has right: told, never deciding."""
    rows = comparison.rows
    if rows is None or rows.production is None:
        return []
    candidate, production = right(rows, rows.candidate), right(rows, rows.production)
    gained, lost = int((candidate & ~production).sum()), int((production & ~candidate).sum())
    return [
        (
            f"The candidate alone is right on {gained:,} rows, Production alone on {lost:,} "
            f"(exact McNemar p = {mcnemar_exact(gained, lost):.3g})."
        )
    ]
