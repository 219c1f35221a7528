"""Metrics of confusion counts against scikit-learn, with absent classes too."""

import numpy as np
import pytest
from sklearn import metrics as sk

from headgate.statistics.bootstrap import Cells
from headgate.statistics.confusion import Margins, accuracy, f1_macro, f1_of, f1_weighted


def margins_of(label: np.ndarray, answer: np.ndarray, classes: int) -> Margins:
    cells = Cells.of(label, None, answer, classes)
    return cells.margins(cells.count[np.newaxis, :], cells.candidate)


@pytest.mark.parametrize("seed", range(8))
def test_values_are_scikit_learns(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n, classes = int(generator.integers(1, 300)), int(generator.integers(2, 8))
    label = generator.integers(0, max(1, classes - 1), n)  # the last class is never true
    answer = np.where(generator.random(n) < 0.6, label, generator.integers(0, classes, n))

    margins = margins_of(label, answer, classes)

    assert accuracy(margins)[0] == pytest.approx(sk.accuracy_score(label, answer), abs=1e-9)
    assert f1_macro(margins)[0] == pytest.approx(sk.f1_score(label, answer, average="macro"), abs=1e-9)
    assert f1_weighted(margins)[0] == pytest.approx(sk.f1_score(label, answer, average="weighted"), abs=1e-9)
    each = sk.f1_score(label, answer, average=None, labels=range(classes), zero_division=0)
    assert [f1_of(k)(margins)[0] for k in range(classes)] == pytest.approx(each, abs=1e-9)


def test_a_class_that_neither_occurs_nor_is_answered_is_0_and_outside_the_mean() -> None:
    margins = margins_of(np.array([0, 1, 1]), np.array([0, 1, 0]), 3)

    assert f1_of(2)(margins)[0] == 0
    assert f1_macro(margins)[0] == pytest.approx((2 / 3 + 2 / 3) / 2)
