"""Every way a predictions file can be wrong is one readable message; never a traceback, never a guess."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headgate.config.gate import Columns
from headgate.errors import HeadgateError
from headgate.gate.ids import IdsUnusable
from headgate.gate.predictions import PredictionsUnusable, Reading, read_predictions

Write = Callable[..., Path]
SCORES = Reading(probabilities=True)
GOOD = {"id": [1, 2, 3], "label": [0, 1, 1], "prediction": [0, 1, 0], "score": [0.1, 0.9, 0.4]}
TWO_CLASSES = {"id": [1, 2], "label": ["a", "b"], "prediction": ["a", "a"]}


def refused(path: Path, *, scores: bool = True, columns: Columns | None = None) -> str:
    with pytest.raises((PredictionsUnusable, IdsUnusable)) as caught:
        read_predictions(path, columns or Columns(), Reading(probabilities=scores))
    assert str(path) in caught.value.message
    assert caught.value.exit_code == 3
    return caught.value.message


@pytest.mark.parametrize("name", ["p.parquet", "p.csv", "p.jsonl"])
def test_every_format_reads_the_same(write: Write, name: str) -> None:
    read = read_predictions(write(name, **GOOD), Columns(), SCORES)

    assert [str(value) for value in read.ids.values] == ["1", "2", "3"]
    assert [str(value) for value in read.label] == ["0", "1", "1"]
    assert read.score is not None
    assert read.score.tolist() == [0.1, 0.9, 0.4]


def test_only_the_needed_columns_are_read(write: Write) -> None:
    path = write("p.csv", **GOOD | {"score": ["no", "number", "here"]}, text=["a", "b", "c"])

    assert read_predictions(path, Columns(), Reading()).score is None


def test_scores_may_be_one_column_per_class(write: Write) -> None:
    path = write(
        "p.parquet", id=[1, 2], label=["a", "b"], prediction=["a", "a"], score__a=[0.7, 0.6], score__b=[0.3, 0.4]
    )

    read = read_predictions(path, Columns(), SCORES)

    assert read.score is None
    assert {name: values.tolist() for name, values in read.class_scores.items()} == {"a": [0.7, 0.6], "b": [0.3, 0.4]}


def test_columns_may_be_called_otherwise(write: Write) -> None:
    path = write("p.csv", tweet=["x"], truth=["a"], said=["a"])

    read = read_predictions(path, Columns(id="tweet", label="truth", prediction="said"), Reading())

    assert read.ids.values.to_list() == ["x"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"id": [1, 1, 2]}, "column 'id' has ids that stand more than once, on 2 rows: '1'"),
        ({"id": [1, None, 2]}, "column 'id' has 1 missing or not finite value(s), the first in row 2"),
        ({"id": [1.0, 2.5, 3.0]}, "column 'id' has fractions"),
        ({"label": [0, None, 1]}, "column 'label' has 1 missing or not finite value(s), the first in row 2 (id '2')"),
        ({"label": [0.0, float("nan"), 1.0]}, "column 'label' has 1 missing or not finite"),
        ({"prediction": [0.0, 1.0, float("inf")]}, "column 'prediction' has 1 missing or not finite"),
        ({"label": [[0], [1], [1]]}, "column 'label' holds List(Int64), not plain values"),
        ({"score": [0.1, 1.2, 0.3]}, "column 'score' has 1 value(s) that are no probability in [0, 1]"),
        ({"score": [0.1, -0.1, 0.3]}, "the first in row 2 (id '2'): -0.1"),
        ({"score": [0.1, float("nan"), 0.3]}, "column 'score' has 1 value(s) that are no probability"),
        ({"score": [None, 0.2, 0.3]}, "the first in row 1 (id '1'): None"),
        ({"score": [[0.1], [0.2], [0.3]]}, "column 'score' holds List(Float64), not probabilities"),
    ],
)
def test_a_bad_value_is_named_with_file_column_and_row(
    write: Write, changed: dict[str, list[object]], said: str
) -> None:
    assert said in refused(write("p.parquet", **GOOD | changed))


@pytest.mark.parametrize("missing", ["id", "label", "prediction", "score"])
def test_a_missing_column_is_named_with_those_that_are_there(write: Write, missing: str) -> None:
    path = write("p.csv", **{name: values for name, values in GOOD.items() if name != missing})

    message = refused(path)

    assert f"has no column '{missing}'" in message


def test_class_probabilities_that_do_not_sum_to_1_are_refused(write: Write) -> None:
    path = write(
        "p.parquet", id=[1, 2], label=["a", "b"], prediction=["a", "a"], score__a=[0.7, 0.6], score__b=[0.3, 0.3]
    )

    assert "do not sum to 1 on 1 row(s), the first is row 2 (id '2'): 0.9" in refused(path)


@pytest.mark.parametrize("name", ["p.parquet", "p.csv", "p.jsonl"])
def test_no_rows_is_refused(write: Write, name: str) -> None:
    path = write(name, **{column: pl.Series([], dtype=pl.String) for column in GOOD})

    message = refused(path, scores=False)

    assert ("is empty" if name.endswith(".jsonl") else "has no rows") in message  # JSON Lines have no heading


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.parquet", b"PAR1" + b"\x00" * 40),
        ("empty.parquet", b""),
        ("empty.csv", b""),
        ("empty.jsonl", b""),
        ("nul.csv", b"\x00" * 500),
        ("nul.jsonl", b"\x00" * 500),
        ("bytes.csv", b"id,label,prediction\n1,a,b\n\xff\xfe,a,b\n"),
        ("bytes.jsonl", b'{"id": 1, "label": "\xff", "prediction": "a"}\n'),
        ("ragged.csv", b"id,label,prediction\n1,a,b\n2,a,b,c\n"),
        ("short.csv", b"id,label,prediction\n1,a,b\n2,a\n"),
        ("quote.csv", b'id,label,prediction\n1,"a,b\n'),
        ("half.jsonl", b'{"id": 1, "label": "a", "prediction": "a"}\n{"id": 2, "lab'),
        ("array.jsonl", b"[1, 2, 3]\n"),
        ("words.jsonl", b"these are no predictions\n"),
        ("words.txt", b"these are no predictions\n"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    refused(path, scores=False)


def test_a_cut_off_parquet_file_is_refused(write: Write) -> None:
    path = write("p.parquet", id=range(1000), label=[0] * 1000, prediction=[0] * 1000)
    whole = path.read_bytes()
    for kept in (0.3, 0.9, 0.99):
        path.write_bytes(whole[: int(len(whole) * kept)])
        assert "cannot be read" in refused(path, scores=False)


def test_a_file_that_is_not_there_says_who_makes_it(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "none.parquet")
    (tmp_path / "folder.parquet").mkdir()
    assert "is not a file" in refused(tmp_path / "folder.parquet")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), start=st.sampled_from([b"", b"id,label,prediction\n", b'{"id": 1, ', b"PAR1"]))
@pytest.mark.parametrize("name", ["p.parquet", "p.csv", "p.jsonl"])
def test_whatever_the_bytes_the_answer_is_predictions_or_one_message(
    tmp_path: Path, name: str, content: bytes, start: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(start + content)

    try:
        read = read_predictions(path, Columns(), Reading())
    except HeadgateError as error:
        assert str(path) in error.message
    else:
        assert len(read) > 0
        assert not np.any(read.label.is_null().to_numpy())
