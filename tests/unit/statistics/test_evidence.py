"""What a page shows of the rows: against scikit-learn where it knows the number, and small whatever the rows."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix, roc_auc_score

from headgate.statistics.evidence import (
    Thresholds,
    agreement,
    closeness,
    errors,
    matrix,
    precision_recall,
    reliability,
    roc,
)
from headgate.statistics.ranking import Ranked

CHANCE = np.random.default_rng(3)


def scored(n: int, *, digits: int = 9) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are positive, and scores that know a little of it; few `digits` make ties."""
    positive = CHANCE.random(n) < 0.4
    return positive, np.round(np.clip(0.3 + 0.2 * positive + CHANCE.normal(0, 0.2, n), 0, 1), digits)


@pytest.mark.parametrize("digits", [9, 1])
def test_the_areas_are_those_of_scikit_learn(digits: int) -> None:
    positive, score = scored(5000, digits=digits)

    of_roc, of_precision = (
        roc(Thresholds.of(Ranked.of(positive, score))),
        precision_recall(Thresholds.of(Ranked.of(positive, score))),
    )

    assert of_roc is not None
    assert of_precision is not None
    assert of_roc.area == pytest.approx(roc_auc_score(positive, score), abs=1e-9)
    assert of_precision.area == pytest.approx(average_precision_score(positive, score), abs=1e-9)


def test_curves_stay_small_and_reach_both_corners() -> None:
    positive, score = scored(100_000)

    curve = roc(Thresholds.of(Ranked.of(positive, score)))

    assert curve is not None
    assert len(curve.points) < 400
    assert curve.points[0] == (0.0, 0.0)
    assert curve.points[-1] == (1.0, 1.0)
    assert sorted(curve.points) == list(curve.points)


def test_a_thinned_curve_encloses_the_area_of_the_whole_one() -> None:
    positive, score = scored(100_000)

    curve = roc(Thresholds.of(Ranked.of(positive, score)))

    assert curve is not None
    x, y = np.array(curve.points).T
    assert np.trapezoid(y, x) == pytest.approx(curve.area, abs=1e-3)


@pytest.mark.parametrize("positive", [True, False])
def test_one_class_alone_has_no_roc(positive: bool) -> None:
    found = Thresholds.of(Ranked.of(np.full(10, positive), np.linspace(0, 1, 10)))

    assert roc(found) is None
    assert (precision_recall(found) is None) is not positive


def test_the_matrix_is_that_of_scikit_learn() -> None:
    label, answers = CHANCE.integers(0, 4, 1000), CHANCE.integers(0, 4, 1000)

    found = matrix(label, answers, ("a", "b", "c", "d"))

    assert np.array_equal(found.counts, confusion_matrix(label, answers))
    assert found.others == 0


def test_many_classes_are_taken_together_without_losing_a_row() -> None:
    label, answers = CHANCE.integers(0, 100, 5000), CHANCE.integers(0, 100, 5000)
    label[:500] = 42

    found = matrix(label, answers, tuple(map(str, range(100))), most=12)

    assert len(found.classes) == 12
    assert "42" in found.classes
    assert found.others == 88
    assert np.sum(found.counts) == 5000


def test_bins_say_what_share_came_true() -> None:
    score = np.array([0.05, 0.05, 0.05, 0.05, 0.95, 0.95, 1.0])
    true = np.array([True, False, False, False, True, True, True])

    low, high = reliability(true, score)

    assert (low.predicted, low.observed, low.rows) == (pytest.approx(0.05), 0.25, 4)
    assert (high.observed, high.rows) == (1.0, 3)
    assert 0 <= low.lower < 0.25 < low.upper < 1


def test_every_row_is_in_one_bin() -> None:
    positive, score = scored(1000)

    assert sum(found.rows for found in reliability(positive, score)) == 1000


def test_agreement_counts_every_row_once() -> None:
    label = np.array([0, 0, 0, 0, 0])
    candidate = np.array([0, 0, 1, 1, 1])
    production = np.array([0, 1, 0, 1, 2])

    found = agreement(label, candidate, production)

    assert (found.both_right, found.candidate_alone, found.production_alone) == (1, 1, 1)
    assert (found.wrong_alike, found.wrong_apart) == (1, 1)
    assert found.differing == 3


def test_closeness_counts_who_is_nearer() -> None:
    label, candidate, production = np.array([0.0, 0, 0]), np.array([1.0, 3, -2]), np.array([2.0, 1, 2])

    found = closeness(label, candidate, production)

    assert (found.candidate, found.production, found.equal) == (1, 1, 1)


def test_errors_are_told_on_the_same_edges_for_both_models() -> None:
    label = CHANCE.normal(50, 10, 4000)
    near, far = label + CHANCE.normal(1, 1, 4000), label + CHANCE.normal(0, 3, 4000)

    one, other = errors(label, near, far)

    assert one.edges == other.edges
    assert one.mean == pytest.approx(1, abs=0.1)
    assert sum(at.rows for at in one.along) == 4000
    assert all(at.low < at.median < at.high for at in other.along)
    assert 0.97 < sum(other.shares) <= 1


def test_a_model_without_any_error_can_be_shown() -> None:
    label = np.arange(5.0)

    (found,) = errors(label, label)

    assert found.mean == 0
    assert sum(found.shares) == pytest.approx(1)
    assert len(found.along) == 5
