"""How many rows would decide, and what the rows at hand can prove."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from headgate.statistics.estimate import mean, paired_bounds
from headgate.statistics.mcnemar import mcnemar_exact
from headgate.statistics.measurement import Bounds, Paired
from headgate.statistics.paired import paired_shares
from headgate.statistics.planning import detectable_margin, required_rows


def shares(n: int, gained: int, lost: int) -> Paired:
    production, candidate = np.ones(n, dtype=bool), np.ones(n, dtype=bool)
    production[:gained] = False
    candidate[gained : gained + lost] = False
    return paired_shares(production, candidate, 0.95)


@pytest.mark.parametrize(("margin", "rows"), [(0.01, 6183), (0.02, 1546)])
def test_the_detectable_margin_inverts_the_published_sample_size(margin: float, rows: int) -> None:
    # 10% discordant rows, 80% power: n = (z_.95 + z_.8)^2 0.1 / D^2.
    paired = Paired(0.8, 0.8, 0.0, Bounds(-0.1, 0.1), spread=math.sqrt(0.10), rows=rows, method="paired-wald")

    assert detectable_margin(paired, 0.95) == pytest.approx(margin, rel=2e-4)


def test_an_equal_model_passes_at_the_detectable_margin_four_times_in_five() -> None:
    generator = np.random.default_rng(2)
    n, passed, simulations = 500, 0, 1500
    for _ in range(simulations):
        production = generator.normal(size=n)
        candidate = production + generator.normal(0, 0.3, size=n)
        margin = detectable_margin(Paired(0, 0, 0, Bounds(0, 0), spread=0.3, rows=n, method="paired-wald"), 0.95)
        passed += paired_bounds(mean(production), mean(candidate), 0.95).bounds.lower > -margin

    assert passed / simulations == pytest.approx(0.8, abs=0.035)


def test_few_groups_need_a_wider_margin() -> None:
    groups = np.repeat(np.arange(5), 100)
    paired = paired_bounds(mean(np.zeros(500)), mean(np.random.default_rng(1).normal(size=500)), 0.95, groups)

    reach = stats.t.ppf(0.95, 4) + stats.norm.ppf(0.8)
    assert detectable_margin(paired, 0.95) >= 0.99 * reach * paired.spread / math.sqrt(500)


def wald(n: int, difference: float, spread: float) -> Paired:
    reach = stats.norm.ppf(0.95) * spread / math.sqrt(n)
    return Paired(0.8, 0.8 + difference, difference, Bounds(difference - reach, difference + reach), spread, n, "wald")


def test_required_rows_is_the_closed_form_for_walds_bounds() -> None:
    paired, z = wald(4000, -0.005, spread=0.29), stats.norm.ppf(0.95)

    assert required_rows(paired, 0.01) == math.ceil((z * 0.29 / (-0.005 + 0.01)) ** 2)


def test_required_rows_counts_those_that_would_prove_a_failure_too() -> None:
    paired, z = wald(4000, -0.010, spread=0.3), stats.norm.ppf(0.95)

    assert required_rows(paired, 0.005) == math.ceil((z * 0.3 / (-0.01 + 0.005)) ** 2)


def test_no_number_of_rows_decides_a_difference_that_is_the_margin() -> None:
    assert required_rows(shares(4000, gained=100, lost=140), 0.01) is None


@given(n=st.integers(20, 3000), data=st.data(), margin=st.floats(0.0, 0.2))
def test_an_undecided_comparison_always_needs_more_rows_than_it_has(n: int, data: st.DataObject, margin: float) -> None:
    gained = data.draw(st.integers(0, n // 3))
    lost = data.draw(st.integers(0, n // 3))
    paired = shares(n, gained, lost)
    undecided = paired.bounds.lower <= -margin <= paired.bounds.upper

    needed = required_rows(paired, margin)

    if undecided:
        assert needed is None or needed > n


def test_identical_answers_on_few_rows_prove_little() -> None:
    z = stats.norm.ppf(0.95)

    assert detectable_margin(shares(50, 0, 0), 0.95) == pytest.approx(z**2 / (50 + z**2), abs=1e-9)


@pytest.mark.parametrize(("gained", "lost"), [(0, 0), (1, 0), (5, 15), (40, 40), (1000, 1100), (100_000, 101_000)])
def test_mcnemar_is_the_exact_binomial_test(gained: int, lost: int) -> None:
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0

    assert mcnemar_exact(gained, lost) == pytest.approx(expected, rel=1e-9)
    table = [[10, lost], [gained, 10]]
    assert mcnemar_exact(gained, lost) == pytest.approx(mcnemar(table, exact=True).pvalue, rel=1e-9)
    assert mcnemar_exact(lost, gained) == mcnemar_exact(gained, lost)
