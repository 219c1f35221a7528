"""Resampling cells is resampling rows: same spread, same answer every time, right coverage."""

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from headgate.statistics.bootstrap import bootstrap, percentiles
from headgate.statistics.cells import Cells, least_reach
from headgate.statistics.confusion import Metric, accuracy, f1_per_class, macro, of_class, recall_per_class
from headgate.statistics.measurement import NOTHING, Least
from headgate.statistics.slope import Slope

f1_macro = macro(f1_per_class)
f1_of_1 = of_class(f1_per_class, 1)


def answers(n: int, seed: int, *, classes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    label = generator.integers(0, classes, n)
    sides = [np.where(generator.random(n) < 0.75, label, generator.integers(0, classes, n)) for _ in range(2)]
    return label, sides[0], sides[1]


def test_the_spread_is_that_of_scipys_row_by_row_bootstrap() -> None:
    label, production, candidate = answers(400, seed=3)

    paired = bootstrap(Cells.of(label, production, candidate, 3), {"f1_macro": f1_macro})["f1_macro"].paired(0.95)

    def difference(rows: np.ndarray) -> float:
        rows = rows.astype(int)
        return float(
            f1_score(label[rows], candidate[rows], average="macro")
            - f1_score(label[rows], production[rows], average="macro")
        )

    reference = stats.bootstrap(
        (np.arange(400),), difference, n_resamples=80, vectorized=False, method="percentile", confidence_level=0.9,
        rng=np.random.default_rng(5),
    )  # fmt: skip
    assert paired.spread / math.sqrt(400) == pytest.approx(reference.standard_error, rel=0.3)
    assert paired.bounds.lower == pytest.approx(reference.confidence_interval.low, abs=0.02)
    assert paired.bounds.upper == pytest.approx(reference.confidence_interval.high, abs=0.02)


def test_accuracy_by_resampling_has_the_bounds_of_the_closed_form() -> None:
    label, production, candidate = answers(5000, seed=4)

    paired = bootstrap(Cells.of(label, production, candidate, 3), {"accuracy": accuracy})["accuracy"].paired(0.95)

    right = (candidate == label).astype(float) - (production == label).astype(float)
    reach = stats.norm.ppf(0.95) * right.std() / math.sqrt(5000)
    assert paired.bounds.lower == pytest.approx(right.mean() - reach, abs=0.0012)
    assert paired.bounds.upper == pytest.approx(right.mean() + reach, abs=0.0012)


def test_the_same_rows_give_the_same_bounds_in_any_order() -> None:
    label, production, candidate = answers(300, seed=5)
    order = np.random.default_rng(0).permutation(300)

    one = bootstrap(Cells.of(label, production, candidate, 3), {"f1": f1_macro})["f1"].paired(0.95)
    other = bootstrap(Cells.of(label[order], production[order], candidate[order], 3), {"f1": f1_macro})["f1"]

    assert other.paired(0.95) == one


def test_the_work_depends_on_the_cells_and_not_on_the_rows() -> None:
    label, production, candidate = answers(200_000, seed=6)

    cells = Cells.of(label, production, candidate, 3)

    assert cells.rows == 200_000
    assert [counts.shape for counts in cells.recounted(2000, seed=1)] == [(2000, 27)]


def test_many_classes_are_counted_without_a_table_of_all_combinations() -> None:
    generator = np.random.default_rng(8)
    label, production, candidate = generator.integers(0, 2000, size=(3, 500))

    cells = Cells.of(label, production, candidate, 2000)

    assert len(cells.count) == 500
    rebuilt = sorted(zip(cells.label, cells.production, cells.candidate, strict=True))
    assert rebuilt == sorted(zip(label, production, candidate, strict=True))


def test_a_candidate_alone_has_bounds_of_its_own() -> None:
    label, _, candidate = answers(1000, seed=9)

    own = bootstrap(Cells.of(label, None, candidate, 3), {"f1": f1_macro})["f1"].own(0.95)

    assert own.bounds.lower < own.value < own.bounds.upper
    assert own.value == pytest.approx(f1_score(label, candidate, average="macro"), abs=1e-9)


def test_identical_answers_prove_no_more_than_so_many_rows_can() -> None:
    label, production, _ = answers(60, seed=10)
    cells = Cells.of(label, production, production, 3)
    z = stats.norm.ppf(0.95)

    paired = bootstrap(cells, {"f1": f1_macro})["f1"].paired(0.95, least=least_reach(cells, 0.95))

    assert paired.bounds.upper == pytest.approx(z**2 / (60 + z**2), abs=1e-9)
    assert paired.bounds.lower == pytest.approx(-paired.bounds.upper, abs=1e-12)


def test_a_rare_class_proves_less_than_all_rows_do() -> None:
    label = np.array([0] * 500 + [1] * 20)
    cells = Cells.of(label, label, label, 2)
    z = stats.norm.ppf(0.95)

    assert least_reach(cells, 0.95, position=1).equal == pytest.approx(z**2 / (20 + z**2), abs=1e-9)


def test_a_class_that_concerns_no_row_proves_nothing() -> None:
    cells = Cells.of(np.array([0, 0]), np.array([0, 1]), np.array([0, 1]), 2)

    assert least_reach(cells, 0.95, position=1, concerns="label") == Least(1, 1, 1)


def test_many_disagreements_need_no_such_floor() -> None:
    label, production, candidate = answers(2000, seed=11)

    assert least_reach(Cells.of(label, production, candidate, 3), 0.95) == NOTHING


@pytest.mark.parametrize("n", [200, 2000])
def test_a_model_exactly_at_the_margin_passes_on_f1_with_probability_alpha(n: int) -> None:
    # Cells (label, production, candidate) of two classes; the margin is the true difference of the two F1.
    shares = np.array([0.50, 0.03, 0.04, 0.03, 0.05, 0.05, 0.02, 0.28])
    label, production, candidate = (np.array([(cell >> bit) & 1 for cell in range(8)]) for bit in (2, 0, 1))
    truth = bootstrap(Cells(label, production, candidate, (shares * 1000).round().astype(int), 2), {"f1": f1_of_1})
    margin = -truth["f1"].paired(0.95).difference
    assert margin > 0
    simulations, passed = 200, 0
    for drawn in np.random.default_rng(12).multinomial(n, shares, size=simulations):
        there = drawn > 0
        cells = Cells(label[there], production[there], candidate[there], drawn[there], 2)
        paired = bootstrap(cells, {"f1": f1_of_1}, resamples=300)["f1"].paired(0.95, least=least_reach(cells, 0.95, 1))
        passed += paired.bounds.lower > -margin

    assert abs(passed / simulations - 0.05) < 3.5 * math.sqrt(0.05 * 0.95 / simulations) + 0.01


def test_weights_spread_as_resampled_rows_with_their_weights_do() -> None:
    label, production, candidate = answers(3000, seed=13)
    weights = np.random.default_rng(14).exponential(size=3000)

    cells = Cells.of(label, production, candidate, 3, weights)
    paired = bootstrap(cells, {"accuracy": accuracy})["accuracy"].paired(0.95)

    gain = (candidate == label).astype(float) - (production == label)
    difference = np.average(gain, weights=weights)
    reach = stats.norm.ppf(0.95) * math.sqrt(np.sum((weights * (gain - difference)) ** 2)) / weights.sum()
    assert paired.difference == pytest.approx(difference, abs=1e-9)
    assert paired.bounds.lower == pytest.approx(difference - reach, rel=0.05)
    assert paired.bounds.upper == pytest.approx(difference + reach, rel=0.05)


def test_equal_weights_are_none() -> None:
    label, production, candidate = answers(500, seed=15)

    plain = bootstrap(Cells.of(label, production, candidate, 3), {"f1": f1_macro})["f1"].paired(0.95)
    equal = bootstrap(Cells.of(label, production, candidate, 3, np.full(500, 3.0)), {"f1": f1_macro})["f1"]

    assert equal.paired(0.95).difference == pytest.approx(plain.difference, abs=1e-12)
    assert equal.paired(0.95).spread == pytest.approx(plain.spread, rel=0.1)


def cells_of_shares(n: int, shares: list[float], seed: int) -> Cells:
    """N rows drawn over the eight cells (label, production, candidate) of two classes."""
    drawn = np.random.default_rng(seed).multinomial(n, shares)
    label, production, candidate = (np.array([(cell >> bit) & 1 for cell in range(8)]) for bit in (2, 1, 0))
    there = drawn > 0
    return Cells(label[there], production[there], candidate[there], drawn[there], 2)


def slope_of(cells: Cells, metric: Metric) -> Slope:
    found = bootstrap(cells, {"it": metric}, resamples=2)["it"]
    return Slope(
        float(found.measured[0]), lambda counts: metric(cells.at(counts)[0]), cells.count, found.influence[0], 0.0
    )


@pytest.mark.parametrize(("n", "confidence"), [(30, 0.95), (400, 0.9), (5000, 0.99)])
def test_the_score_bounds_of_a_share_are_wilsons(n: int, confidence: float) -> None:
    cells = cells_of_shares(n, [0.3, 0.05, 0.05, 0.1, 0.05, 0.05, 0.1, 0.3], seed=1)
    right = int(cells.count[cells.candidate == cells.label].sum())

    bounds = slope_of(cells, accuracy).score_bounds(confidence)

    expected = stats.binomtest(right, n).proportion_ci(2 * confidence - 1, method="wilson")
    assert (bounds.lower, bounds.upper) == pytest.approx((expected.low, expected.high), abs=2e-5)


def test_the_influence_of_a_cell_is_the_derivative_by_its_share() -> None:
    cells = cells_of_shares(800, [0.3, 0.05, 0.05, 0.1, 0.05, 0.05, 0.1, 0.3], seed=2)

    influence = slope_of(cells, f1_of_1).influence

    hit = (cells.label == 1) & (cells.candidate == 1)
    counted = (cells.label == 1).astype(int) + (cells.candidate == 1)
    whole = (cells.count * counted).sum() / 800
    f1 = 2 * (cells.count * hit).sum() / 800 / whole
    assert influence == pytest.approx((2 * hit - f1 * counted) / whole, abs=1e-5)
    assert (influence * cells.count).sum() / 800 == pytest.approx(0, abs=1e-6)


def test_where_few_rows_differ_a_model_at_the_margin_passes_no_more_often_than_it_should() -> None:
    """Percentiles alone pass 6.5% and more here: when chance makes a model look good, it hides the spread too."""
    shares = [0.53, 0.02, 0.012, 0.038, 0.032, 0.018, 0.04, 0.31]
    metrics = {"f1_macro": f1_macro, "recall[1]": of_class(recall_per_class, 1)}
    truth = bootstrap(cells_of_shares(10**12, shares, seed=0), metrics, resamples=2)
    margins = {name: -found.paired(0.95).difference for name, found in truth.items()}
    simulations, passed, by_percentiles = 500, 0, 0
    for seed in range(simulations):
        for name, found in bootstrap(cells_of_shares(200, shares, seed), metrics, resamples=400).items():
            passed += found.paired(0.95).bounds.lower > -margins[name]
            by_percentiles += percentiles(found.values[0] - found.values[1], 0.95).lower > -margins[name]

    assert min(margins.values()) > 0.02
    assert passed / (2 * simulations) < 0.055
    assert by_percentiles > passed * 1.1
