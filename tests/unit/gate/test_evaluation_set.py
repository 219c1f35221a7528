"""Two files become one set of rows, whatever their order and format; or a refusal that names the difference."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from headgate.config.gate import Columns
from headgate.gate.classes import NotClasses
from headgate.gate.evaluation_set import EvaluationSet, evaluation_set
from headgate.gate.ids import EvaluationDataDiffers, Ids
from headgate.gate.metrics import Measured, measure
from headgate.gate.predictions import Predictions, PredictionsUnusable, Reading, read_predictions
from headgate.gate.probabilities import log_loss as log_loss_of

Write = Callable[..., Path]
ALL = ["accuracy", "f1_macro", "f1_weighted", "f1[a]"]


def predictions(ids: object, label: object, prediction: object, *, name: str = "file") -> Predictions:
    return Predictions(
        name, Ids.of(pl.Series("id", ids), name), pl.Series("label", label), pl.Series("prediction", prediction)
    )


def numbers(rows: EvaluationSet, names: list[str]) -> dict[str, tuple[float, ...]]:
    found = {}
    for name, measured in measure(names, rows, 0.95).items():
        assert isinstance(measured, Measured)
        assert measured.paired is not None
        paired = measured.paired
        found[name] = (paired.production, paired.candidate, paired.bounds.lower, paired.bounds.upper)
    return found


def test_the_same_set_in_three_formats_has_one_digest(write: Write) -> None:
    columns = {"id": [3, 1, 2], "label": [1, 0, 1], "prediction": [1, 1, 1]}

    digests = {
        evaluation_set(read_predictions(write(name, **columns), Columns(), Reading()), None).digest
        for name in ("p.parquet", "p.csv", "p.jsonl")
    }
    as_floats = columns | {"label": [1.0, 0.0, 1.0]}
    digests.add(evaluation_set(read_predictions(write("f.parquet", **as_floats), Columns(), Reading()), None).digest)

    assert len(digests) == 1


def test_another_label_or_another_id_is_another_digest() -> None:
    base = evaluation_set(predictions(["1", "2"], ["a", "b"], ["a", "a"]), None).digest

    assert evaluation_set(predictions(["1", "2"], ["a", "a"], ["a", "b"]), None).digest != base
    assert evaluation_set(predictions(["1", "3"], ["a", "b"], ["a", "a"]), None).digest != base
    assert evaluation_set(predictions(["2", "1"], ["b", "a"], ["b", "b"]), None).digest == base


def test_commas_and_quotes_cannot_make_two_sets_look_alike() -> None:
    one = evaluation_set(predictions(['1","a"\n"2'], ["b"], ["b"]), None).digest
    other = evaluation_set(predictions(["1", "2"], ["a", "b"], ["b", "b"]), None).digest

    assert one != other


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 120))
def test_the_order_of_rows_changes_nothing(seed: int, n: int) -> None:
    generator = np.random.default_rng(seed)
    ids = [f"row {number}" for number in generator.permutation(n)]
    label, first, second = (generator.choice(["a", "b", "c"], n).astype(str) for _ in range(3))
    label[0] = "a"
    order = generator.permutation(n)

    straight = evaluation_set(predictions(ids, label, first), predictions(ids, label, second))
    shuffled = evaluation_set(
        predictions(ids, label, first), predictions([ids[k] for k in order], label[order], second[order])
    )

    assert shuffled.digest == straight.digest
    assert numbers(shuffled, ALL) == numbers(straight, ALL)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_other_names_for_the_labels_change_no_number(seed: int) -> None:
    generator = np.random.default_rng(seed)
    ids = list(range(80))
    label, first, second = generator.integers(0, 3, (3, 80))
    names = np.array(["x", "y", "z"])  # in the same order, so that each cell keeps its place among the resamples

    plain = evaluation_set(predictions(ids, label, first), predictions(ids, label, second))
    named = evaluation_set(predictions(ids, names[label], names[first]), predictions(ids, names[label], names[second]))

    common = ["accuracy", "f1_macro", "f1_weighted"]
    assert numbers(named, common) == numbers(plain, common)


def test_integer_ids_pair_with_the_same_ids_as_text() -> None:
    rows = evaluation_set(
        predictions([1, 2, 3], [0, 1, 1], [0, 1, 1]), predictions(["3", "1", "2"], ["1", "0", "1"], ["0", "0", "1"])
    )

    assert rows.production is not None
    assert rows.production.classes.tolist() == [0, 1, 0]


def test_ids_without_a_partner_are_named_on_both_sides() -> None:
    with pytest.raises(EvaluationDataDiffers) as caught:
        evaluation_set(
            predictions([1, 2, 3], [0, 1, 1], [0, 1, 1], name="new.csv"),
            predictions([2, 3, 4, 5], [1, 1, 0, 0], [0, 0, 0, 0], name="old.csv"),
        )

    assert "1 of 3 ids are only in new.csv: 1" in caught.value.message
    assert "2 of 4 ids are only in old.csv: 4, 5" in caught.value.message
    assert caught.value.exit_code == 3


def test_many_ids_without_a_partner_are_counted_and_not_listed() -> None:
    with pytest.raises(EvaluationDataDiffers, match=r"99 of 100 ids are only in file: 1, 2, 3, 4, 5 and 94 more"):
        evaluation_set(predictions(range(100), ["a"] * 100, ["a"] * 100), predictions([0], ["a"], ["a"], name="old"))


def test_labels_that_differ_between_the_files_are_named() -> None:
    with pytest.raises(EvaluationDataDiffers) as caught:
        evaluation_set(
            predictions([1, 2, 3], ["a", "b", "b"], ["a", "a", "a"], name="new.csv"),
            predictions([3, 2, 1], ["b", "a", "a"], ["a", "a", "a"], name="old.csv"),
        )

    assert "1 of 3 rows have one label in new.csv and another in old.csv: ids 2" in caught.value.message
    assert "'b' for the candidate and 'a' for Production" in caught.value.message


def test_a_regression_taken_for_a_classification_is_refused() -> None:
    values = np.arange(10_001) + 0.5

    with pytest.raises(NotClasses, match="10,001 distinct values"):
        evaluation_set(predictions(range(10_001), values, values), None)


def test_the_word_nan_among_numbers_is_refused() -> None:
    with pytest.raises(NotClasses, match="not finite"):
        evaluation_set(predictions(["1", "2"], ["1", "nan"], ["1", "1"]), None)


@pytest.mark.parametrize(
    ("labels", "positive"),
    [([0, 1], "1"), ([True, False], "true"), (["ham", "spam"], "spam"), ([2, 10], "10"), ([-1, 1], "1")],
)
def test_the_positive_class_is_1_true_or_the_last_in_order(labels: list[object], positive: str) -> None:
    assert evaluation_set(predictions([1, 2], labels, labels), None).positive == positive


def test_the_positive_class_can_be_named() -> None:
    rows = evaluation_set(predictions([1, 2], ["ham", "spam"], ["ham", "spam"]), None, positive="ham")

    assert rows.positive == "ham"


def with_score(path: Path) -> EvaluationSet:
    return evaluation_set(read_predictions(path, Columns(), Reading(probabilities=True)), None)


def test_log_loss_of_one_score_is_scikit_learns(write: Write) -> None:
    generator = np.random.default_rng(3)
    label, score = generator.integers(0, 2, 500), generator.random(500)
    score[:2] = [0.0, 1.0]
    rows = with_score(write("p.parquet", id=range(500), label=label, prediction=(score > 0.5).astype(int), score=score))

    assert log_loss_of(rows, rows.candidate).mean() == pytest.approx(log_loss(label, score), abs=1e-9)


def test_log_loss_of_several_classes_is_scikit_learns(write: Write) -> None:
    generator = np.random.default_rng(4)
    names = np.array(["neg", "neutral", "pos"])
    label, scores = names[generator.integers(0, 3, 300)], generator.dirichlet([1, 1, 1], 300)
    path = write(
        "p.parquet",
        id=range(300),
        label=label,
        prediction=names[scores.argmax(axis=1)],
        score__neg=scores[:, 0],
        score__neutral=scores[:, 1],
        score__pos=scores[:, 2],
    )
    rows = with_score(path)

    assert log_loss_of(rows, rows.candidate).mean() == pytest.approx(log_loss(label, scores), abs=1e-9)


def test_one_score_for_three_classes_is_refused(write: Write) -> None:
    rows = with_score(write("p.parquet", id=[1, 2, 3], label=[0, 1, 2], prediction=[0, 1, 2], score=[0.1, 0.2, 0.3]))

    with pytest.raises(PredictionsUnusable, match="has one score"):
        log_loss_of(rows, rows.candidate)


def test_a_label_without_its_score_column_is_refused(write: Write) -> None:
    path = write(
        "p.parquet", id=[1, 2], label=["a", "c"], prediction=["a", "a"], score__a=[0.7, 0.6], score__b=[0.3, 0.4]
    )
    rows = with_score(path)

    with pytest.raises(PredictionsUnusable, match="no column 'score:c'"):
        log_loss_of(rows, rows.candidate)
