"""Closed-form bounds against published values, scipy, and simulation at the margin: shares of the same rows."""

import bisect
import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from headgate.statistics.paired import own_share, paired_shares, tango_bounds


def rows_with(n: int, gained: int, lost: int) -> tuple[np.ndarray, np.ndarray]:
    """Right answers of Production and the candidate over n rows, with so many that one of them alone has right."""
    production, candidate = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    production[:gained] = False
    candidate[gained : gained + lost] = False
    return production, candidate


def test_tango_gives_the_published_interval_of_the_airway_reactivity_study() -> None:
    # Fagerland, Lydersen, Laake (2013): 1, 1, 7, 12 of 21 children; -0.286, Tango's 95% interval -0.517 to -0.026.
    bounds = tango_bounds(21, gained=1, lost=7, confidence=0.975)

    assert bounds.lower == pytest.approx(-0.517, abs=5e-4)
    assert bounds.upper == pytest.approx(-0.026, abs=5e-4)


@pytest.mark.parametrize("n", [1, 5, 50, 999])
def test_tango_without_a_discordant_row_has_its_closed_form(n: int) -> None:
    z = stats.norm.ppf(0.95)

    bounds = tango_bounds(n, 0, 0, 0.95)

    assert bounds.upper == pytest.approx(z**2 / (n + z**2), abs=1e-9)
    assert bounds.lower == pytest.approx(-bounds.upper, abs=1e-9)


@pytest.mark.parametrize(("n", "gained", "lost"), [(30, 30, 0), (30, 0, 30), (12, 5, 1), (400, 3, 17)])
def test_tango_mirrors_when_the_models_change_places(n: int, gained: int, lost: int) -> None:
    one, other = tango_bounds(n, gained, lost, 0.95), tango_bounds(n, lost, gained, 0.95)

    assert one.lower == pytest.approx(-other.upper, abs=1e-9)
    assert -1 <= one.lower <= (gained - lost) / n <= one.upper <= 1


def test_tango_and_wald_agree_on_many_rows() -> None:
    score = tango_bounds(200_000, 5000, 5200, 0.95)

    spread = math.sqrt(10_200 / 200_000 - 0.001**2)
    reach = stats.norm.ppf(0.95) * spread / math.sqrt(200_000)
    assert score.lower == pytest.approx(-0.001 - reach, abs=2e-6)
    assert score.upper == pytest.approx(-0.001 + reach, abs=2e-6)


def test_shares_carry_both_values_and_their_difference() -> None:
    paired = paired_shares(*rows_with(2000, 60, 40), 0.95)

    assert (paired.production, paired.candidate) == (0.97, 0.98)
    assert paired.difference == pytest.approx(0.01)
    assert paired.bounds == tango_bounds(2000, 60, 40, 0.95)
    assert paired.method == "tango"


def test_wilson_bounds_are_scipys_and_statsmodels() -> None:
    flags = np.arange(80) < 71

    own = own_share(flags, 0.95)

    expected = stats.binomtest(71, 80).proportion_ci(0.9, method="wilson")
    assert (own.bounds.lower, own.bounds.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)
    again = proportion_confint(71, 80, alpha=0.1, method="wilson")
    assert (own.bounds.lower, own.bounds.upper) == pytest.approx(again, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "discordant", "margin", "most"),
    [
        (50, 0.10, 0.02, 0.056),
        (200, 0.05, 0.02, 0.052),
        (200, 0.20, 0.02, 0.052),
        (2000, 0.02, 0.01, 0.0505),
        (2000, 0.10, 0.01, 0.0505),
    ],
)
def test_a_model_exactly_at_the_margin_passes_on_accuracy_no_more_often_than_it_should(
    n: int, discordant: float, margin: float, most: float
) -> None:
    """Exact: the probability of each pair of counts, summed over those that pass. Counts are discrete."""
    passes = fails = 0.0
    for total in range(n + 1):
        chance = stats.binom.pmf(total, n, discordant)
        if chance < 1e-8:
            continue
        shares = stats.binom.pmf(np.arange(total + 1), total, (discordant - margin) / (2 * discordant))
        passes += chance * shares[first_that_passes(n, total, margin) :].sum()
        fails += chance * shares[: first_that_does_not_fail(n, total, margin)].sum()

    assert 0.03 < passes < most
    assert fails < 0.075


def first_that_passes(n: int, discordant: int, margin: float) -> int:
    """The fewest rows, of the discordant ones, that the candidate must have right."""
    lower = lambda gained: tango_bounds(n, gained, discordant - gained, 0.95).lower  # noqa: E731
    return bisect.bisect_right(range(discordant + 1), -margin, key=lower)


def first_that_does_not_fail(n: int, discordant: int, margin: float) -> int:
    """With fewer rows right than this the candidate fails."""
    upper = lambda gained: tango_bounds(n, gained, discordant - gained, 0.95).upper  # noqa: E731
    return bisect.bisect_left(range(discordant + 1), -margin, key=upper)
