import math
import random

import pytest

from headgate.statistics.independent import percentile_bounds, share_difference


def test_a_published_example() -> None:
    """56 of 70 against 48 of 80: Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 4."""
    bounds = share_difference((48, 80), (56, 70), 0.975)

    assert (round(bounds.lower, 4), round(bounds.upper, 4)) == (0.0528, 0.3382)


def test_the_other_way_round_it_is_the_same_with_the_other_sign() -> None:
    one, other = share_difference((3, 400), (9, 150), 0.95), share_difference((9, 150), (3, 400), 0.95)

    assert one.lower == pytest.approx(-other.upper)
    assert one.upper == pytest.approx(-other.lower)


def test_no_failure_at_all_proves_no_more_than_so_many_requests_can() -> None:
    few, many = share_difference((0, 1000), (0, 50), 0.95), share_difference((0, 100_000), (0, 5000), 0.95)

    assert 0.04 < few.upper < 0.07
    assert many.upper < 0.001


def test_the_bounds_hold_the_truth_as_often_as_they_say() -> None:
    draws = random.Random(1)  # noqa: S311
    missed_above = missed_below = 0
    for _ in range(1000):
        before = sum(draws.random() < 0.02 for _ in range(200))
        after = sum(draws.random() < 0.05 for _ in range(80))
        bounds = share_difference((before, 200), (after, 80), 0.95)
        missed_above += bounds.upper < 0.03
        missed_below += bounds.lower > 0.03

    assert max(missed_above, missed_below) < 75  # 50 and three standard errors


def test_percentile_bounds_are_values_around_it() -> None:
    values = [float(number) for number in range(1000)]
    bounds = percentile_bounds(values, 95, 0.95)

    assert 930 < bounds.lower < 950 < bounds.upper < 970


def test_too_few_values_bound_nothing_above() -> None:
    assert percentile_bounds([1.0] * 20, 95, 0.95).upper == math.inf
    assert percentile_bounds([], 95, 0.95).lower == -math.inf


def test_percentile_bounds_hold_the_truth_whatever_the_distribution() -> None:
    draws = random.Random(2)  # noqa: S311
    missed = [0, 0]
    for _ in range(1000):
        bounds = percentile_bounds(sorted(draws.expovariate(1) for _ in range(200)), 90, 0.95)
        missed[0] += bounds.upper < math.log(10)
        missed[1] += bounds.lower > math.log(10)

    assert max(missed) < 75
