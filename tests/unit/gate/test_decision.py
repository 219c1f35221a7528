"""The verdict: what passes, what fails, what nobody can tell, and what is no answer at all."""

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headgate.config.gate import Gate
from headgate.gate import comparison_of_files, decide, exit_code, refusal
from headgate.gate.checks import Reported
from headgate.gate.decision import Comparison
from headgate.gate.evaluation_set import evaluation_set
from headgate.gate.ids import Ids
from headgate.gate.policy import policy_from_checks
from headgate.gate.predictions import Predictions
from headgate.record import Baseline, Check, Verdict

Write = Callable[..., Path]
TwoModels = Callable[..., tuple[Path, Path]]
TODAY = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)


def judge(gate: Gate, candidate: Path, production: Path | None) -> Verdict:
    return decide(gate, comparison_of_files(gate, candidate, production), clock=lambda: TODAY)[1]


def judge_numbers(
    rules: dict[str, Any], candidate: dict[str, float], production: dict[str, float] | None, **gate: Any
) -> Verdict:
    kind = "none" if production is None else "registry"
    comparison = Comparison(
        rows=None,
        candidate=Reported(candidate, "metrics.json"),
        production=None if production is None else Reported(production, "Production v3"),
        baseline=Baseline(kind=kind, version=None if production is None else "3"),
        evaluation_data=None,
    )
    return decide(Gate.model_validate({"reported": rules, **gate}), comparison, clock=lambda: TODAY)[1]


def only(verdict: Verdict) -> Check:
    (check,) = verdict.checks
    return check


def test_a_model_that_is_surely_within_the_margin_passes(two_models: TwoModels) -> None:
    verdict = judge(policy_from_checks(["accuracy.max_drop=0.05"]), *two_models(5000, 0.8, 0.8))

    check = only(verdict)
    assert verdict.verdict == check.verdict == "pass"
    assert exit_code(verdict) == 0
    assert refusal(verdict) is None
    assert check.interval is not None
    assert check.interval[0] is not None
    assert check.interval[0] > -0.05


def test_a_model_that_is_surely_worse_fails_and_says_by_how_much(two_models: TwoModels) -> None:
    verdict = judge(policy_from_checks(["accuracy.max_drop=0.01"]), *two_models(5000, 0.9, 0.8))

    assert verdict.verdict == "fail"
    assert exit_code(verdict) == 1
    assert "surely more than 0.01 lower than Production" in verdict.reasons[0]


def test_too_few_rows_are_inconclusive_and_say_how_many_would_do(two_models: TwoModels) -> None:
    verdict = judge(policy_from_checks(["accuracy.max_drop=0.01"]), *two_models(200, 0.8, 0.8, seed=5))

    check = only(verdict)
    assert verdict.verdict == "inconclusive"
    assert exit_code(verdict) == 4
    assert check.required_rows is not None
    assert check.required_rows > 200
    assert f"{check.required_rows:,} rows" in str(refusal(verdict).hint)  # type: ignore[union-attr]


def test_inconclusive_may_only_warn(two_models: TwoModels) -> None:
    gate = policy_from_checks(["accuracy.max_drop=0.01"]).model_copy(update={"inconclusive": "warn"})

    verdict = judge(gate, *two_models(200, 0.8, 0.8, seed=5))

    assert verdict.verdict == "inconclusive"
    assert not verdict.blocking
    assert exit_code(verdict) == 0


def test_every_metric_of_the_first_release_is_judged_in_one_go(two_models: TwoModels) -> None:
    gate = policy_from_checks(
        [
            "accuracy.max_drop=0.05",
            "f1_binary.max_drop=0.05",
            "f1_macro.max_drop=0.05",
            "f1_weighted.max_drop=0.05",
            "f1[0].max_drop=0.05",
            "log_loss.max_rise=0.05",
        ]
    )

    verdict = judge(gate, *two_models(20_000, 0.8, 0.81))

    assert [check.verdict for check in verdict.checks] == ["pass"] * 6
    assert {check.method for check in verdict.checks} == {"tango", "paired-wald", "multinomial-bootstrap"}
    assert [check.direction for check in verdict.checks] == ["higher"] * 5 + ["lower"]


def test_lower_is_better_for_a_loss(two_models: TwoModels) -> None:
    candidate, production = two_models(5000, 0.7, 0.9)

    better = only(judge(policy_from_checks(["log_loss.max_rise=0.01"]), candidate, production))
    worse = only(judge(policy_from_checks(["log_loss.max_rise=0.01"]), production, candidate))

    assert better.verdict == "pass"
    assert better.difference is not None
    assert better.difference < 0
    assert worse.verdict == "fail"


def test_a_relative_margin_is_a_share_of_productions_value(two_models: TwoModels) -> None:
    check = only(judge(policy_from_checks(["accuracy.max_drop=10%"]), *two_models(2000, 0.8, 0.8)))

    assert check.production is not None
    assert check.margin == pytest.approx(0.1 * check.production)


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ({"min": 0.79}, "pass"),
        ({"min": 0.9}, "fail"),
        ({"min": {"value": 0.79, "sure": True}}, "inconclusive"),
        ({"min": {"value": 0.7, "sure": True}}, "pass"),
        ({"min": {"value": 0.95, "sure": True}}, "fail"),
        ({"max": {"value": 0.95, "sure": True}}, "pass"),
        ({"max": 0.7}, "fail"),
    ],
)
def test_absolute_limits_hold_for_the_value_or_surely(write: Write, rule: dict[str, Any], outcome: str) -> None:
    path = write("p.csv", id=range(500), label=["a"] * 500, prediction=["a"] * 400 + ["b"] * 100)  # accuracy 0.8

    verdict = judge(Gate.model_validate({"metrics": {"accuracy": rule}}), path, None)

    assert only(verdict).verdict == outcome


def test_a_limit_that_surely_does_not_hold_is_not_said_to_be_perhaps_missed(write: Write) -> None:
    path = write("p.csv", id=range(500), label=["a"] * 500, prediction=["a"] * 400 + ["b"] * 100)  # accuracy 0.8

    said = {
        limit: only(judge(Gate.model_validate({"metrics": {"accuracy": rule}}), path, None)).reason or ""
        for limit, rule in ((value, {"min": {"value": value, "sure": True}}) for value in (0.79, 0.95))
    }

    assert "may truly be below 0.79" in said[0.79]
    assert "is surely below 0.95" in said[0.95]


def test_a_difference_of_just_the_margin_passes_as_people_write_numbers() -> None:
    verdict = judge_numbers({"auc": {"max_drop": 0.01}}, {"auc": 0.89}, {"auc": 0.9})  # 0.9 - 0.89 > 0.01 in floats

    assert only(verdict).verdict == "pass"


def test_without_production_comparisons_say_what_the_policy_says(write: Write) -> None:
    path = write("p.csv", id=[1, 2], label=["a", "b"], prediction=["a", "b"])
    gate = Gate.model_validate({"metrics": {"accuracy": {"min": 0.5, "max_drop": 0.01}}})
    comparison = comparison_of_files(Gate.model_validate({"metrics": {"accuracy": {"min": 0.5}}}), path, None)

    passes = decide(gate, comparison, clock=lambda: TODAY)[1]
    fails = decide(gate.model_copy(update={"on_no_baseline": "fail"}), comparison, clock=lambda: TODAY)[1]

    assert passes.verdict == "pass"
    assert "There is no Production yet" in " ".join(passes.notes)
    assert [check.verdict for check in fails.checks] == ["pass", "fail"]


def test_an_absolute_limit_holds_without_production_too(write: Write) -> None:
    path = write("p.csv", id=[1, 2], label=["a", "b"], prediction=["a", "a"])

    assert judge(policy_from_checks(["accuracy.min=0.9"]), path, None).verdict == "fail"


def test_a_class_that_does_not_occur_is_an_error_and_no_pass(two_models: TwoModels) -> None:
    verdict = judge(policy_from_checks(["f1[7].max_drop=0.5"]), *two_models(100, 0.8, 0.8))

    assert verdict.verdict == "error"
    assert exit_code(verdict) == 3
    assert "no row has the label or the answer '7'" in verdict.reasons[0]


def test_f1_binary_of_three_classes_is_an_error(write: Write) -> None:
    path = write("p.csv", id=[1, 2, 3], label=["a", "b", "c"], prediction=["a", "b", "c"])

    assert judge(policy_from_checks(["f1_binary.min=0.1"]), path, None).verdict == "error"


def test_reported_numbers_are_compared_as_points() -> None:
    rules = {"train.seconds": {"max": 600, "max_rise": "20%"}, "auc": {"max_drop": 0.01}}

    verdict = judge_numbers(rules, {"train.seconds": 130.0, "auc": 0.9}, {"train.seconds": 100.0, "auc": 0.905})

    assert [(check.id, check.verdict) for check in verdict.checks] == [
        ("train.seconds.max", "pass"),
        ("train.seconds.max_rise", "fail"),
        ("auc.max_drop", "pass"),
    ]
    assert all(check.method == "point" and check.interval is None for check in verdict.checks)
    assert "30 higher than Production, 20 is allowed" in verdict.reasons[0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("rule", [{"min": 0.5}, {"max": 0.5}, {"max_drop": 0.5}, {"max_rise": 0.5}])
def test_a_reported_number_that_is_none_never_passes(bad: float, rule: dict[str, float]) -> None:
    assert judge_numbers({"x": rule}, {"x": bad}, {"x": 1.0}).verdict == "error"
    assert judge_numbers({"x": rule}, {"x": bad}, None).verdict == "error"
    if "max_drop" in rule or "max_rise" in rule:
        assert judge_numbers({"x": rule}, {"x": 1.0}, {"x": bad}).verdict == "error"


def test_a_missing_number_names_the_nearest_and_never_passes() -> None:
    verdict = judge_numbers({"train.seconds": {"max": 10}}, {"train.second": 1.0}, None)

    assert verdict.verdict == "error"
    assert "metrics.json has no number 'train.seconds'; did you mean 'train.second'" in verdict.reasons[0]


def test_metrics_without_predictions_are_an_error_and_no_pass() -> None:
    comparison = Comparison(None, None, None, Baseline(kind="none"), None)

    verdict = decide(policy_from_checks(["accuracy.max_drop=0.1"]), comparison, clock=lambda: TODAY)[1]

    assert verdict.verdict == "error"


def test_a_project_without_predictions_is_told_what_they_would_give_it_on_its_first_release_alone() -> None:
    first = judge_numbers({"x": {"max": 1}}, {"x": 0.5}, None)
    later = judge_numbers({"x": {"max": 1}}, {"x": 0.5}, {"x": 0.4})

    assert any("train.predictions" in note for note in first.notes)
    assert not any("train.predictions" in note for note in later.notes)


def override(**changed: Any) -> dict[str, Any]:
    return {"check": "x.max", "reason": "known spike", "by": "octocat", "until": "2026-11-21", **changed}


def test_an_override_lets_its_check_through_and_is_shown() -> None:
    verdict = judge_numbers({"x": {"max": 1}}, {"x": 2.0}, None, overrides=[override()])

    assert verdict.verdict == "pass"
    assert only(verdict).verdict == "fail"
    assert only(verdict).overridden_by == "octocat"
    assert "octocat overrides x.max until 2026-11-21: known spike" in verdict.notes


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"until": "2026-11-20"}, "it expired on 2026-11-20"),
        ({"reason": " "}, "it has no reason"),
        ({"by": ""}, "it has no author"),
        ({"by": "", "reason": ""}, "it has no reason and no author"),
    ],
)
def test_an_expired_or_anonymous_override_does_not_apply_and_warns(changed: dict[str, Any], why: str) -> None:
    verdict = judge_numbers({"x": {"max": 1}}, {"x": 2.0}, None, overrides=[override(**changed)])

    assert verdict.verdict == "fail"
    assert only(verdict).overridden_by is None
    assert any(why in note for note in verdict.notes)


def test_an_override_of_one_check_saves_no_other() -> None:
    rules = {"x": {"max": 1}, "y": {"max": 1}}

    assert judge_numbers(rules, {"x": 2.0, "y": 2.0}, None, overrides=[override()]).verdict == "fail"


def test_an_override_never_turns_a_check_that_could_not_be_made_into_a_pass() -> None:
    assert judge_numbers({"x": {"max": 1}}, {}, None, overrides=[override()]).verdict == "error"


def test_a_refusal_outweighs_what_could_not_be_told() -> None:
    verdict = judge_numbers({"x": {"max": 1}, "y": {"max": 1}}, {"x": 2.0}, None)

    assert verdict.verdict == "fail"


def test_the_json_is_the_one_of_the_schema(two_models: TwoModels) -> None:
    verdict = judge(policy_from_checks(["accuracy.max_drop=0.05"]), *two_models(2000, 0.8, 0.8))

    written = verdict.model_dump(mode="json", by_alias=True)

    assert written["schema"] == "headgate/gate/1"
    assert written["rows"] == {"joined": 2000, "candidate_only": 0, "production_only": 0}
    assert written["decided_at"] == "2026-11-21T10:00:00Z"
    assert written["checks"][0]["id"] == "accuracy.max_drop"
    assert {"production", "candidate", "difference", "interval", "confidence", "margin", "method", "verdict"} <= set(
        written["checks"][0]
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), fixed=st.integers(0, 60), margin=st.sampled_from([0.0, 0.01, 0.05, 0.1]))
def test_a_strictly_better_candidate_never_turns_a_pass_into_a_fail(seed: int, fixed: int, margin: float) -> None:
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 2, 400)
    production, candidate = (np.where(generator.random(400) < 0.8, label, 1 - label) for _ in range(2))
    better = candidate.copy()
    better[np.flatnonzero(candidate != label)[:fixed]] = label[np.flatnonzero(candidate != label)[:fixed]]
    ids = Ids.of(pl.Series("id", range(400)), "file")

    def outcomes(answers: np.ndarray) -> list[str]:
        sides = [
            Predictions("file", ids, pl.Series("label", label), pl.Series("prediction", side))
            for side in (answers, production)
        ]
        gate = policy_from_checks([f"accuracy.max_drop={margin}", f"f1_macro.max_drop={margin}", "accuracy.min=0.75"])
        comparison = Comparison(evaluation_set(*sides), None, None, Baseline(kind="file", version="p"), None)
        return [check.verdict for check in decide(gate, comparison, clock=lambda: TODAY)[1].checks]

    for before, after in zip(outcomes(candidate), outcomes(better), strict=True):
        assert not (before == "pass" and after == "fail")
