"""The rows behind a verdict, summed up: of both models, on the rows they share, and no row by itself unless asked."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from headgate.config.gate import Columns
from headgate.gate.evaluation_set import EvaluationSet, evaluation_set
from headgate.gate.evidence import evidence_of
from headgate.gate.predictions import Reading, read_predictions

Write = Callable[..., Path]
SCORES = Reading(probabilities=True)


def rows_of(candidate: Path, production: Path | None, reading: Reading = SCORES) -> EvaluationSet:
    ours = read_predictions(candidate, Columns(), reading)
    theirs = None if production is None else read_predictions(production, Columns(), reading)
    return evaluation_set(ours, theirs, at_least=0.5)


def two_sides(write: Write, n: int = 400) -> tuple[Path, Path]:
    """Production's rows stand in another order."""
    chance = np.random.default_rng(6)
    label = chance.choice(["no", "yes"], n)
    paths = []
    for name, right in (("candidate", 0.8), ("production", 0.7)):
        answer = np.where(chance.random(n) < right, label, np.where(label == "no", "yes", "no"))
        score = np.clip(np.where(answer == "yes", 0.7, 0.3) + chance.normal(0, 0.1, n), 0, 1)
        order = np.arange(n) if name == "candidate" else chance.permutation(n)
        columns = {"id": np.arange(n), "label": label, "prediction": answer, "score": score}
        paths.append(write(f"{name}.parquet", **{key: values[order] for key, values in columns.items()}))
    return paths[0], paths[1]


def test_both_models_are_seen_on_the_same_rows(write: Write) -> None:
    rows = rows_of(*two_sides(write))

    found = evidence_of(rows)

    assert found.production is not None
    for side, answers in ((found.candidate, rows.candidate), (found.production, rows.production)):
        assert side.matrix is not None
        assert answers is not None
        assert answers.source.score is not None
        assert np.sum(side.matrix.counts) == 400
        (curves,) = side.curves
        assert curves.roc is not None
        area = roc_auc_score(rows.label == 1, answers.of_file(answers.source.score))
        assert curves.roc.area == pytest.approx(area, abs=1e-9)
        assert sum(found_bin.rows for found_bin in side.reliability) == 400
    assert found.probability_of == "yes"


def test_agreement_adds_up(write: Write) -> None:
    found = evidence_of(rows_of(*two_sides(write))).agreement

    assert found is not None
    assert sum(asdict(found).values()) == 400


def test_single_rows_are_in_it_only_where_somebody_asks(write: Write) -> None:
    rows = rows_of(*two_sides(write))

    assert evidence_of(rows).examples is None
    assert evidence_of(rows, show_rows=True).examples


def test_at_most_fifty_rows_are_shown_and_they_are_what_they_say(write: Write) -> None:
    rows = rows_of(*two_sides(write))

    examples = evidence_of(rows, show_rows=True).examples

    assert examples is not None
    assert len(examples) == 50
    for example in examples:
        row = int(example.id)
        assert example.production != example.candidate
        assert example.label == rows.classes[rows.label[row]]
        assert example.candidate == rows.classes[rows.candidate.classes[row]]


def test_rows_that_only_one_file_has_are_left_out(write: Write) -> None:
    candidate = write("c.csv", id=[9, 1, 2, 3], label=["a", "b", "a", "b"], prediction=["a", "b", "b", "b"])
    production = write("p.csv", id=[3, 2, 1], label=["b", "a", "b"], prediction=["a", "a", "b"])

    examples = evidence_of(rows_of(candidate, production, Reading()), show_rows=True).examples

    assert examples is not None
    assert [(example.id, example.candidate, example.production) for example in examples] == [
        ("2", "b", "a"),
        ("3", "b", "a"),
    ]


def test_a_candidate_alone_has_no_other_side(write: Write) -> None:
    found = evidence_of(rows_of(two_sides(write)[0], None), show_rows=True)

    assert found.production is None
    assert found.agreement is None
    assert found.examples is None


def test_several_classes_have_curves_of_the_most_frequent_and_the_confidence_of_the_answer(write: Write) -> None:
    chance = np.random.default_rng(8)
    names = [f"c{place}" for place in range(9)]
    label = np.repeat(names, np.arange(20, 200, 20))
    scores = {f"score__{name}": share for name, share in zip(names, chance.dirichlet(np.ones(9), 900).T, strict=True)}
    path = write("c.parquet", id=np.arange(900), label=label, prediction=chance.choice(names, 900), **scores)

    side = evidence_of(rows_of(path, None)).candidate

    assert [curves.name for curves in side.curves] == ["c8", "c7", "c6", "c5", "c4", "c3"]
    assert sum(found.rows for found in side.reliability) == 900


def test_without_probabilities_there_are_no_curves(write: Write) -> None:
    found = evidence_of(rows_of(*two_sides(write), Reading()))

    assert found.candidate.curves == ()
    assert found.candidate.reliability == ()


def test_numbers_have_errors_and_no_matrix(write: Write) -> None:
    chance = np.random.default_rng(7)
    truth = chance.normal(50, 10, 200)
    sides = [
        write(f"{name}.parquet", id=np.arange(200), label=truth, prediction=truth + chance.normal(0, spread, 200))
        for name, spread in (("candidate", 1), ("production", 3))
    ]

    found = evidence_of(rows_of(sides[0], sides[1], Reading(classes=False, numbers=True)), show_rows=True)

    assert found.candidate.matrix is None
    assert found.candidate.errors is not None
    assert found.closeness is not None
    assert found.closeness.candidate > found.closeness.production
    assert found.examples is not None
    assert len(found.examples) == 50
