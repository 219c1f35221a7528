"""Expected calibration error: its value, its spread, and what it says of two models at the margin."""

import math

import numpy as np
import pytest

from headgate.statistics.calibration import Gaps, calibration_error, own_error, paired_error


def forecasts(n: int, seed: int, *, off: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What came true, and two models' probabilities; Production's are right, the candidate's `off` too high."""
    generator = np.random.default_rng(seed)
    chance = generator.uniform(0.05, 0.85, n)
    return generator.random(n) < chance, chance, np.clip(chance + off, 0, 1)


def expected(true: np.ndarray, probability: np.ndarray) -> float:
    """ECE bin by bin, as in Naeini et al. and in netcal."""
    edges = np.arange(1, 10) / 10
    place = np.digitize(probability, edges)
    total = 0.0
    for one in np.unique(place):
        rows = place == one
        total += rows.mean() * abs(true[rows].mean() - probability[rows].mean())
    return total


@pytest.mark.parametrize("n", [1, 30, 4000])
def test_the_value_is_the_sum_over_bins(n: int) -> None:
    true, probability, _ = forecasts(n, seed=n)

    assert own_error(Gaps.of(true, probability), 0.95).value == pytest.approx(expected(true, probability), abs=1e-9)


def test_probabilities_of_0_and_1_have_a_bin() -> None:
    assert own_error(Gaps.of(np.array([True, False]), np.array([1.0, 0.0])), 0.95).value == 0


def test_weights_count_as_so_many_rows() -> None:
    true, probability, _ = forecasts(50, seed=2)
    times = np.random.default_rng(3).integers(1, 5, 50)

    weighted = own_error(Gaps.of(true, probability, times.astype(float)), 0.95).value

    assert weighted == pytest.approx(expected(np.repeat(true, times), np.repeat(probability, times)), abs=1e-9)


def test_the_spread_is_that_of_rows_resampled_one_by_one() -> None:
    true, production, candidate = forecasts(2000, seed=4, off=0.08)
    generator = np.random.default_rng(5)
    drawn = []
    for _ in range(300):
        rows = generator.integers(0, 2000, 2000)
        sides = [own(true[rows], side[rows]) for side in (candidate, production)]
        drawn.append(sides[0] - sides[1])

    paired = paired_error(Gaps.of(true, production), Gaps.of(true, candidate), 0.95)

    assert paired.spread / math.sqrt(2000) == pytest.approx(np.std(drawn, ddof=1), rel=0.15)
    assert paired.bounds.lower < paired.difference < np.quantile(drawn, 0.95) < paired.bounds.upper


def own(true: np.ndarray, probability: np.ndarray) -> float:
    sums = np.zeros(10)
    np.add.at(sums, np.minimum((probability * 10).astype(int), 9), true - probability)
    return float(calibration_error(sums / len(true)))


def test_groups_of_one_row_are_rows_and_repeated_rows_count_once() -> None:
    true, production, candidate = forecasts(800, seed=6, off=0.05)

    def spread(times: int, groups: np.ndarray | None) -> float:
        repeated = [np.repeat(column, times) for column in (true, production, candidate)]
        sides = Gaps.of(repeated[0], repeated[1]), Gaps.of(repeated[0], repeated[2])
        return paired_error(*sides, 0.95, groups).spread / math.sqrt(800 * times)

    assert spread(1, np.arange(800)) == pytest.approx(spread(1, None), rel=0.01)
    assert spread(5, np.repeat(np.arange(800), 5)) == pytest.approx(spread(1, None), rel=0.01)


def test_one_group_has_no_bounds() -> None:
    true, production, candidate = forecasts(20, seed=7)

    paired = paired_error(Gaps.of(true, production), Gaps.of(true, candidate), 0.95, np.zeros(20, dtype=int))

    assert not paired.finite


@pytest.mark.parametrize("n", [200, 2000])
def test_a_model_exactly_at_the_margin_seldom_passes(n: int) -> None:
    simulations, margin = 50, 0.05
    passed = 0
    for seed in range(simulations):
        true, production, candidate = forecasts(n, seed, off=margin)
        passed += paired_error(Gaps.of(true, production), Gaps.of(true, candidate), 0.95).bounds.upper < margin

    assert passed / simulations < 0.05 + 3.5 * math.sqrt(0.05 * 0.95 / simulations)
