"""Shifts of distributions: against scipy, and against what chance does."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from headgate.statistics.drift import psi, shift_of_classes, shift_of_numbers


def test_equal_shares_have_no_index() -> None:
    assert psi(np.array([300, 700]), np.array([300, 700])) == pytest.approx(0)


def test_the_index_is_that_of_its_definition() -> None:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])

    found = psi((p * 1_000_000).astype(int), (q * 1_000_000).astype(int))

    assert found == pytest.approx(float(np.sum((q - p) * np.log(q / p))), abs=1e-4)


def test_a_class_that_only_one_side_has_gives_a_number() -> None:
    found = shift_of_classes(np.array([500, 500, 0]), np.array([480, 0, 520]))

    assert np.isfinite(found.psi)
    assert found.psi > 1


def test_classes_come_with_pearsons_p_value() -> None:
    reference, sample = np.array([800, 150, 50]), np.array([300, 90, 40])

    assert shift_of_classes(reference, sample).p_value == pytest.approx(
        chi2_contingency([reference, sample], correction=False).pvalue
    )


def test_numbers_come_with_the_p_value_of_kolmogorov_and_smirnov() -> None:
    generator = np.random.default_rng(1)
    reference, sample = generator.normal(size=900), generator.normal(0.2, 1, 400)

    assert shift_of_numbers(reference, sample).p_value == pytest.approx(
        ks_2samp(reference, sample, method="asymp").pvalue
    )


def test_a_single_class_has_not_moved() -> None:
    found = shift_of_classes(np.array([500]), np.array([80]))

    assert (found.psi, found.by_chance, found.p_value) == (0, 0, 1)


def test_equal_values_stay_in_one_bin() -> None:
    reference, sample = np.repeat([0.0, 1.0], [950, 50]), np.repeat([0.0, 1.0], [95, 5])

    assert shift_of_numbers(reference, sample).psi == pytest.approx(0, abs=0.05)


def test_without_a_shift_the_index_is_above_what_chance_explains_once_in_twenty_times() -> None:
    generator = np.random.default_rng(3)
    reference = generator.normal(size=5000)
    shifts = [shift_of_numbers(reference, generator.normal(size=500)) for _ in range(400)]

    above = sum(shift.psi > shift.by_chance for shift in shifts)

    assert 8 <= above <= 34  # of 400; the binomial band of 5% is 11 to 30, and the reference is a sample too
