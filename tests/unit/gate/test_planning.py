"""A plan before any training: what it says of rows holds when the candidates come."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from headgate.config.gate import Columns, Gate
from headgate.gate import decide, policy_from_checks
from headgate.gate.decision import Comparison
from headgate.gate.evaluation_set import evaluation_set
from headgate.gate.planning import plan_against_file
from headgate.gate.policy import PolicyUnusable
from headgate.gate.predictions import Reading, read_predictions
from headgate.gate.production import from_file
from headgate.record.plan import Plan, PlannedCheck

Write = Callable[..., Path]
NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)


def binary(n: int, right: float, *, seed: int = 0, **more: Any) -> dict[str, Any]:
    """Two classes, a share of the answers right, with a score that says so."""
    chance = np.random.default_rng(seed)
    label = np.arange(n) % 2
    answer = np.where(np.arange(n) < right * n, label, 1 - label)
    score = np.where(answer == 1, 0.8, 0.2) + chance.normal(0, 0.05, n).clip(-0.15, 0.15)
    return {"id": np.arange(n), "label": label, "prediction": answer, "score": score, **more}


def planned(write: Write, checks: list[str], columns: dict[str, Any]) -> Plan:
    return plan_against_file(policy_from_checks(checks), write("production.parquet", **columns), clock=lambda: NOW)


def only(plan: Plan) -> PlannedCheck:
    (check,) = plan.checks
    return check


def needed(check: PlannedCheck) -> list[int | None]:
    return [scenario.required_rows for scenario in check.scenarios]


@pytest.mark.parametrize(("margin", "rows"), [(0.01, 6183), (0.02, 1546)])
def test_rows_for_accuracy_are_those_of_the_textbook(write: Write, margin: float, rows: int) -> None:
    """n = (z_.95 + z_.80)^2 q / D^2 at a discordance q of 0.10."""
    check = only(planned(write, [f"accuracy.max_drop={margin}"], binary(4000, 0.75)))

    assert needed(check)[1] == rows


def test_more_discordance_needs_more_rows_and_gives_less_chance(write: Write) -> None:
    check = only(planned(write, ["f1_macro.max_drop=0.02"], binary(4000, 0.75)))

    assert needed(check) == sorted(rows for rows in needed(check) if rows)
    chances = [scenario.chance or 0 for scenario in check.scenarios]
    assert chances == sorted(chances, reverse=True)


def test_every_metric_of_classes_and_scores_can_be_planned(write: Write) -> None:
    metrics = ["accuracy", "balanced_accuracy", "f1_macro", "f1[0]", "mcc", "cohen_kappa", "roc_auc"]
    checks = [f"{name}.max_drop=0.05" for name in metrics] + ["log_loss.max_rise=0.05", "brier.max_rise=0.05"]

    plan = planned(write, checks, binary(2000, 0.8))

    assert {check.outlook for check in plan.checks} == {"ready"}
    assert all(rows and rows < 2000 for check in plan.checks for rows in needed(check))


def test_numeric_predictions_can_be_planned(write: Write) -> None:
    chance = np.random.default_rng(2)
    truth = chance.normal(50, 10, 3000)
    columns = {"id": np.arange(3000), "label": truth, "prediction": truth + chance.normal(0, 2, 3000)}

    plan = planned(write, ["mae.max_rise=0.05", "rmse.max_rise=0.02", "r2.max_drop=0.9"], columns)

    assert {check.id: check.outlook for check in plan.checks} == {
        "mae.max_rise": "ready",
        "rmse.max_rise": "few_rows",
        "r2.max_drop": "ready",
    }


def test_too_few_rows_say_how_many_it_takes(write: Write) -> None:
    check = only(planned(write, ["accuracy.max_drop=0.01"], binary(500, 0.8)))

    assert check.outlook == "few_rows"
    assert "for 80% it takes 6,183 rows" in check.why


def test_a_check_that_not_even_a_perfect_candidate_passes_is_told(write: Write) -> None:
    check = only(planned(write, ["accuracy.max_drop=0.001"], binary(40, 1.0)))

    assert check.outlook == "never_passes"


def test_a_floor_above_everything_can_never_pass(write: Write) -> None:
    plan = planned(write, ["accuracy.min=1.01", "accuracy.max_drop=0.5"], binary(1000, 0.8))

    assert plan.checks[0].outlook == "never_passes"


def test_a_margin_that_nobody_can_miss_can_never_fail(write: Write) -> None:
    check = only(planned(write, ["accuracy.max_drop=0.9"], binary(1000, 0.8)))

    assert check.outlook == "never_fails"


def test_a_limit_says_how_production_itself_stands(write: Write) -> None:
    plan = planned(write, ["accuracy.min=0.7", "accuracy.max_drop=0.05"], binary(1000, 0.8))

    assert plan.checks[0].outlook == "no_interval"
    assert plan.checks[0].why == "Production itself: pass, at 0.8"


def test_a_nearly_perfect_production_leaves_no_room_to_differ_and_still_be_as_good(write: Write) -> None:
    plan = planned(write, ["accuracy.max_drop=0.01"], binary(2000, 0.97))

    assert plan.most_discordance == pytest.approx(0.06)
    assert [rows is None for rows in needed(only(plan))] == [False, True, True]
    assert any("more than 6.0% of these rows" in said for said in plan.assumptions)


def test_a_margin_of_nothing_is_passed_by_no_number_of_rows(write: Write) -> None:
    check = only(planned(write, ["accuracy.max_drop=0"], binary(1000, 0.8)))

    assert needed(check) == [None, None, None]
    assert check.outlook == "few_rows"
    assert "the margin is 0" in check.why


def test_a_share_of_production_is_counted_in_its_own_unit(write: Write) -> None:
    check = only(planned(write, ["accuracy.max_drop=5%"], binary(1000, 0.8)))

    assert check.margin == pytest.approx(0.04)


def test_the_same_file_gives_the_same_plan_whatever_the_order_of_its_rows(write: Write) -> None:
    columns = binary(1000, 0.8)
    order = np.random.default_rng(1).permutation(1000)

    one = planned(write, ["accuracy.max_drop=0.02"], columns)
    other = planned(write, ["accuracy.max_drop=0.02"], {name: values[order] for name, values in columns.items()})

    assert one == planned(write, ["accuracy.max_drop=0.02"], columns)
    assert needed(only(one)) == needed(only(other))


def test_a_slice_has_its_own_rows(write: Write) -> None:
    source = np.where(np.arange(4000) % 4 == 0, "mobile", "web")
    gate = Gate.model_validate(
        {
            "metrics": {"accuracy": {"max_drop": 0.02}},
            "slices": [{"column": "source", "metrics": ["accuracy"], "max_drop": 0.05, "min_rows": 100}],
        }
    )

    plan = plan_against_file(gate, write("production.parquet", **binary(4000, 0.8, source=source)), clock=lambda: NOW)

    rows = {check.id: check.rows for check in plan.checks}
    assert rows["accuracy.max_drop[source=mobile]"] == 1000
    assert rows["accuracy.max_drop[source=web]"] == 3000


def test_a_policy_without_a_comparison_has_nothing_to_plan(write: Write) -> None:
    with pytest.raises(PolicyUnusable, match="there is nothing to plan"):
        planned(write, ["accuracy.min=0.7"], binary(100, 0.8))


def test_json_is_as_the_schema_says(write: Write) -> None:
    values = planned(write, ["accuracy.max_drop=0.01"], binary(500, 0.8)).model_dump(mode="json", by_alias=True)

    assert values["schema"] == "headgate/plan/1"
    assert values["checks"][0]["scenarios"][1] == pytest.approx(
        {"discordance": 0.1, "required_rows": 6183, "chance": 0.175, "smallest_margin": 0.0352}, rel=0.01
    )
    assert Plan.model_validate(values).checks[0].outlook == "few_rows"


def test_equally_good_candidates_pass_as_often_as_the_plan_says(write: Write) -> None:
    """Candidates drawn at random, differing on about 10% of 2,000 rows: 200 of them against the promised chance."""
    rows, margin, share = 2000, 0.02, 0.10
    gate = policy_from_checks([f"accuracy.max_drop={margin}"])
    path = write("production.parquet", **binary(rows, 0.75))
    promised = only(plan_against_file(gate, path)).scenarios[1].chance
    production, baseline = read_predictions(path, Columns(), Reading()), from_file(path, str(path)).baseline
    answer, label = production.prediction.to_numpy(), production.label.to_numpy()
    chance = np.random.default_rng(5)
    passed = 0
    for _ in range(200):
        flips = chance.random(rows) < np.where(answer == label, share / 2 / 0.75, share / 2 / 0.25)
        candidate = replace(production, prediction=pl.Series("prediction", np.where(flips, 1 - answer, answer)))
        compared = evaluation_set(candidate, production)
        _, verdict = decide(gate, Comparison(compared, None, None, baseline, compared.digest), clock=lambda: NOW)
        passed += verdict.verdict == "pass"

    assert promised is not None
    assert passed / 200 == pytest.approx(promised, abs=4 * (promised * (1 - promised) / 200) ** 0.5)


def test_a_plan_is_about_the_named_file(write: Write) -> None:
    path = write("production.parquet", **binary(100, 0.8))

    plan = plan_against_file(policy_from_checks(["accuracy.max_drop=0.1"]), path)

    assert plan.baseline == from_file(path, str(path)).baseline
    assert plan.rows == 100
