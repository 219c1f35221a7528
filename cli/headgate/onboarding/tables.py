"""A predictions file looked into: which column is the id, the truth, the answer, and what kind of answers they are."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from headgate.onboarding.findings import Table, Task

_SAMPLE = 2_000  # rows
_FEW = 20  # different whole numbers that are still classes
_ID = ("id", "uid", "uuid", "guid", "key", "row_id", "rowid", "sample_id", "example_id", "index", "idx", "row", "name")
_LABEL = ("label", "target", "y_true", "true", "truth", "actual", "ground_truth", "gold", "expected", "class", "y",
          "true_label", "label_true", "labels", "y_test")  # fmt: skip
_PREDICTION = ("prediction", "predicted", "pred", "y_pred", "y_hat", "yhat", "predicted_label", "label_pred",
               "predictions", "answer", "output")  # fmt: skip
_SCORE = ("score", "proba", "probability", "prob", "y_score", "y_prob", "y_proba", "p", "confidence")

Row = Mapping[str, Any]


def look_into(project: Path, name: str) -> Table:
    """What the file `name` of the project holds; a file that is not here, or unreadable, says why."""
    path = project / name
    if not path.is_file():
        return Table(name, unread_because="it is not here yet")
    try:
        rows = list(_sample(path))
    except ImportError:
        return Table(name, unread_because="reading it needs headgate's extra `gate`")
    except Exception as error:  # whatever a damaged file makes its reader say
        return Table(name, unread_because=f"it cannot be read ({type(error).__name__})")
    if not rows:
        return Table(name, unread_because="it has no rows")
    return _judged(name, rows)


def _judged(name: str, rows: Sequence[Row]) -> Table:
    columns = tuple(map(str, rows[0]))
    label, prediction = _named(columns, _LABEL), _named(columns, _PREDICTION)
    score = _named([column for column in columns if _are_probabilities(rows, column)], _SCORE)
    return Table(
        name,
        columns=columns,
        id=_id(columns, rows, taken={label, prediction, score}),
        label=label,
        prediction=prediction,
        score=score,
        scores=any(column.startswith("score:") for column in columns),
        task=_task(rows, label, prediction) if label and prediction else None,
    )


def _sample(path: Path) -> Iterator[Row]:
    """The first rows; of text formats without any library."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            yield from islice(csv.DictReader(file), _SAMPLE)
    elif path.suffix in (".jsonl", ".ndjson"):
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in islice(file, _SAMPLE) if line.strip())
    else:
        import polars as pl

        yield from pl.scan_parquet(path).head(_SAMPLE).collect().iter_rows(named=True)


def _named(columns: Iterable[str], words: Sequence[str]) -> str | None:
    """The column whose name is the first of `words` that occurs, however it is written."""
    plain = {_plain(column): column for column in columns}
    return next((plain[word] for word in words if word in plain), None)


def _id(columns: Iterable[str], rows: Sequence[Row], *, taken: set[str | None]) -> str | None:
    """A column that could name the rows: by its name, and different in each of them."""
    free = [column for column in columns if column not in taken]
    by_name = [column for word in _ID for column in free if _plain(column) == word]
    by_ending = [column for column in free if re.search(r"(^|[_ ])(id|key|uuid)$", _plain(column))]
    return next((column for column in [*by_name, *by_ending] if _all_different(rows, column)), None)


def _all_different(rows: Sequence[Row], column: str) -> bool:
    return len({str(row.get(column)) for row in rows}) == len(rows)


def _are_probabilities(rows: Sequence[Row], column: str) -> bool:
    numbers = [_number(row.get(column)) for row in rows]
    return all(number is not None and 0 <= number <= 1 for number in numbers)


def _task(rows: Sequence[Row], label: str, prediction: str) -> Task:
    """Numbers with fractions, or many different ones, are a regression; two classes are binary."""
    truths = {str(row.get(label)) for row in rows}
    numbers = [_number(row.get(column)) for row in rows for column in (label, prediction)]
    if all(number is not None for number in numbers):
        fractions = any(number != int(number) for number in numbers if number is not None)
        if fractions or len(truths) > _FEW:
            return "regression"
    return "binary" if len(truths) <= 2 else "multiclass"


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number == number and abs(number) != float("inf") else None


def _plain(column: str) -> str:
    return re.sub(r"[\s.-]+", "_", column.strip().lower())
