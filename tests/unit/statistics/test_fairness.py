"""Fairness from margins against the rates of each group, counted one by one."""

import math

import fairlearn.metrics as fairlearn
import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from headgate.statistics.bootstrap import bootstrap
from headgate.statistics.cells import Cells
from headgate.statistics.fairness import METRICS, OF_RATES, Allowing

GROUPS = 3


def rows(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Groups, labels and answers; the answers depend on the group."""
    generator = np.random.default_rng(seed)
    group = np.concatenate([np.arange(GROUPS), generator.integers(0, GROUPS, n - GROUPS)])
    label = (generator.random(n) < 0.3 + 0.1 * group).astype(int)
    right = generator.random(n) < 0.7 + 0.08 * group
    return group, label, np.where(right, label, 1 - label)


def measured(group: np.ndarray, label: np.ndarray, answer: np.ndarray) -> dict[str, float]:
    cells = Cells.of(2 * group + label, None, 2 * group + answer, 2 * GROUPS)
    return {name: float(metric(cells.measured()[0])[0]) for name, metric in METRICS.items()}


def expected(group: np.ndarray, label: np.ndarray, answer: np.ndarray) -> dict[str, float]:
    selected, found, alarmed = [], [], []
    for one in range(GROUPS):
        chosen = group == one
        selected.append(answer[chosen].mean())
        table = confusion_matrix(label[chosen], answer[chosen], labels=[0, 1], normalize="true")
        found.append(table[1, 1])
        alarmed.append(table[0, 1])

    def difference(rates: list[float]) -> float:
        return max(rates) - min(rates)

    def ratio(rates: list[float]) -> float:
        return min(rates) / max(rates) if max(rates) else math.nan

    return {
        "demographic_parity_difference": difference(selected),
        "demographic_parity_ratio": ratio(selected),
        "equal_opportunity_difference": difference(found),
        "equal_opportunity_ratio": ratio(found),
        "equalized_odds_difference": max(difference(found), difference(alarmed)),
        "equalized_odds_ratio": min(ratio(found), ratio(alarmed)),  # of the first, where the second is NaN
    }


@pytest.mark.parametrize("seed", range(6))
def test_values_are_those_of_the_groups_rates(seed: int) -> None:
    columns = rows(20 + 60 * seed, seed)

    assert measured(*columns) == pytest.approx(expected(*columns), abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("seed", range(4))
def test_values_are_fairlearns(seed: int) -> None:
    group, label, answer = rows(40 + 300 * seed, seed)
    theirs = {name: getattr(fairlearn, name) for name in METRICS}

    expected = {name: float(of(label, answer, sensitive_features=group)) for name, of in theirs.items()}

    assert measured(group, label, answer) == pytest.approx(expected, abs=1e-9)


def test_a_group_without_a_positive_row_has_a_true_positive_rate_of_0() -> None:
    group, label, answer = np.array([0, 0, 1, 1, 2, 2]), np.array([1, 0, 0, 0, 1, 1]), np.array([1, 0, 0, 1, 1, 1])

    assert measured(group, label, answer)["equal_opportunity_difference"] == 1


def test_a_ratio_of_nothing_is_no_number() -> None:
    group, label, answer = rows(60, 1)

    assert math.isnan(measured(group, label, np.zeros_like(answer))["demographic_parity_ratio"])


def test_the_spread_is_that_of_rows_resampled_one_by_one() -> None:
    group, label, candidate = rows(1200, 7)
    production = rows(1200, 8)[2]
    sides = candidate, production
    cells = Cells.of(2 * group + label, 2 * group + production, 2 * group + candidate, 2 * GROUPS)
    generator = np.random.default_rng(9)
    drawn = []
    for _ in range(150):
        chosen = generator.integers(0, 1200, 1200)
        odds = [measured(group[chosen], label[chosen], side[chosen])["equalized_odds_difference"] for side in sides]
        drawn.append(odds[0] - odds[1])

    resampled = bootstrap(cells, {"odds": METRICS["equalized_odds_difference"]})["odds"].paired(0.95)

    assert resampled.spread / math.sqrt(1200) == pytest.approx(np.std(drawn, ddof=1), rel=0.2)
    assert resampled.bounds.lower == pytest.approx(np.quantile(drawn, 0.05), abs=0.03)


@pytest.mark.parametrize("positive", [[46, 54], [42, 58, 44, 56, 46, 54, 48, 52, 50, 50]])
def test_a_gap_between_groups_that_noise_alone_makes_is_not_proven(positive: list[int]) -> None:
    """A sample of groups treated alike has a gap all the same; resampling it adds another."""
    groups = len(positive)
    group, order = np.repeat(np.arange(groups), 100), np.tile(np.arange(100), groups)
    answer = (order < np.array(positive)[group]).astype(int)
    cells = Cells.of(2 * group + order % 2, None, 2 * group + answer, 2 * groups)

    allowing = Allowing.of(OF_RATES["demographic_parity_difference"], cells, 0.95)

    assert allowing.own.lower < 0.02


def test_a_rise_is_not_proven_small_by_what_noise_adds_to_production() -> None:
    """Production's ten groups are alike, and 0.16 apart by chance; the candidate's are truly 0.2 apart."""
    groups, rows = 10, 100
    positive = np.array([42, 58, 44, 56, 46, 54, 48, 52, 50, 50])
    group, order = np.repeat(np.arange(groups), rows), np.tile(np.arange(rows), groups)
    production = (order < positive[group]).astype(int)
    candidate = (order < np.array([40, 60, *positive[2:]])[group]).astype(int)
    cells = Cells.of(2 * group + order % 2, 2 * group + production, 2 * group + candidate, 2 * groups)

    allowing = Allowing.of(OF_RATES["demographic_parity_difference"], cells, 0.95)

    assert allowing.paired is not None
    assert allowing.paired.upper > 0.2
