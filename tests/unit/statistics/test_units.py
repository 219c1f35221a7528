"""Rows that belong together are resampled together; counts with very many cells by random parts of their rows."""

import numpy as np
import pytest
from scipy import stats

from headgate.statistics import units as parts
from headgate.statistics.bootstrap import Resampling, bootstrap
from headgate.statistics.cells import Cells
from headgate.statistics.confusion import accuracy, f1_per_class, macro
from headgate.statistics.measurement import Paired
from headgate.statistics.units import of_groups, of_parts, units_for


def compared(counted: Resampling) -> Paired:
    return bootstrap(counted, {"f1": macro(f1_per_class)}, resamples=600)["f1"].paired(0.95)


def answers(n: int, seed: int, *, classes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    label = generator.integers(0, classes, n)
    sides = [np.where(generator.random(n) < 0.75, label, generator.integers(0, classes, n)) for _ in range(2)]
    return label, sides[0], sides[1]


def test_groups_of_one_row_are_rows() -> None:
    label, production, candidate = answers(1500, seed=1)

    by_group = compared(of_groups(np.arange(1500), label, production, candidate, 3))
    by_row = compared(Cells.of(label, production, candidate, 3))

    assert by_group.difference == pytest.approx(by_row.difference, abs=1e-12)
    assert by_group.spread == pytest.approx(by_row.spread, rel=0.12)
    assert by_group.method == "cluster-bootstrap"


def test_rows_that_say_the_same_thing_ten_times_count_once() -> None:
    label, production, candidate = answers(300, seed=2)
    ten = [np.repeat(column, 10) for column in (label, production, candidate)]

    once = compared(Cells.of(label, production, candidate, 3))
    grouped = compared(of_groups(np.repeat(np.arange(300), 10), *ten, 3))

    assert grouped.rows == 3000
    assert grouped.bounds.upper - grouped.bounds.lower == pytest.approx(once.bounds.upper - once.bounds.lower, rel=0.12)


def test_few_groups_spread_as_their_own_means_do() -> None:
    generator = np.random.default_rng(3)
    group = np.repeat(np.arange(8), 100)
    label = np.zeros(800, dtype=int)
    candidate = (generator.random(800) < np.repeat(generator.random(8), 100)).astype(int)

    resampled = bootstrap(of_groups(group, label, None, candidate, 2), {"accuracy": accuracy})["accuracy"]

    means = (candidate == label).reshape(8, 100).mean(axis=1)
    assert resampled.values[0].std(ddof=1) == pytest.approx(stats.sem(means), rel=0.12)


def test_many_groups_are_put_together_without_changing_the_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    label, production, candidate = answers(6000, seed=4)
    group = np.random.default_rng(5).permutation(np.repeat(np.arange(3000), 2))

    few = compared(of_groups(group, label, production, candidate, 3))
    monkeypatch.setattr(parts, "MOST_UNITS", 3000)
    all_of_them = compared(of_groups(group, label, production, candidate, 3))

    assert few.difference == pytest.approx(all_of_them.difference, abs=1e-12)
    assert few.spread == pytest.approx(all_of_them.spread, rel=0.12)


def test_the_order_of_rows_changes_nothing() -> None:
    label, production, candidate = answers(400, seed=6)
    group = np.random.default_rng(7).integers(0, 90, 400)
    order = np.random.default_rng(8).permutation(400)
    shuffled = [column[order] for column in (label, production, candidate)]

    for one, other in (
        (of_groups(group, label, production, candidate, 3), of_groups(group[order], *shuffled, 3)),
        (of_parts(label, production, candidate, 3), of_parts(*shuffled, 3)),
    ):
        assert compared(other) == compared(one)


@pytest.mark.parametrize("weighing", [False, True])
def test_random_parts_of_the_rows_spread_as_the_rows_do(weighing: bool) -> None:
    label, production, candidate = answers(5000, seed=9, classes=12)
    weights = np.random.default_rng(10).exponential(size=5000) if weighing else None
    cells = Cells.of(label, production, candidate, 12, weights)

    by_cell = compared(cells)
    by_part = compared(of_parts(label, production, candidate, 12, weights))

    assert by_part.difference == pytest.approx(by_cell.difference, abs=1e-12)
    assert by_part.spread == pytest.approx(by_cell.spread, rel=0.12)
    assert by_part.method == by_cell.method


@pytest.mark.parametrize(("groups", "classes"), [(10, 2), (10**6, 2), (10**6, 3000), (10**6, 20_000), (100, 20_000)])
def test_there_are_as_many_units_as_memory_for_all_classes_allows(groups: int, classes: int) -> None:
    units = units_for(groups, classes)

    assert units <= min(groups, 2000)
    assert units * classes <= 4_000_000
    assert units == groups or units >= 200


def test_a_group_that_holds_half_of_the_rows_does_not_hide_how_far_off_it_is() -> None:
    groups = np.repeat(np.arange(51), [500] + [10] * 50)
    label, production, candidate = answers(1000, seed=8, classes=2)
    candidate = np.where(groups == 0, label, candidate)
    counted = of_groups(groups, label, production, candidate, 2)

    paired = bootstrap(counted, {"accuracy": accuracy}, resamples=600)["accuracy"].paired(0.95)

    differences = (candidate == label).astype(float) - (production == label)
    apart = [differences[groups != one].mean() - differences.mean() for one in range(51)]
    reach = stats.t.ppf(0.95, 2) * np.sqrt(50 / 51 * np.square(apart).sum())  # worth 3 groups of equal size
    assert paired.difference - paired.bounds.lower >= 0.999 * reach
