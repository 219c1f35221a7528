"""Every metric from files to verdict: scikit-learn's value, a method named, whatever the rows' groups and weights."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from headgate.config.gate import Gate
from headgate.config.metrics import METRICS, known
from headgate.gate import comparison_of_files, decide
from headgate.gate.evaluation_set import EvaluationSet, evaluation_set
from headgate.gate.ids import Ids
from headgate.gate.metrics import Measured, Unmeasurable, measure
from headgate.gate.policy import policy_from_checks
from headgate.gate.predictions import Predictions, PredictionsUnusable, Reading
from headgate.record import Verdict

Write = Callable[..., Path]
NAMES = np.array(["cat", "dog", "eel"])
CLASSES = [name for name, known in METRICS.items() if known.needs == "classes" and "binary" not in name]
OF_CLASS = ["precision[dog]", "recall[dog]", "f1[dog]"]
NUMBERS = [name for name, known in METRICS.items() if known.needs == "numbers"]


def several(n: int, seed: int) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Labels, both models' answers, their probabilities (rows, 3), and weights; Production first."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 3, n)
    label[:3] = [0, 1, 2]
    odds = [generator.random((n, 3)) + 1.2 * np.eye(3)[label] * generator.random((n, 1)) for _ in range(2)]
    scores = [side / side.sum(axis=1, keepdims=True) for side in odds]
    return label, [side.argmax(axis=1) for side in scores], scores, generator.exponential(size=n)


def file_of(
    label: np.ndarray,
    answer: np.ndarray,
    *,
    scores: np.ndarray | None = None,
    reading: Reading | None = None,
    **attributes: np.ndarray,
) -> Predictions:
    return Predictions(
        "file",
        Ids.of(pl.Series("id", np.arange(len(label))), "file"),
        pl.Series("label", label),
        pl.Series("prediction", answer),
        class_scores={} if scores is None else {name: scores[:, at] for at, name in enumerate(NAMES)},
        reading=reading or Reading(),
        attributes={name: pl.Series(name, values) for name, values in attributes.items()},
    )


def three_classes(n: int, seed: int, *, weighing: bool = False, grouping: bool = False) -> EvaluationSet:
    label, answers, scores, weights = several(n, seed)
    reading = Reading(weight="weight" if weighing else None, group="group" if grouping else None)
    groups = np.random.default_rng(seed).integers(0, max(2, n // 4), n)
    sides = [
        file_of(NAMES[label], NAMES[answer], scores=score, reading=reading, weight=weights, group=groups)
        for answer, score in zip(answers, scores, strict=True)
    ]
    return evaluation_set(sides[1], sides[0])


def values(rows: EvaluationSet, names: list[str]) -> dict[str, tuple[float, float]]:
    """Production's and the candidate's value."""
    found = {}
    for name, measured in measure(names, rows, 0.95).items():
        assert isinstance(measured, Measured), name
        assert measured.paired is not None
        assert measured.own.value == pytest.approx(measured.paired.candidate, abs=1e-12)
        found[name] = (measured.paired.production, measured.paired.candidate)
    return found


def reference(
    name: str, label: np.ndarray, answer: np.ndarray, scores: np.ndarray, weights: np.ndarray | None
) -> float:
    """The same by scikit-learn."""
    weighed: dict[str, Any] = {"sample_weight": weights}
    kind, _, average = name.rpartition("_")
    scored = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
    if kind in scored:
        return float(scored[kind](label, answer, average=average, zero_division=0, **weighed))
    if name.partition("[")[0] in scored:
        return float(scored[name.partition("[")[0]](label, answer, average=None, labels=[1], **weighed)[0])
    return float(
        {
            "accuracy": lambda: sk.accuracy_score(label, answer, **weighed),
            "balanced_accuracy": lambda: sk.balanced_accuracy_score(label, answer, **weighed),
            "mcc": lambda: sk.matthews_corrcoef(label, answer, **weighed),
            "cohen_kappa": lambda: sk.cohen_kappa_score(label, answer, **weighed),
            "log_loss": lambda: sk.log_loss(label, scores, **weighed),
            "brier": lambda: sk.brier_score_loss(label, scores, **weighed),
            "roc_auc_ovr_macro": lambda: np.mean(
                [sk.roc_auc_score(label == at, scores[:, at], **weighed) for at in range(3)]
            ),
        }[name]()
    )


@pytest.mark.parametrize("weighing", [False, True])
@pytest.mark.parametrize("n", [12, 500])
def test_values_of_several_classes_are_scikit_learns(n: int, weighing: bool) -> None:
    label, answers, scores, weights = several(n, seed=n)
    names = [*CLASSES, *OF_CLASS, "log_loss", "brier", "roc_auc_ovr_macro"]

    found = values(three_classes(n, seed=n, weighing=weighing), names)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            for side, value in enumerate(found[name]):
                expected = reference(name, label, answers[side], scores[side], weights if weighing else None)
                assert value == pytest.approx(expected, abs=1e-9), name


def test_one_vs_rest_without_weights_is_scikit_learns_own() -> None:
    label, _, scores, _ = several(300, seed=4)

    found = values(three_classes(300, seed=4), ["roc_auc_ovr_macro"])["roc_auc_ovr_macro"]

    assert found[1] == pytest.approx(sk.roc_auc_score(label, scores[1], multi_class="ovr"), abs=1e-9)


@pytest.mark.parametrize("columns", ["score", "score:<label>"])
def test_values_of_two_classes_are_scikit_learns(write: Write, columns: str) -> None:
    generator = np.random.default_rng(6)
    label = generator.integers(0, 2, 400)
    score = np.round(np.clip(0.3 * label + 0.7 * generator.random(400), 0, 1), 3)
    answer = (score > 0.5).astype(int)
    scores = {"score": score} if columns == "score" else {"score__0": 1 - score, "score__1": score}
    path = write("p.parquet", id=range(400), label=label, prediction=answer, **scores)
    expected = {
        "precision_binary": sk.precision_score(label, answer),
        "recall_binary": sk.recall_score(label, answer),
        "f1_binary": sk.f1_score(label, answer),
        "log_loss": sk.log_loss(label, score),
        "brier": sk.brier_score_loss(label, score),
        "roc_auc": sk.roc_auc_score(label, score),
        "roc_auc_ovr_macro": sk.roc_auc_score(label, score),
        "average_precision": sk.average_precision_score(label, score),
    }

    verdict = judge([f"{name}.max=1" for name in expected], path, path)

    assert {check.metric: check.candidate for check in verdict.checks} == pytest.approx(expected, abs=1e-9)


def judge(checks: list[str], candidate: Path, production: Path | None, **gate: Any) -> Verdict:
    policy = Gate.model_validate({"metrics": policy_from_checks(checks).metrics if checks else {}, **gate})
    return decide(policy, comparison_of_files(policy, candidate, production))[1]


def regression(write: Write, name: str, seed: int, **columns: Any) -> tuple[Path, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(8)
    truth = np.round(generator.gamma(3, 2, 300), 4)
    answer = truth + np.random.default_rng(seed).normal(0, 1, 300)
    return write(name, id=range(300), label=truth, prediction=answer, **columns), truth, answer


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_values_of_a_regression_are_scikit_learns_whatever_the_format(write: Write, ending: str) -> None:
    path, truth, answer = regression(write, f"p.{ending}", 1)
    expected = {
        "mae": sk.mean_absolute_error(truth, answer),
        "rmse": sk.root_mean_squared_error(truth, answer),
        "r2": sk.r2_score(truth, answer),
        "mape": sk.mean_absolute_percentage_error(truth, answer),
        "pinball": sk.mean_pinball_loss(truth, answer),
        "pinball[0.9]": sk.mean_pinball_loss(truth, answer, alpha=0.9),
    }

    verdict = judge([f"{name}.max=100" for name in expected], path, None)

    assert {check.metric: check.candidate for check in verdict.checks} == pytest.approx(expected, rel=1e-9)


def test_a_regression_is_compared_on_the_same_rows(write: Write) -> None:
    candidate, *_ = regression(write, "new.parquet", 1)
    production, *_ = regression(write, "old.csv", 2)

    verdict = judge(["rmse.max_rise=20%", "mae.max_rise=0.3", "r2.max_drop=0.1"], candidate, production)

    assert verdict.verdict == "pass"
    assert [check.method for check in verdict.checks] == ["delta", "paired-wald", "delta"]
    assert verdict.notes == ()


def test_ratings_are_classes_and_numbers_at_once(write: Write) -> None:
    path = write("p.csv", id=range(4), label=[1, 2, 3, 4], prediction=[1, 2, 3, 3])

    verdict = judge(["accuracy.min=0.5", "mae.max=0.5"], path, None)

    assert [check.candidate for check in verdict.checks] == [0.75, 0.25]


def test_the_same_numbers_have_one_digest_as_classes_and_as_numbers(write: Write) -> None:
    path = write("p.parquet", id=range(3), label=[1.0, 2.5, 3.0], prediction=[1.0, 2.5, 3.0])

    digests = {judge([check], path, None).evaluation_data for check in ("accuracy.min=0", "mae.max=9")}

    assert len(digests) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"label": ["cat", "1.5", "2"]}, "column 'label' has 1 value(s) that are no finite number, the first in row 1"),
        ({"prediction": ["1", "2", "inf"]}, "column 'prediction' has 1 value(s) that are no finite number"),
    ],
)
def test_a_regression_of_words_is_refused(write: Write, changed: dict[str, Any], said: str) -> None:
    path = write("p.csv", **{"id": [1, 2, 3], "label": ["1", "1.5", "2"], "prediction": ["1", "2", "3"]} | changed)

    with pytest.raises(PredictionsUnusable) as caught:
        judge(["mae.max=1"], path, None)

    assert said in caught.value.message


def test_every_metric_names_its_method() -> None:
    rows = three_classes(3000, seed=9)

    methods = {
        name: measured.paired.method
        for name, measured in measure([*CLASSES, "log_loss", "brier", "roc_auc_ovr_macro", "ece"], rows, 0.95).items()
        if isinstance(measured, Measured) and measured.paired is not None
    }

    assert methods == {
        **dict.fromkeys(CLASSES, "multinomial-bootstrap"),
        **dict.fromkeys(("accuracy", "f1_micro", "precision_micro", "recall_micro"), "tango"),
        **dict.fromkeys(("log_loss", "brier"), "paired-wald"),
        "roc_auc_ovr_macro": "delong",
        "ece": "normal-bootstrap",
    }


def test_rows_that_belong_together_prove_less_by_every_metric() -> None:
    names = ["accuracy", "f1_macro", "log_loss", "roc_auc_ovr_macro", "ece"]
    label, answers, scores, _ = several(400, seed=10)
    times = 6
    repeated = [
        file_of(
            NAMES[np.repeat(label, times)],
            NAMES[np.repeat(answer, times)],
            scores=np.repeat(score, times, axis=0),
            reading=Reading(group="user"),
            user=np.repeat(np.arange(400), times),
        )
        for answer, score in zip(answers, scores, strict=True)
    ]

    grouped = measure(names, evaluation_set(repeated[1], repeated[0]), 0.95)
    once = measure(names, three_classes(400, seed=10), 0.95)

    for name in names:
        by_group, by_row = grouped[name], once[name]
        assert isinstance(by_group, Measured)
        assert isinstance(by_row, Measured)
        assert by_group.paired is not None
        assert by_row.paired is not None
        assert by_group.paired.difference == pytest.approx(by_row.paired.difference, abs=1e-9)
        errors = [one.paired.spread / math.sqrt(one.paired.rows) for one in (by_group, by_row)]
        assert errors[0] == pytest.approx(errors[1], rel=0.12), name
        assert by_group.paired.method in ("clustered-wald", "cluster-bootstrap", "clustered-delong", "normal-bootstrap")


def test_a_metric_of_two_classes_says_what_to_take_for_three() -> None:
    found = measure(["roc_auc", "precision_binary", "recall[cow]"], three_classes(30, seed=1), 0.95)

    assert isinstance(found["roc_auc"], Unmeasurable)
    assert "take roc_auc_ovr_macro" in found["roc_auc"].why
    assert found["recall[cow]"] == Unmeasurable("no row has the label or the answer 'cow'")


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "cohen_kappa", "mcc", "f1_binary"])
def test_one_class_only_is_an_error_or_a_number_and_never_a_traceback(write: Write, metric: str) -> None:
    path = write("p.csv", id=range(50), label=["a"] * 50, prediction=["a"] * 50, score=[0.9] * 50)

    check = judge([f"{metric}.max_drop=0.01"], path, path).checks[0]

    assert check.verdict == ("error" if metric in ("roc_auc", "cohen_kappa") else "inconclusive")


def test_more_cells_than_can_be_drawn_are_resampled_by_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = three_classes(2000, seed=11)
    by_cell = measure(["f1_macro"], rows, 0.95)["f1_macro"]
    monkeypatch.setattr("headgate.gate.metrics.MOST_CELLS", 5)

    by_part = measure(["f1_macro"], rows, 0.95)["f1_macro"]

    assert isinstance(by_part, Measured)
    assert isinstance(by_cell, Measured)
    assert by_part.own.value == pytest.approx(by_cell.own.value, abs=1e-12)
    assert by_part.own.bounds.lower == pytest.approx(by_cell.own.bounds.lower, abs=0.005)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"weight": [1, 0, 2]}, "column 'weight' has 1 weight(s) of 0 or less, the first in row 2"),
        ({"weight": ["1", "much", "2"]}, "column 'weight' has 1 value(s) that are no finite number"),
        ({"user": ["a", None, "b"]}, "column 'user' is missing on 1 row(s), the first in row 2 (id '2')"),
        ({}, "has no column 'user'"),
    ],
)
def test_groups_and_weights_are_checked(write: Write, columns: dict[str, Any], said: str) -> None:
    names = {"weight": "weight"} if "weight" in columns else {"group": "user"}
    path = write("p.parquet", id=["1", "2", "3"], label=["a"] * 3, prediction=["a"] * 3, **columns)

    with pytest.raises(PredictionsUnusable) as caught:
        judge(["accuracy.min=0.5"], path, None, columns=names)

    assert said in caught.value.message


def test_weights_and_groups_change_the_verdicts_numbers(write: Write) -> None:
    label, prediction = ["a"] * 100, ["a"] * 60 + ["b"] * 40
    path = write("p.csv", id=range(100), label=label, prediction=prediction, w=[2.0] * 60 + [1.0] * 40, u=[0, 1] * 50)

    plain = judge(["accuracy.min=0.5"], path, None).checks[0]
    weighted = judge(["accuracy.min=0.5"], path, None, columns={"weight": "w"}).checks[0]
    sure = judge([], path, None, columns={"group": "u"}, metrics={"accuracy": {"min": {"value": 0.5, "sure": True}}})

    assert (plain.candidate, weighted.candidate) == (0.6, 0.75)
    assert sure.checks[0].method == "clustered-wald"


ALL = [*CLASSES, *OF_CLASS, "log_loss", "brier", "roc_auc_ovr_macro", "ece"]


def numbers(rows: EvaluationSet) -> dict[tuple[str, str], float]:
    """All that is measured on the rows."""
    return {
        (name, which): number
        for name, one in measure(ALL, rows, 0.95).items()
        if isinstance(one, Measured) and one.paired is not None
        for which, number in (
            ("production", one.paired.production),
            ("candidate", one.paired.candidate),
            ("lower", one.paired.bounds.lower),
            ("upper", one.paired.bounds.upper),
        )
    }


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), weighing=st.booleans(), grouping=st.booleans())
@example(seed=2964, weighing=True, grouping=False)  # an axis of the bins' covariance that rounding turns
def test_the_order_of_rows_changes_no_metric(seed: int, weighing: bool, grouping: bool) -> None:
    rows = three_classes(60, seed, weighing=weighing, grouping=grouping)

    shuffled = rows.at(np.random.default_rng(seed).permutation(60))

    # Sums in another order differ in their last digits.
    assert numbers(shuffled) == pytest.approx(numbers(rows), abs=1e-8)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_other_names_for_the_labels_change_no_metric(seed: int) -> None:
    label, answers, scores, _ = several(60, seed)
    names = np.array(["x", "y", "z"])
    sides = [
        Predictions(
            "file",
            Ids.of(pl.Series("id", np.arange(60)), "file"),
            pl.Series("label", names[label]),
            pl.Series("prediction", names[answer]),
            class_scores={name: score[:, at] for at, name in enumerate(names)},
        )
        for answer, score in zip(answers, scores, strict=True)
    ]

    renamed, plain = numbers(evaluation_set(sides[1], sides[0])), numbers(three_classes(60, seed))

    assert {key for key in plain if "[" not in key[0]} == set(renamed)
    assert renamed == pytest.approx({key: plain[key] for key in renamed}, abs=1e-8)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 70))
def test_copies_of_columns_and_parts_of_a_file_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int, size: int
) -> None:
    label, answers, scores, _ = several(80, seed)
    folder = tmp_path_factory.mktemp("parts")
    frame = pl.DataFrame(
        {"id": np.arange(80), "label": NAMES[label], "prediction": NAMES[answers[0]]}
        | {f"score:{name}": scores[0][:, at] for at, name in enumerate(NAMES)}
    )
    copies = frame.with_columns(copy=pl.col("label"), other=pl.col("prediction"))
    parts = pl.concat(list(frame.iter_slices(size)), rechunk=False)
    frame.write_parquet(folder / "whole.parquet")
    copies.write_parquet(folder / "copies.parquet")
    parts.write_parquet(folder / "parts.parquet", row_group_size=size)
    frame.with_columns(prediction=pl.Series(NAMES[answers[1]])).write_parquet(folder / "old.parquet")
    checks = ["accuracy.max_drop=0.1", "f1_macro.max_drop=0.1", "log_loss.max_rise=0.1"]

    production = folder / "old.parquet"
    whole, *others = (judge(checks, folder / f"{name}.parquet", production) for name in ("whole", "copies", "parts"))

    for other in others:
        assert other.checks == whole.checks
        assert other.evaluation_data == whole.evaluation_data


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), fixed=st.integers(1, 40), margin=st.sampled_from([0.0, 0.02, 0.1]))
def test_a_strictly_better_candidate_never_turns_a_pass_into_a_fail(seed: int, fixed: int, margin: float) -> None:
    label, answers, scores, _ = several(200, seed)
    wrong = np.flatnonzero(answers[1] != label)[:fixed]
    better = answers[1].copy()
    better[wrong] = label[wrong]
    surer = scores[1].copy()
    surer[wrong] = np.eye(3)[label[wrong]]
    names = ["accuracy", "balanced_accuracy", "mcc", "cohen_kappa", "f1_macro", "recall[dog]", "log_loss", "brier"]
    production = file_of(NAMES[label], NAMES[answers[0]], scores=scores[0])

    def outcomes(answer: np.ndarray, score: np.ndarray) -> list[str]:
        rows = evaluation_set(file_of(NAMES[label], NAMES[answer], scores=score), production)
        found = []
        for name, one in measure(names, rows, 0.95).items():
            assert isinstance(one, Measured)
            assert one.paired is not None
            oriented = one.paired if known(name, {}).direction == "higher" else one.paired.mirrored()
            found.append(
                "pass" if oriented.bounds.lower > -margin else "fail" if oriented.bounds.upper < -margin else ""
            )
        return found

    for before, after in zip(outcomes(answers[1], scores[1]), outcomes(better, surer), strict=True):
        assert not (before == "pass" and after == "fail")
