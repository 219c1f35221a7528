"""Rows that say nothing, or too little: whatever the metric, they never pass, and never end in a traceback."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headgate.config.gate import Gate
from headgate.config.metrics import METRICS
from headgate.gate import comparison_of_files, decide
from headgate.record import Check

Write = Callable[..., Path]

MARGINS = {
    name: {"max_drop": 0.1} if known.direction == "higher" else {"max_rise": 0.1} for name, known in METRICS.items()
}
ALL_ROWS = {name: margin for name, margin in MARGINS.items() if name != "mape"}  # labels of 0 have no shares


@pytest.fixture
def judged(write: Write) -> Callable[..., list[Check]]:
    """The checks of every metric on the labels and both models' answers, sure of them to 0.9."""

    def judge(label: Any, production: Any, candidate: Any, *, columns: Any = None, **more: Any) -> list[Check]:
        files = [
            write(
                f"{name}.parquet",
                id=np.arange(len(label)),
                label=label,
                prediction=answer,
                score=0.1 + 0.8 * answer,
                **more,
            )
            for name, answer in (("candidate", candidate), ("production", production))
        ]
        gate = Gate.model_validate({"metrics": ALL_ROWS, "columns": columns or {}})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return list(decide(gate, comparison_of_files(gate, *files))[1].checks)

    return judge


def passed(checks: list[Check]) -> list[str]:
    return [check.metric for check in checks if check.verdict == "pass"]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 10, 19])
def test_identical_models_on_a_handful_of_rows_prove_nothing(judged: Callable[..., list[Check]], n: int) -> None:
    label = np.arange(n) % 2

    assert passed(judged(label, label, label)) == []


def test_two_rows_prove_no_gain(judged: Callable[..., list[Check]]) -> None:
    label = np.arange(2)

    assert passed(judged(label, 1 - label, label)) == []


def test_two_rows_prove_no_loss(judged: Callable[..., list[Check]]) -> None:
    label = np.arange(2)

    assert {check.verdict for check in judged(label, label, 1 - label)} == {"inconclusive"}


def test_one_class_is_judged_where_a_metric_has_a_value(judged: Callable[..., list[Check]]) -> None:
    label = np.zeros(60, dtype=int)

    found = {check.metric: check.verdict for check in judged(label, label, label)}

    assert found["accuracy"] == "pass"
    assert {found[name] for name in ("roc_auc", "cohen_kappa", "r2")} == {"error"}


def answers(n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    label = generator.integers(0, 2, n)
    sides = [np.where(generator.random(n) < 0.8, label, 1 - label) for _ in range(2)]
    return label, sides[0], sides[1]


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("identical", [True, False])
def test_one_or_two_groups_prove_nothing(judged: Callable[..., list[Check]], groups: int, identical: bool) -> None:
    label, production, candidate = answers()
    group = np.arange(400) % groups

    checks = judged(label, production, production if identical else candidate, columns={"group": "group"}, group=group)

    assert passed(checks) == []


def test_one_row_that_outweighs_all_others_proves_nothing(judged: Callable[..., list[Check]]) -> None:
    weight = np.r_[1e9, np.ones(399)]

    assert passed(judged(*answers(), columns={"weight": "weight"}, weight=weight)) == []


def test_the_size_of_weights_changes_nothing(judged: Callable[..., list[Check]]) -> None:
    weight = np.random.default_rng(1).exponential(size=400)

    def bounds(times: float) -> list[tuple[float, ...]]:
        checks = judged(*answers(), columns={"weight": "weight"}, weight=times * weight)
        return [tuple(round(bound or 0.0, 9) for bound in check.interval or ()) for check in checks]

    assert bounds(1.0) == bounds(1e-200) == bounds(1e200)


def test_groups_of_one_row_are_as_sure_as_rows(judged: Callable[..., list[Check]]) -> None:
    rows = {check.metric: check for check in judged(*answers())}
    groups = judged(*answers(), columns={"group": "group"}, group=np.arange(400))

    for check in groups:
        own, plain = check.interval, rows[check.metric].interval
        assert own is not None
        assert plain is not None
        assert [bound or 0.0 for bound in own] == pytest.approx([bound or 0.0 for bound in plain], abs=0.02)


@pytest.mark.parametrize("n", [2, 5, 10])
def test_a_handful_of_rows_makes_no_value_sure(write: Write, n: int) -> None:
    """A perfect model on ten rows is not surely better than 0.9, by no metric."""
    label = np.arange(n) % 2
    path = write("p.parquet", id=np.arange(n), label=label, prediction=label, score=0.01 + 0.98 * label)
    limits = {
        name: {"min": {"value": 0.9, "sure": True}}
        if known.direction == "higher"
        else {"max": {"value": 0.1, "sure": True}}
        for name, known in METRICS.items()
        if name != "mape"
    }
    gate = Gate.model_validate({"metrics": limits})

    checks = list(decide(gate, comparison_of_files(gate, path, None))[1].checks)

    assert passed(checks) == []
