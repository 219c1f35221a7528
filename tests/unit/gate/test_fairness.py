"""Groups of rows answered differently: absolute limits, and no worse than Production."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from headgate.config.gate import Gate
from headgate.gate import comparison_of_files, decide
from headgate.gate.policy import PolicyUnusable, policy_of
from headgate.record import Verdict

Write = Callable[..., Path]
DEMOGRAPHIC = "demographic_parity_difference"


def rows(write: Write, name: str, *, selected: tuple[float, float], seed: int, n: int = 4000, **changed: Any) -> Path:
    """Half of the rows of each group; positive answers with these probabilities."""
    gender = np.arange(n) % 2
    label = np.random.default_rng(1).integers(0, 2, n)
    answer = (np.random.default_rng(seed).random(n) < np.array(selected)[gender]).astype(int)
    columns = {"id": range(n), "label": label, "prediction": answer, "gender": np.where(gender, "f", "m")}
    return write(name, **columns | changed)


def judge(fairness: list[dict[str, Any]], candidate: Path, production: Path | None, **gate: Any) -> Verdict:
    policy = Gate.model_validate({"fairness": [{"column": "gender", **rule} for rule in fairness], **gate})
    return decide(policy, comparison_of_files(policy, candidate, production))[1]


def test_a_model_that_is_less_fair_than_production_fails(write: Write) -> None:
    fair = rows(write, "fair.parquet", selected=(0.5, 0.5), seed=2)
    unfair = rows(write, "unfair.parquet", selected=(0.6, 0.4), seed=3)
    rule = {"metric": DEMOGRAPHIC, "max": 0.1, "max_rise": 0.05}

    worse, better = judge([rule], unfair, fair), judge([rule], fair, unfair)

    assert [(check.id, check.verdict) for check in worse.checks] == [
        (f"{DEMOGRAPHIC}[gender].max", "fail"),
        (f"{DEMOGRAPHIC}[gender].max_rise", "fail"),
    ]
    assert {check.kind for check in worse.checks} == {"fairness"}
    assert worse.checks[0].candidate == pytest.approx(0.2, abs=0.05)
    assert worse.checks[1].method == "multinomial-bootstrap"
    assert [check.verdict for check in better.checks] == ["pass", "pass"]


def test_of_a_ratio_more_is_better(write: Write) -> None:
    fair = rows(write, "fair.parquet", selected=(0.5, 0.5), seed=2)
    unfair = rows(write, "unfair.parquet", selected=(0.6, 0.3), seed=3)
    rule = {"metric": "demographic_parity_ratio", "min": 0.8, "max_drop": "10%"}

    assert judge([rule], unfair, fair).verdict == "fail"
    assert judge([rule], fair, unfair).verdict == "pass"


@pytest.mark.parametrize("metric", ["equal_opportunity_difference", "equalized_odds_difference"])
def test_the_other_criteria_are_judged_alike(write: Write, metric: str) -> None:
    path = rows(write, "p.csv", selected=(0.7, 0.4), seed=4)

    check = judge([{"metric": metric, "max": 0.1}], path, None).checks[0]

    assert check.verdict == "fail"
    assert check.candidate == pytest.approx(0.3, abs=0.06)


def test_small_groups_are_left_out_and_said(write: Write) -> None:
    gender = ["m"] * 300 + ["f"] * 300 + ["x"] * 7
    path = rows(write, "p.parquet", selected=(0.5, 0.5), seed=5, n=607, gender=gender)

    verdict = judge([{"metric": DEMOGRAPHIC, "max": 0.3}], path, None)

    assert verdict.checks[0].rows == 600
    assert f"{DEMOGRAPHIC}[gender] leaves out groups with fewer than 100 rows: x (7 rows)." in verdict.notes


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"gender": ["m"] * 400}, "every row has gender = m, so there is nothing to compare"),
        ({"gender": ["m"] * 390 + ["f"] * 10}, "fewer than two groups of gender have 100 rows: f (10 rows)"),
        ({"label": ["a", "b", "c", "d"] * 100}, "fairness is for two classes"),
    ],
)
def test_what_cannot_be_compared_is_an_error_and_no_pass(write: Write, changed: dict[str, Any], said: str) -> None:
    path = rows(write, "p.parquet", selected=(0.5, 0.5), seed=6, n=400, **changed)

    verdict = judge([{"metric": DEMOGRAPHIC, "max": 1.0}], path, None)

    assert verdict.verdict == "error"
    assert said in verdict.reasons[0]


def test_nobody_selected_has_no_ratio_and_never_passes(write: Write) -> None:
    path = rows(write, "p.parquet", selected=(0.0, 0.0), seed=7)

    assert judge([{"metric": "demographic_parity_ratio", "min": 0.1}], path, None).verdict == "error"


def test_equal_answers_on_few_rows_prove_little(write: Write) -> None:
    path = rows(write, "p.parquet", selected=(0.5, 0.5), seed=8, n=200)

    check = judge([{"metric": DEMOGRAPHIC, "max_rise": 0.01}], path, path).checks[0]

    assert check.difference == 0
    assert check.verdict == "inconclusive"


def test_rows_that_belong_together_are_resampled_together(write: Write) -> None:
    columns = {"user": np.arange(4000) // 8}
    fair = rows(write, "fair.parquet", selected=(0.5, 0.5), seed=2, **columns)
    other = rows(write, "other.parquet", selected=(0.5, 0.5), seed=3, **columns)

    check = judge([{"metric": DEMOGRAPHIC, "max_rise": 0.2}], other, fair, columns={"group": "user"}).checks[0]

    assert (check.method, check.verdict) == ("cluster-bootstrap", "pass")


def test_the_same_limit_twice_is_refused() -> None:
    rule = {"column": "gender", "metric": DEMOGRAPHIC, "max": 0.1}

    with pytest.raises(PolicyUnusable, match=r"asked twice under `gate\.fairness`"):
        policy_of(Gate.model_validate({"fairness": [rule, rule | {"max": 0.2}]}))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "says nothing; give max or max_rise"),
        ({"min": 0.1}, "says min for demographic_parity_difference; write max or max_rise"),
        ({"metric": "demographic_parity_ratio", "max": 0.1}, "write min or max_drop"),
        ({"metric": "demographic_parity", "max": 0.1}, "did you mean 'demographic_parity_ratio'"),
    ],
)
def test_a_rule_in_the_wrong_direction_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Gate.model_validate({"fairness": [{"column": "gender", "metric": DEMOGRAPHIC} | changed]})

    assert said in str(caught.value)
