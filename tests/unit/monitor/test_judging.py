"""From telemetry to a decision."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import numpy as np

from headgate.config.monitor import Monitor
from headgate.monitor import Reference, Report, judge, observed
from support.telemetry import NOW, line, lines, predicted

SINCE = NOW - timedelta(hours=24)
REFERENCE = Reference(
    "Production v7",
    classes={"cat": 5000, "dog": 5000},
    confidences=np.random.default_rng(0).beta(8, 2, 10_000),
)


def judged(telemetry: Iterable[bytes], reference: Reference | None = REFERENCE, **policy: Any) -> Report:
    return judge(
        Monitor.model_validate(policy),
        observed(telemetry, since=SINCE),
        reference,
        model="animals",
        environment="production",
        since=SINCE,
        now=NOW,
    )


def verdicts(report: Report) -> dict[str, str]:
    return {check.id: check.verdict for check in report.checks}


def test_the_same_answers_as_the_reference_are_ok() -> None:
    report = judged(predicted(["cat", "dog"] * 300), drift={"prediction": {"psi": 0.2}})

    assert (report.decision, report.exit_code) == ("ok", 0)


def test_other_answers_than_the_reference_are_an_alert() -> None:
    report = judged(predicted(["cat"] * 550 + ["dog"] * 50), drift={"prediction": {"psi": 0.2}})

    assert (report.decision, report.exit_code) == ("alert", 1)
    assert "population stability index" in report.reasons[0]


def test_drift_retrains_where_the_policy_says_so() -> None:
    report = judged(predicted(["cat"] * 600), drift={"prediction": {"psi": 0.2}}, then=["issue", "retrain"])

    assert report.decision == "retrain"


def test_errors_and_latency_are_nothing_that_training_mends() -> None:
    report = judged(
        [*lines(590), *(line(600 + number, status=503, prediction=None) for number in range(10))],
        error_rate={"max": "1%"},
        then=["issue", "retrain"],
    )

    assert (report.decision, verdicts(report)) == ("alert", {"error_rate.max": "breached"})


def test_a_slow_tail_is_an_alert() -> None:
    report = judged([*lines(560), *lines(40, inference_time=0.8)][::-1], latency={"p50": "100ms", "p95": "300ms"})

    assert report.decision == "ok"  # the second forty are the same requests again
    slow = [line(1000 + number, inference_time=0.8) for number in range(40)]
    report = judged([*lines(560), *slow], latency={"p50": "100ms", "p95": "300ms"})
    assert verdicts(report) == {"latency.p50": "ok", "latency.p95": "breached"}


def test_too_few_inferences_are_never_ok() -> None:
    report = judged(predicted(["cat"] * 499), drift={"prediction": {"psi": 0.2}})

    assert (report.decision, report.exit_code) == ("unknown", 4)
    assert report.reasons == ("499 inferences; 500 are needed to judge.",)


def test_no_telemetry_at_all_is_never_ok() -> None:
    report = judged([b"INFO: Started"] * 3, error_rate={"max": 0.01})

    assert report.decision == "unknown"
    assert "headgate.serving.instrument" in report.notes[0]


def test_drift_without_a_reference_is_never_ok() -> None:
    report = judged(lines(600), reference=None, drift={"prediction": {"psi": 0.2}})

    assert report.decision == "unknown"
    assert "there is no reference" in report.reasons[0]


def test_an_application_that_tells_no_confidence_is_never_ok() -> None:
    report = judged(lines(600, confidence=None), drift={"confidence": {"psi": 0.2}})

    assert report.decision == "unknown"


def test_a_model_that_grew_unsure_drifted() -> None:
    unsure = np.random.default_rng(1).beta(3, 3, 600)
    told = [line(number, confidence=float(value)) for number, value in enumerate(unsure)]

    assert verdicts(judged(told, drift={"confidence": {"psi": 0.2}})) == {"drift.confidence": "breached"}


def test_a_shift_that_chance_explains_is_no_drift() -> None:
    few = judged(predicted(["cat", "dog"] * 6 + ["cat"] * 3), drift={"prediction": {"psi": 0.01}}, min_rows=10)

    assert few.checks[0].measured > 0.01
    assert few.decision == "ok"


def test_numbers_are_compared_by_the_tenths_of_the_reference() -> None:
    generator = np.random.default_rng(2)
    reference = Reference("Production v7", numbers=generator.normal(100, 10, 5000))
    same = [line(number, prediction=float(value)) for number, value in enumerate(generator.normal(100, 10, 600))]
    moved = [line(number, prediction=float(value)) for number, value in enumerate(generator.normal(120, 10, 600))]

    assert judged(same, reference, drift={"prediction": {"psi": 0.2}}).decision == "ok"
    assert judged(moved, reference, drift={"prediction": {"psi": 0.2}}).decision == "alert"


def test_classes_that_are_numbers_are_named_as_the_gate_names_them() -> None:
    reference = Reference("Production v7", classes={"0": 500, "1": 500})
    told = [line(number, prediction=number % 2) for number in range(600)]

    assert judged(told, reference, drift={"prediction": {"psi": 0.2}}).decision == "ok"
