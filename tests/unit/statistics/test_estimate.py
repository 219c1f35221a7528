"""Means, areas and roots against scikit-learn; their bounds against scipy, textbooks, and at the margin."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from headgate.statistics import losses, ranking
from headgate.statistics.estimate import Estimate, mean, own_bounds, paired_bounds
from headgate.statistics.measurement import student_quantile
from headgate.statistics.ranking import Ranked, mean_of
from headgate.statistics.regression import r2, rmse

SIMULATIONS = 500
BAND = 3.5 * math.sqrt(0.05 * 0.95 / SIMULATIONS)

Measure = Callable[..., Estimate]


def roc_auc(positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None) -> Estimate:
    return ranking.roc_auc(Ranked.of(positive.astype(bool), score, weights))


def average_precision(positive: np.ndarray, score: np.ndarray, weights: np.ndarray | None = None) -> Estimate:
    return ranking.average_precision(Ranked.of(positive.astype(bool), score, weights))


def ranked(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Flags, two models' scores with ties, and weights."""
    generator = np.random.default_rng(seed)
    positive = generator.random(n) < 0.4
    positive[:2] = [True, False]
    shared = generator.normal(0, 0.5, n)
    scores = [np.round(positive + shared + generator.normal(0, 0.7, n), 1) for _ in range(2)]
    return positive, scores[0], scores[1], generator.exponential(size=n)


def measured(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Truths, two models' predictions, and weights."""
    generator = np.random.default_rng(seed)
    truth, shared = generator.gamma(3, 2, n), generator.normal(0, 1, n)
    sides = [truth + shared + generator.normal(0, 1, n) for _ in range(2)]
    return truth, sides[0], sides[1], generator.exponential(size=n)


@pytest.mark.parametrize("weighing", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_areas_are_scikit_learns(seed: int, weighing: bool) -> None:
    positive, score, _, weights = ranked(5 + 40 * seed, seed)
    given = weights if weighing else None

    assert roc_auc(positive, score, given).value == pytest.approx(
        sk.roc_auc_score(positive, score, sample_weight=given), abs=1e-9
    )
    assert average_precision(positive, score, given).value == pytest.approx(
        sk.average_precision_score(positive, score, sample_weight=given), abs=1e-9
    )


@pytest.mark.parametrize("weighing", [False, True])
def test_errors_are_scikit_learns(weighing: bool) -> None:
    truth, _, prediction, weights = measured(300, seed=1)
    truth[0] = 0.0
    given = weights if weighing else None

    for ours, reference in (
        (rmse(truth, prediction, given), sk.root_mean_squared_error),
        (r2(truth, prediction, given), sk.r2_score),
        (mean(losses.absolute_errors(truth, prediction), given), sk.mean_absolute_error),
        (mean(losses.percentage_errors(truth, prediction), given), sk.mean_absolute_percentage_error),
    ):
        assert ours.value == pytest.approx(reference(truth, prediction, sample_weight=given), rel=1e-9)
    for level in (0.1, 0.5, 0.9):
        expected = sk.mean_pinball_loss(truth, prediction, alpha=level, sample_weight=given)
        assert mean(losses.pinball_losses(truth, prediction, level), given).value == pytest.approx(expected, abs=1e-9)


def test_probability_losses_are_scikit_learns() -> None:
    generator = np.random.default_rng(2)
    true, probability = generator.random(400) < 0.3, generator.random(400)

    assert losses.brier_losses(probability, true).mean() == pytest.approx(sk.brier_score_loss(true, probability))
    of_truth = np.where(true, probability, 1 - probability)
    assert losses.log_losses(of_truth).mean() == pytest.approx(sk.log_loss(true, probability), abs=1e-9)


@pytest.mark.parametrize("weighing", [False, True])
@pytest.mark.parametrize("measure", [roc_auc, average_precision, rmse, r2])
def test_the_influence_of_a_row_is_what_a_little_more_weight_does(measure: Measure, weighing: bool) -> None:
    first, second, _, weights = ranked(80, seed=3) if measure in (roc_auc, average_precision) else measured(80, seed=3)
    base = weights if weighing else np.ones(80)
    little = 1e-6
    # DeLong's variance has m - 1 for m, so its influences are that much larger than the derivative.
    larger = 1.02 if measure is roc_auc else 1.0

    estimate = measure(first, second, weights if weighing else None)

    assert estimate.influence.mean() == pytest.approx(0, abs=1e-12)
    for row in range(0, 80, 7):
        more = base.copy()
        more[row] *= 1 + little
        pull = (measure(first, second, more).value - measure(first, second, base).value) / little * 80
        assert estimate.influence[row] == pytest.approx(pull, rel=2 * (larger - 1) + 1e-4, abs=1e-5)


def test_delong_is_the_textbook_variance_of_two_correlated_areas() -> None:
    positive, production, candidate, _ = ranked(150, seed=4)

    def placements(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hits, others = score[positive][:, None], score[~positive][None, :]
        above = (hits > others) + 0.5 * (hits == others)
        return above.mean(axis=1), above.mean(axis=0)

    (one_hits, one_others), (two_hits, two_others) = placements(production), placements(candidate)
    hits, others = np.cov(one_hits, two_hits), np.cov(one_others, two_others)
    covariance = hits / len(one_hits) + others / len(one_others)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]

    paired = paired_bounds(roc_auc(positive, production), roc_auc(positive, candidate), 0.95)

    assert paired.spread**2 / 150 == pytest.approx(variance, rel=1e-9)
    reach = stats.t.ppf(0.95, min(positive.sum(), (~positive).sum()) - 1) * math.sqrt(variance)
    assert paired.bounds.lower == pytest.approx(paired.difference - reach, abs=1e-9)
    assert paired.method == "delong"


def test_a_mean_of_areas_has_their_covariance() -> None:
    first, score, other, _ = ranked(200, seed=5)
    areas = [roc_auc(first, score), roc_auc(first, other)]

    both = mean_of(areas)

    covariance = np.cov(areas[0].influence, areas[1].influence)
    assert both.value == pytest.approx((areas[0].value + areas[1].value) / 2)
    assert both.influence.var(ddof=1) == pytest.approx(covariance.sum() / 4, rel=1e-9)


@pytest.mark.parametrize("measure", [average_precision, rmse, r2])
def test_bounds_are_those_of_scipys_paired_bootstrap(measure: Measure) -> None:
    first, production, candidate, _ = ranked(600, 6) if measure is average_precision else measured(600, 6)

    paired = paired_bounds(measure(first, production), measure(first, candidate), 0.95)

    reference = stats.bootstrap(
        (first, production, candidate), lambda a, p, c: measure(a, c).value - measure(a, p).value,
        paired=True, vectorized=False, n_resamples=200, method="percentile", rng=np.random.default_rng(7),
    )  # fmt: skip
    assert paired.spread / math.sqrt(600) == pytest.approx(reference.standard_error, rel=0.2)


def test_paired_means_are_students_interval_of_the_differences() -> None:
    generator = np.random.default_rng(1)
    production, candidate = generator.gamma(2, size=500), generator.gamma(2.1, size=500)

    paired = paired_bounds(mean(production), mean(candidate), 0.9)

    interval = stats.ttest_rel(candidate, production).confidence_interval(0.8)
    assert paired.bounds.lower == pytest.approx(interval.low, abs=1e-9)
    assert paired.bounds.upper == pytest.approx(interval.high, abs=1e-9)
    assert paired.method == "paired-wald"


def test_one_row_or_one_group_has_no_bounds() -> None:
    assert not paired_bounds(mean(np.array([0.3])), mean(np.array([0.1])), 0.95).finite
    assert not own_bounds(mean(np.array([0.3])), 0.95).bounds.finite
    assert not own_bounds(mean(np.array([0.3, 0.2])), 0.95, np.array([4, 4])).bounds.finite


def test_groups_of_one_row_are_rows() -> None:
    truth, production, candidate, _ = measured(4000, seed=8)
    sides = mean(np.abs(truth - production)), mean(np.abs(truth - candidate))

    by_row, by_group = paired_bounds(*sides, 0.95), paired_bounds(*sides, 0.95, np.arange(4000))

    assert by_group.spread == pytest.approx(by_row.spread, rel=1e-9)
    assert by_group.bounds.lower == pytest.approx(by_row.bounds.lower, rel=1e-2)
    assert by_group.method == "clustered-wald"


def test_repeated_rows_of_a_group_count_once() -> None:
    _, production, candidate, _ = measured(50, seed=9)

    once = paired_bounds(mean(production), mean(candidate), 0.95)
    often = paired_bounds(
        mean(np.repeat(production, 20)), mean(np.repeat(candidate, 20)), 0.95, np.repeat(np.arange(50), 20)
    )

    reach = stats.t.ppf(0.95, 49) * stats.sem(candidate - production)
    assert often.difference - often.bounds.lower == pytest.approx(reach, rel=1e-4)
    assert once.difference - once.bounds.lower < reach


@pytest.mark.parametrize("freedom", [1, 2, 4, 9, 40])
def test_students_quantile_is_scipys(freedom: int) -> None:
    assert student_quantile(0.95, freedom) == pytest.approx(stats.t.ppf(0.95, freedom), rel=1e-3)


@pytest.mark.parametrize("measure", [roc_auc, average_precision])
def test_perfect_scores_on_few_rows_prove_no_more_than_so_many_can(measure: Measure) -> None:
    positive = np.arange(30) < 10
    z = stats.norm.ppf(0.95)

    paired = paired_bounds(measure(positive, positive * 1.0), measure(positive, positive * 2.0), 0.95)

    assert paired.difference == 0
    assert paired.bounds.upper == pytest.approx(z**2 / (10 + z**2), abs=1e-9)


@pytest.mark.parametrize("positive", [np.zeros(4, bool), np.ones(4, bool)])
def test_an_area_of_one_class_is_no_number(positive: np.ndarray) -> None:
    assert math.isnan(roc_auc(positive, np.arange(4.0)).value)


def test_a_single_positive_row_has_an_area_without_bounds() -> None:
    positive = np.array([True, False, False, False])

    paired = paired_bounds(roc_auc(positive, np.arange(4.0)), roc_auc(positive, np.arange(4.0)[::-1]), 0.95)

    assert (paired.production, paired.candidate) == (0.0, 1.0)
    assert not paired.finite


def test_a_truth_that_never_varies_has_no_r2_and_no_error_has_no_spread() -> None:
    same = np.full(5, 2.0)

    assert math.isnan(r2(same, np.arange(5.0)).value)
    assert rmse(same, same).value == 0
    assert own_bounds(rmse(np.zeros(50), np.zeros(50)), 0.95).bounds.upper == 0
    assert own_bounds(rmse(same, same), 0.95).bounds.upper == math.inf  # of five rows nobody knows


@pytest.mark.parametrize("n", [200, 2000])
def test_a_model_exactly_at_the_margin_passes_on_a_loss_with_probability_alpha(n: int) -> None:
    generator = np.random.default_rng(11)
    margin, passed = 0.1, 0
    for _ in range(SIMULATIONS):
        production = generator.exponential(size=n)
        candidate = production + margin + generator.normal(0, 0.5, size=n)
        passed += -paired_bounds(mean(production), mean(candidate), 0.95).bounds.upper > -margin

    assert abs(passed / SIMULATIONS - 0.05) < BAND


@pytest.mark.parametrize("n", [200, 2000])
def test_a_model_exactly_at_the_margin_passes_on_auc_with_probability_alpha(n: int) -> None:
    # Scores N(d, 1) of positives against N(0, 1): AUC = Phi(d / sqrt 2); the models share half of their noise.
    generator = np.random.default_rng(12)
    distances = 1.2, 1.0
    margin = float(-np.diff(stats.norm.cdf(np.array(distances) / math.sqrt(2)))[0])
    passed = 0
    for _ in range(SIMULATIONS):
        positive = generator.random(n) < 0.4
        shared, *own = generator.normal(size=(3, n)) * math.sqrt(0.5)
        production, candidate = (at * positive + shared + noise for at, noise in zip(distances, own, strict=True))
        areas = roc_auc(positive, production), roc_auc(positive, candidate)
        passed += paired_bounds(*areas, 0.95).bounds.lower > -margin

    assert abs(passed / SIMULATIONS - 0.05) < BAND


@pytest.mark.parametrize("n", [200, 2000])
def test_a_model_exactly_at_the_margin_passes_on_rmse_with_probability_alpha(n: int) -> None:
    generator = np.random.default_rng(13)
    passed, margin = 0, 0.1
    for _ in range(SIMULATIONS):
        shared, *own = generator.normal(size=(3, n)) * math.sqrt(0.5)
        production, candidate = shared + own[0], (shared + own[1]) * (1 + margin)
        sides = (rmse(np.zeros(n), side) for side in (production, candidate))
        passed += paired_bounds(*sides, 0.95).bounds.upper < margin

    assert abs(passed / SIMULATIONS - 0.05) < BAND


def without_each(groups: np.ndarray, value: Callable[[np.ndarray], float]) -> float:
    """The jackknife's standard error: of leaving each group out, around the value of all rows."""
    present = np.unique(groups)
    apart = [value(groups != one) - value(groups >= 0) for one in present]
    return math.sqrt((len(present) - 1) / len(present) * float(np.square(apart).sum()))


def test_a_group_that_holds_half_of_the_rows_leaves_little_evidence() -> None:
    groups = np.repeat(np.arange(51), [500] + [10] * 50)
    generator = np.random.default_rng(11)
    differences = generator.normal(0, 1, 51)[groups] + generator.normal(0, 1, 1000)

    paired = paired_bounds(mean(np.zeros(1000)), mean(differences), 0.95, groups)

    error = without_each(groups, lambda rows: float(differences[rows].mean()))
    worth = int(1000**2 / (500**2 + 50 * 10**2))  # Kish: 3 groups of equal size
    assert paired.difference - paired.bounds.lower >= 0.999 * stats.t.ppf(0.95, worth - 1) * error
    assert paired.spread == pytest.approx(error * math.sqrt(1000), rel=1e-9)


def test_positives_in_three_of_a_hundred_groups_are_three_pieces_of_evidence() -> None:
    groups = np.repeat(np.arange(100), 10)
    positive = groups < 3
    generator = np.random.default_rng(12)
    scores = [positive + generator.normal(0, 1, 100)[groups] for _ in range(2)]

    paired = paired_bounds(roc_auc(positive, scores[0]), roc_auc(positive, scores[1]), 0.95, groups)

    assert paired.bounds.upper - paired.difference >= 0.99 * stats.t.ppf(0.95, 2) * paired.spread / math.sqrt(1000)
