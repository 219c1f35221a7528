"""Closed-form bounds against published values, scipy, and simulation at the margin: shares of the same rows."""

import math

import numpy as np
import pytest
from scipy import stats

from headgate.statistics.paired import own_share, paired_shares, tango_bounds, wald_bounds

SIMULATIONS = 1500
BAND = 3.5 * math.sqrt(0.05 * 0.95 / SIMULATIONS)


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
    score, wald = tango_bounds(200_000, 5000, 5200, 0.95), wald_bounds(200_000, 5000, 5200, 0.95)

    assert score.lower == pytest.approx(wald.lower, abs=2e-6)
    assert score.upper == pytest.approx(wald.upper, abs=2e-6)


@pytest.mark.parametrize(
    ("n", "gained", "lost", "method"),
    [(999, 100, 100, "tango"), (1000, 9, 100, "tango"), (1000, 100, 9, "tango"), (1000, 10, 10, "paired-wald")],
)
def test_few_rows_or_few_disagreements_take_the_score_interval(n: int, gained: int, lost: int, method: str) -> None:
    assert paired_shares(*rows_with(n, gained, lost), 0.95).method == method


def test_shares_carry_both_values_and_their_difference() -> None:
    paired = paired_shares(*rows_with(2000, 60, 40), 0.95)

    assert (paired.production, paired.candidate) == (0.97, 0.98)
    assert paired.difference == pytest.approx(0.01)
    z, s = stats.norm.ppf(0.95), math.sqrt(0.05 - 0.01**2)
    assert paired.bounds.lower == pytest.approx(0.01 - z * s / math.sqrt(2000), abs=1e-12)


def test_wilson_bounds_are_scipys() -> None:
    flags = np.arange(80) < 71

    own = own_share(flags, 0.95)

    expected = stats.binomtest(71, 80).proportion_ci(0.9, method="wilson")
    assert (own.bounds.lower, own.bounds.upper) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("n", [200, 2000])
def test_a_model_exactly_at_the_margin_passes_on_accuracy_with_probability_alpha(n: int) -> None:
    margin, discordant = 0.02, 0.10
    gains, losses = (discordant - margin) / 2, (discordant + margin) / 2
    drawn = np.random.default_rng(7).multinomial(n, [gains, losses, 1 - discordant], size=SIMULATIONS)
    counted, times = np.unique(drawn, axis=0, return_counts=True)

    passed = sum(
        int(time)
        for (gained, lost, _), time in zip(counted, times, strict=True)
        if paired_shares(*rows_with(n, gained, lost), 0.95).bounds.lower > -margin
    )

    assert abs(passed / SIMULATIONS - 0.05) < BAND + 0.01  # counts are discrete: no test has exactly 5%
