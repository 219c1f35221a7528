"""Metrics of confusion counts against scikit-learn, with absent classes and weights too."""

import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

from headgate.statistics.cells import Cells
from headgate.statistics.confusion import (
    Margins,
    Metric,
    accuracy,
    balanced_accuracy,
    cohen_kappa,
    f1_per_class,
    macro,
    mcc,
    of_class,
    precision_per_class,
    recall_per_class,
    weighted,
)

PER_CLASS = [
    (precision_per_class, sk.precision_score),
    (recall_per_class, sk.recall_score),
    (f1_per_class, sk.f1_score),
]


def margins_of(label: np.ndarray, answer: np.ndarray, classes: int, weights: np.ndarray | None = None) -> Margins:
    (margins,) = Cells.of(label, None, answer, classes, weights).measured()
    return margins


def rows(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Labels, answers and weights; some classes are never true, or never answered."""
    generator = np.random.default_rng(seed)
    n, classes = int(generator.integers(2, 300)), int(generator.integers(2, 8))
    label = generator.integers(0, max(1, classes - 1), n)
    answer = np.where(generator.random(n) < 0.6, label, generator.integers(min(1, seed % 3), classes, n))
    return label, answer, generator.exponential(size=n), classes


@pytest.mark.parametrize("weighing", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_values_are_scikit_learns(seed: int, weighing: bool) -> None:
    label, answer, weights, classes = rows(seed)
    theirs = {"sample_weight": weights} if weighing else {}

    margins = margins_of(label, answer, classes, weights if weighing else None)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's remarks about classes that are absent
        assert accuracy(margins)[0] == pytest.approx(sk.accuracy_score(label, answer, **theirs), abs=1e-9)
        expected = sk.balanced_accuracy_score(label, answer, **theirs)
        assert balanced_accuracy(margins)[0] == pytest.approx(expected, abs=1e-9)
        assert mcc(margins)[0] == pytest.approx(sk.matthews_corrcoef(label, answer, **theirs), abs=1e-9)
        kappa = sk.cohen_kappa_score(label, answer, **theirs)
        assert cohen_kappa(margins)[0] == pytest.approx(kappa, abs=1e-9, nan_ok=True)
        for per_class, reference in PER_CLASS:
            for average, function in (("macro", macro(per_class)), ("weighted", weighted(per_class))):
                expected = reference(label, answer, average=average, zero_division=0, **theirs)
                assert function(margins)[0] == pytest.approx(expected, abs=1e-9)
            each = reference(label, answer, average=None, labels=range(classes), zero_division=0, **theirs)
            ours = [of_class(per_class, position)(margins)[0] for position in range(classes)]
            assert ours == pytest.approx(each, abs=1e-9)


@pytest.mark.parametrize("metric", [accuracy, balanced_accuracy, macro(f1_per_class), weighted(recall_per_class)])
def test_one_class_only_that_is_always_right_is_1(metric: Metric) -> None:
    assert metric(margins_of(np.zeros(5, int), np.zeros(5, int), 1))[0] == 1


def test_agreement_beyond_chance_does_not_exist_where_there_is_one_class() -> None:
    margins = margins_of(np.zeros(5, int), np.zeros(5, int), 1, np.full(5, 0.1))

    assert np.isnan(cohen_kappa(margins)[0])
    assert mcc(margins)[0] == 0


def test_a_class_that_neither_occurs_nor_is_answered_is_0_and_outside_the_mean() -> None:
    margins = margins_of(np.array([0, 1, 1]), np.array([0, 1, 0]), 3)

    assert of_class(f1_per_class, 2)(margins)[0] == 0
    assert macro(f1_per_class)(margins)[0] == pytest.approx((2 / 3 + 2 / 3) / 2)


def test_ten_million_rows_do_not_overflow() -> None:
    counts = np.array([6_000_000, 1_000_000, 500_000, 2_500_000])
    cells = Cells(np.array([0, 0, 1, 1]), None, np.array([0, 1, 0, 1]), counts, 2)
    tp, fp, fn, tn = 2.5e6, 1e6, 5e5, 6e6
    expected = (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))

    assert mcc(cells.measured()[0])[0] == pytest.approx(expected, abs=1e-12)
