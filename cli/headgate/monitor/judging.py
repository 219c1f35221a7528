"""From what production answered to a decision: ok, alert, retrain, or too little to tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from headgate.config.monitor import Monitor
from headgate.monitor.reference import Reference
from headgate.monitor.report import Check, Decision, Report
from headgate.monitor.telemetry import Observations, counts
from headgate.statistics.independent import percentile

if TYPE_CHECKING:
    from headgate.statistics.drift import Shift
    from headgate.statistics.measurement import Floats

_CONFIDENCE = 0.95


def judge(
    policy: Monitor,
    seen: Observations,
    reference: Reference | None,
    *,
    model: str,
    environment: str,
    since: datetime,
    now: datetime,
    notes: Sequence[str] = (),
) -> Report:
    """Hold `seen` against the limits of `policy`.

    Args:
        policy: its limits, and what follows when one does not hold.
        seen: what one release answered since `since`.
        reference: what it should look like; None where there is none, and drift cannot be judged.
        model: what the report calls the model.
        environment: what it calls the environment.
        since: the beginning of the window.
        now: its end.
        notes: what a reader should know beside the checks.
    """
    enough = len(seen.inferences) >= policy.min_rows
    checks = [*_drift(policy, seen, reference, enough), *_latency(policy, seen, enough), *_errors(policy, seen, enough)]
    decision, reasons = _decide(policy, seen, checks)
    return Report(
        model=model,
        environment=environment,
        release=seen.release,
        reference=reference.name if reference else None,
        decision=decision,
        reasons=tuple(reasons),
        inferences=len(seen.inferences),
        requests=len(seen.requests),
        window_began_at=since,
        first_at=seen.first,
        last_at=seen.last,
        checks=tuple(checks),
        notes=(*notes, *_notes(seen)),
        decided_at=now,
    )


def _decide(policy: Monitor, seen: Observations, checks: Sequence[Check]) -> tuple[Decision, list[str]]:
    """What follows: a limit that does not hold outweighs what could not be judged, and that outweighs what holds."""
    breached = [check for check in checks if check.verdict == "breached"]
    if breached:
        drifted = any(check.id.startswith("drift.") for check in breached)
        return "retrain" if drifted and "retrain" in policy.then else "alert", [one.evidence for one in breached]
    if len(seen.inferences) < policy.min_rows:
        return "unknown", [f"{len(seen.inferences):,} inferences; {policy.min_rows:,} are needed to judge."]
    if unjudged := [check.evidence for check in checks if check.verdict == "not_judged"]:
        return "unknown", unjudged
    return "ok", []


def _drift(policy: Monitor, seen: Observations, reference: Reference | None, enough: bool) -> Iterator[Check]:
    answered = seen.answered
    if policy.drift.prediction is not None:
        values = [one.prediction for one in answered if one.prediction is not None]
        shift = _shift_of_predictions(values, reference) if enough else None
        yield _drift_check("prediction", policy.drift.prediction.psi, shift, _missing(reference, len(values), enough))
    if policy.drift.confidence is not None:
        sure = [one.confidence for one in answered if one.confidence is not None]
        known = None if reference is None else reference.confidences
        shift = _shift_of_numbers(sure, known) if enough else None
        missing = _missing(reference, len(sure), enough)
        if missing is None and known is None:
            missing = "the reference has no scores"
        yield _drift_check("confidence", policy.drift.confidence.psi, shift, missing)


def _missing(reference: Reference | None, usable: int, enough: bool) -> str | None:
    """Why drift cannot be judged; None where it can."""
    if not enough:
        return "too few inferences"
    if reference is None:
        return "there is no reference"
    return None if usable else "no inference tells it"


def _shift_of_predictions(values: Sequence[str | float], reference: Reference | None) -> Shift | None:
    if reference is None or not values:
        return None
    if reference.classes is None:
        return _shift_of_numbers([one for one in values if isinstance(one, float)], reference.numbers)
    import numpy as np

    from headgate.statistics.drift import shift_of_classes

    seen = counts(values)
    names = sorted({*reference.classes, *seen})
    return shift_of_classes(
        np.array([reference.classes.get(name, 0) for name in names]), np.array([seen.get(name, 0) for name in names])
    )


def _shift_of_numbers(values: Sequence[float], reference: Floats | None) -> Shift | None:
    if reference is None or not values:
        return None
    import numpy as np

    from headgate.statistics.drift import shift_of_numbers

    return shift_of_numbers(reference, np.array(values))


def _drift_check(what: str, limit: float, shift: Shift | None, missing: str | None) -> Check:
    """A shift counts where it is above the limit, and above what samples of this size show by chance."""
    if shift is None:
        evidence = f"Drift of the {what} was not judged: {missing or 'nothing to compare'}."
        return Check(
            id=f"drift.{what}", verdict="not_judged", measured=None, limit=limit, unit="psi", evidence=evidence
        )
    breached = shift.psi > limit and shift.psi > shift.by_chance
    return Check(
        id=f"drift.{what}",
        verdict="breached" if breached else "ok",
        measured=shift.psi,
        limit=limit,
        unit="psi",
        evidence=f"The {what}'s population stability index is {shift.psi:.3f} (limit {limit:g}; by chance below "
        f"{shift.by_chance:.3f}; {shift.test} p {_p(shift.p_value)}).",
    )


def _latency(policy: Monitor, seen: Observations, enough: bool) -> Iterator[Check]:
    seconds = sorted(one.seconds for one in seen.requests)
    for name, limit in policy.latency.limits.items():
        measured = percentile(seconds, int(name[1:])) if seconds and enough else None
        yield Check(
            id=f"latency.{name}",
            verdict=_verdict(measured, limit),
            measured=measured,
            limit=limit,
            unit="seconds",
            evidence=f"Latency {name} was not judged: too few requests."
            if measured is None
            else f"Latency {name} is {measured * 1000:.0f} ms (limit {limit * 1000:.0f} ms).",
        )


def _errors(policy: Monitor, seen: Observations, enough: bool) -> Iterator[Check]:
    if policy.error_rate is None:
        return
    limit, total = policy.error_rate.max, len(seen.requests)
    if not total or not enough:
        evidence = "The error rate was not judged: too few requests."
        yield Check(
            id="error_rate.max", verdict="not_judged", measured=None, limit=limit, unit="share", evidence=evidence
        )
        return
    import numpy as np

    from headgate.statistics.paired import own_share

    bounds = own_share(np.arange(total) < seen.failures, _CONFIDENCE).bounds
    rate = seen.failures / total
    yield Check(
        id="error_rate.max",
        verdict=_verdict(rate, limit),
        measured=rate,
        limit=limit,
        unit="share",
        evidence=f"{seen.failures:,} of {total:,} requests failed: {rate:.2%} (95%: above {bounds.lower:.2%}, below "
        f"{bounds.upper:.2%}; limit {limit:.2%}).",
    )


def _verdict(measured: float | None, limit: float) -> str:
    if measured is None:
        return "not_judged"
    return "breached" if measured > limit else "ok"


def _notes(seen: Observations) -> Iterator[str]:
    if seen.of_others:
        yield f"{seen.of_others:,} inferences of other releases in the window were left out."
    if not seen.inferences and seen.unreadable:
        yield (
            f"{seen.unreadable:,} lines were read, and none is telemetry: does the application call "
            "headgate.serving.instrument(app)?"
        )


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}"
