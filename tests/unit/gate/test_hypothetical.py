"""Candidates that do not exist: as good as Production by every metric, perfect, and hopeless."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from headgate.config.gate import Columns
from headgate.gate.evaluation_set import EvaluationSet, evaluation_set
from headgate.gate.hypothetical import Hypothetical
from headgate.gate.metrics import Measured, measure
from headgate.gate.predictions import Predictions, Reading, read_predictions

Write = Callable[..., Path]
CLASSES = Reading(probabilities=True)
NUMBERS = Reading(classes=False, numbers=True)
CHANCE = np.random.default_rng(4)


def three_classes(write: Write, n: int = 3000) -> Hypothetical:
    label = CHANCE.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    answer = np.where(CHANCE.random(n) < 0.7, label, CHANCE.choice(["a", "b", "c"], n))
    scores = CHANCE.dirichlet([1, 1, 1], n)
    columns = {f"score__{name}": scores[:, place] for place, name in enumerate("abc")}
    return of(write("production.parquet", id=np.arange(n), label=label, prediction=answer, **columns), CLASSES)


def numbers(write: Write, n: int = 3000) -> Hypothetical:
    truth = CHANCE.normal(50, 10, n)
    path = write("production.parquet", id=np.arange(n), label=truth, prediction=truth + CHANCE.normal(0, 2, n))
    return of(path, NUMBERS)


def of(path: Path, reading: Reading) -> Hypothetical:
    production = read_predictions(path, Columns(), reading)
    return Hypothetical(production, evaluation_set(production, None))


def against(hypothetical: Hypothetical, candidate: Predictions | None) -> EvaluationSet:
    assert candidate is not None
    return evaluation_set(candidate, hypothetical.production)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.2])
def test_an_equal_candidate_differs_on_the_share_that_was_asked_for(write: Write, share: float) -> None:
    hypothetical = three_classes(write)

    rows = against(hypothetical, hypothetical.as_good(share))

    assert rows.production is not None
    assert np.mean(rows.candidate.classes != rows.production.classes) == pytest.approx(share, abs=1e-3)


def test_an_equal_candidate_is_equal_by_every_metric_of_classes_and_probabilities(write: Write) -> None:
    hypothetical = three_classes(write)
    names = ("accuracy", "balanced_accuracy", "f1_macro", "precision_weighted", "recall[c]", "mcc", "cohen_kappa",
             "log_loss", "brier", "roc_auc_ovr_macro")  # fmt: skip

    found = measure(names, against(hypothetical, hypothetical.as_good(0.2)), 0.95)

    for name, measured in found.items():
        assert isinstance(measured, Measured), name
        assert measured.paired is not None
        assert measured.paired.difference == pytest.approx(0, abs=1e-12), name


def test_an_equal_candidate_is_equal_by_the_metrics_of_errors(write: Write) -> None:
    hypothetical = numbers(write)

    found = measure(("mae", "rmse", "r2"), against(hypothetical, hypothetical.as_good(0.2)), 0.95)

    for name, measured in found.items():
        assert isinstance(measured, Measured), name
        assert measured.paired is not None
        assert measured.paired.difference == pytest.approx(0, abs=1e-9), name


def test_more_than_can_be_exchanged_is_no_candidate(write: Write) -> None:
    label = ["a", "b"] * 50
    production = of(write("p.csv", id=range(100), label=label, prediction=[*label[:98], "b", "a"]), Reading())

    assert production.most_discordance == pytest.approx(0.04)
    assert production.as_good(0.04) is not None
    assert production.as_good(0.05) is None


def test_a_perfect_candidate_has_every_row_right_and_is_sure_of_it(write: Write) -> None:
    hypothetical = three_classes(write)

    found = measure(("accuracy", "log_loss"), against(hypothetical, hypothetical.perfect()), 0.95)

    values = {name: measured.own.value for name, measured in found.items() if isinstance(measured, Measured)}
    assert values == {"accuracy": 1.0, "log_loss": pytest.approx(0, abs=1e-9)}


def test_a_hopeless_candidate_has_every_row_wrong_and_is_sure_of_it(write: Write) -> None:
    hypothetical = three_classes(write)

    found = measure(("accuracy", "log_loss"), against(hypothetical, hypothetical.hopeless()), 0.95)

    values = {name: measured.own.value for name, measured in found.items() if isinstance(measured, Measured)}
    assert values["accuracy"] == 0.0
    assert values["log_loss"] > 30


def test_hopeless_numbers_are_far_off_and_perfect_ones_exact(write: Write) -> None:
    hypothetical = numbers(write)

    for candidate, is_right in ((hypothetical.perfect(), True), (hypothetical.hopeless(), False)):
        (measured,) = measure(("mae",), against(hypothetical, candidate), 0.95).values()
        assert isinstance(measured, Measured)
        assert (measured.own.value == 0) is is_right
        assert is_right or measured.own.value > 1000


def test_where_all_labels_are_alike_nobody_can_be_wrong_about_another(write: Write) -> None:
    production = of(write("p.csv", id=range(10), label=["a"] * 10, prediction=["a"] * 10), Reading())

    assert production.hopeless() is None
    assert production.as_good(0.1) is None
    assert production.most_discordance == 0
