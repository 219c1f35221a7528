"""A predictions file from disk: one row per evaluation example, only the columns that are asked for, all checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.config.gate import Columns
from headgate.errors import CouldNotCarryOut, MissingExtra, first_line, listing
from headgate.gate.damage import LONGEST_CELL, bad_line, long_cell, long_line
from headgate.gate.ids import Ids
from headgate.gate.panics import unheard

if TYPE_CHECKING:
    import polars as pl

    from headgate.statistics.measurement import Floats

PARQUET = (".parquet", ".pq")
FORMATS = (*PARQUET, ".csv", ".jsonl", ".ndjson")
_A_ROW_EACH = "Write one row per evaluation example."
_DAMAGED = "Write the file again; it may be damaged."
SUM_TOLERANCE = 1e-3
"""How far the probabilities of a row may be from a sum of 1: what rounding to four decimals leaves."""


class PredictionsUnusable(CouldNotCarryOut):
    """A predictions file is missing, damaged, or does not hold what the gate needs: names the file and the column."""

    title = "the predictions cannot be used"


@dataclass(frozen=True)
class Reading:
    """What of a predictions file is needed beside ids, labels and answers.

    Args:
        classes: labels and answers are classes.
        numbers: they are numbers; of ordered classes such as ratings they may be both.
        probabilities: the scores too.
        attributes: further columns, those of slices, of groups of people, and of the project's own metrics.
        parts: of these the ones that say which part a row is in: every model's file has to say the same.
        group: the column whose rows belong together.
        weight: the column of the rows' weights.
    """

    classes: bool = True
    numbers: bool = False
    probabilities: bool = False
    attributes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    group: str | None = None
    weight: str | None = None

    @property
    def further(self) -> tuple[str, ...]:
        """All columns beside those that every file has."""
        return (*self.attributes, *(name for name in (self.group, self.weight) if name is not None))


@dataclass(frozen=True)
class Predictions:
    """One model's answers, as they stand in the file.

    Args:
        name: what messages call the file.
        ids: names of the rows.
        label, prediction: the truth and the answer, no missing values; 64-bit floats where they are read as numbers.
        score: probability of the positive class in [0, 1], shape (rows,), where the file has one.
        class_scores: probability per label, each of shape (rows,), where the file has these instead; they sum to 1.
        reading: what was read.
        attributes: the further columns that were asked for, by name, of those that the file has.
        row_values: a finite number a row, shape (rows,), for each metric of the project's own.
    """

    name: str
    ids: Ids
    label: pl.Series
    prediction: pl.Series
    score: Floats | None = None
    class_scores: Mapping[str, Floats] = field(default_factory=dict)
    reading: Reading = Reading()
    attributes: Mapping[str, pl.Series] = field(default_factory=dict)
    row_values: Mapping[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def confidence(self, *, highest: bool) -> Floats | None:
        """How sure the model was of each row, shape (rows,): of the likeliest class, or of the positive one.

        None where the file has no scores, or where there is no one positive class.
        """
        import numpy as np

        if self.score is not None:
            return np.maximum(self.score, 1 - self.score) if highest else self.score
        return np.maximum.reduce([*self.class_scores.values()]) if highest and self.class_scores else None


def read_predictions(path: Path, columns: Columns, reading: Reading, *, name: str | None = None) -> Predictions:
    """Read `path` (by its ending: parquet, CSV or JSON Lines), as far as `reading` asks for it.

    `name` is what messages call it; default: its path.

    Raises:
        PredictionsUnusable: not there, another format, damaged, no rows, a column missing, values missing or not
            finite, or scores that are no probabilities.
        IdsUnusable: ids that stand twice, or have fractions.
        MissingExtra: polars is not installed.
    """
    shown = name or str(path)
    frame = _read(path, shown, columns, reading)
    if frame.height == 0:
        raise PredictionsUnusable(f"{shown} has no rows.", hint=_A_ROW_EACH)
    for column in (columns.id, columns.label, columns.prediction):
        _all_there(shown, frame, column, columns.id)
    if reading.numbers:
        frame = frame.with_columns(
            numbers(shown, frame[name], frame[columns.id])
            for name in dict.fromkeys((columns.label, columns.prediction))
        )
    score, class_scores = _probabilities(shown, frame, columns) if reading.probabilities else (None, {})
    return Predictions(
        name=shown,
        ids=Ids.of(frame[columns.id], shown),
        label=frame[columns.label],
        prediction=frame[columns.prediction],
        score=score,
        class_scores=class_scores,
        reading=reading,
        attributes={name: frame[name] for name in reading.further if name in frame.columns},
    )


def _read(path: Path, shown: str, columns: Columns, reading: Reading) -> pl.DataFrame:
    """The needed columns, as the file has them; text formats come as texts."""
    if path.suffix.lower() not in FORMATS:
        raise PredictionsUnusable(f"{shown} is in a format the gate does not read; it reads {', '.join(FORMATS)}.")
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise PredictionsUnusable(
            f"{shown} {what}.", hint="`train.predictions` names the file the pipeline writes; `dvc pull` fetches it."
        )
    if path.stat().st_size == 0:
        raise PredictionsUnusable(f"{shown} is empty.", hint=_A_ROW_EACH)
    with _polars_errors(path, shown):
        if path.suffix.lower() not in PARQUET and (line := long_line(path)):
            raise PredictionsUnusable(f"{shown}: {line}.", hint=_DAMAGED)
        table = _scan(path)
        present = table.collect_schema().names()
        wanted = [columns.id, columns.label, columns.prediction]
        if missing := [name for name in dict.fromkeys(wanted) if name not in present]:
            raise PredictionsUnusable(
                f"{shown} has no column {listing(map(repr, missing))}; it has {listing(map(repr, present), most=12)}.",
                hint="Name the file's columns under `gate.columns`.",
            )
        if reading.probabilities:
            wanted += _score_columns(shown, present, columns)
        wanted += [name for name in reading.further if name in present]
        return table.select(list(dict.fromkeys(wanted))).collect()


def _scan(path: Path) -> pl.LazyFrame:
    """The file as a lazy table, nothing of it read but its columns' names."""
    import polars as pl

    if path.suffix.lower() in PARQUET:
        return pl.scan_parquet(path, glob=False)
    if path.suffix.lower() == ".csv":
        return pl.scan_csv(path, infer_schema=False, glob=False)
    inferred = pl.scan_ndjson(path).collect_schema()
    # Texts, as in CSV: a type inferred from the first rows breaks on a later one. What is nested is to be refused.
    types = {name: kind if kind.is_nested() else pl.String() for name, kind in inferred.items()}
    return pl.scan_ndjson(path, schema=types)


@contextmanager
def _polars_errors(path: Path, shown: str) -> Iterator[None]:
    """Whatever polars says about a damaged file, as one message that names the file, and the line where it can."""
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtra("Reading predictions", "gate") from error
    try:
        with unheard():
            yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError, MemoryError) as error:
        raise PredictionsUnusable(
            f"{shown} cannot be read: {_where(path) or first_line(error)[:300]}.",
            hint="Write the file again; it may be cut off or damaged.",
        ) from error


def _where(path: Path) -> str | None:
    """The line of a text file that is at fault, where it can be told."""
    if path.suffix.lower() in PARQUET:
        return None
    try:
        return bad_line(path)
    except OSError:  # which is what was wrong in the first place
        return None


def _score_columns(shown: str, present: list[str], columns: Columns) -> list[str]:
    """The columns with probabilities: `score:<label>` for each class where there are any, else `score`."""
    name = columns.score
    per_class = [column for column in present if name is not None and column.startswith(f"{name}:")]
    if per_class:
        return per_class
    if name is None or name not in present:
        raise PredictionsUnusable(
            f"{shown} has no column '{name or 'score'}' and no '{name or 'score'}:<label>' for each class, and the "
            "policy needs probabilities.",
            hint="Write the probability of the positive class, or of each class; or name the column in `gate.columns`.",
        )
    return [name]


def _all_there(shown: str, frame: pl.DataFrame, name: str, id_column: str) -> None:
    """Refuse missing values and NaN; the message names the first row."""
    import polars as pl

    column = frame[name]
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object, pl.Duration):
        raise PredictionsUnusable(f"{shown}: column '{name}' holds {column.dtype}, not plain values.")
    if column.dtype == pl.String and (nul := column.str.contains("\0", literal=True)).any():
        raise PredictionsUnusable(
            f"{shown}: column '{name}' has NUL bytes on {nul.sum():,} row(s), the first is "
            f"{row_named(frame[id_column], nul)}.",
            hint=_DAMAGED,
        )
    if found := long_cell(column):
        place, size = found
        raise PredictionsUnusable(
            f"{shown}: column '{name}' has {size:,} bytes in row {place + 1}; {LONGEST_CELL:,} are the most.",
            hint=_DAMAGED,
        )
    bad = column.is_null()
    if column.dtype.is_float():
        bad |= ~column.is_finite()
    if not (count := bad.fill_null(True).sum()):
        return
    raise PredictionsUnusable(
        f"{shown}: column '{name}' has {count:,} missing or not finite value(s), the first in "
        f"{row_named(frame[id_column], bad)}."
    )


def row_named(ids: pl.Series, bad: pl.Series) -> str:
    """`row 3 (id 'x')`, counted from 1, for the first bad row."""
    position = bad.fill_null(True).arg_max() or 0
    return f"row {position + 1} ({ids.name} {str(ids[position])[:80]!r})"


def numbers(shown: str, column: pl.Series, ids: pl.Series) -> pl.Series:
    """A column of the file `shown` as 64-bit floats.

    Raises:
        PredictionsUnusable: a value is missing, not finite, or no number; names the first row.
    """
    import polars as pl

    if not (column.dtype.is_numeric() or column.dtype in (pl.String, pl.Boolean)):
        raise PredictionsUnusable(f"{shown}: column '{column.name}' holds {column.dtype}, not numbers.")
    cast: pl.Series = column.cast(pl.Float64, strict=False)
    bad = ~cast.is_finite()
    if count := bad.fill_null(True).sum():
        position = bad.fill_null(True).arg_max() or 0
        raise PredictionsUnusable(
            f"{shown}: column '{column.name}' has {count:,} value(s) that are no finite number, the first in "
            f"{row_named(ids, bad)}: {str(column[position])[:80]!r}."
        )
    return cast


def _probabilities(shown: str, frame: pl.DataFrame, columns: Columns) -> tuple[Floats | None, dict[str, Floats]]:
    """The one score, or those per label, checked."""
    named = _score_columns(shown, frame.columns, columns)
    checked = {name: _probability(shown, frame, name, columns.id) for name in named}
    if named == [columns.score]:
        return checked[named[0]], {}
    _sum_to_one(shown, frame, checked, columns.id)
    return None, {name.removeprefix(f"{columns.score}:"): values for name, values in checked.items()}


def _probability(shown: str, frame: pl.DataFrame, name: str, id_column: str) -> Floats:
    import polars as pl

    column = frame[name]
    if not (column.dtype.is_numeric() or column.dtype == pl.String):
        raise PredictionsUnusable(f"{shown}: column '{name}' holds {column.dtype}, not probabilities.")
    numbers = column.cast(pl.Float64, strict=False)
    bad = ~numbers.is_between(0, 1)  # missing stays missing, and NaN is between nothing
    if count := bad.fill_null(True).sum():
        position = bad.fill_null(True).arg_max() or 0
        raise PredictionsUnusable(
            f"{shown}: column '{name}' has {count:,} value(s) that are no probability in [0, 1], the first in "
            f"{row_named(frame[id_column], bad)}: {str(column[position])[:80]}."
        )
    probabilities: Floats = numbers.to_numpy()
    return probabilities


def _sum_to_one(shown: str, frame: pl.DataFrame, scores: Mapping[str, Floats], id_column: str) -> None:
    import numpy as np
    import polars as pl

    total = np.zeros(frame.height)
    for values in scores.values():
        total += values
    bad = pl.Series(np.abs(total - 1) > SUM_TOLERANCE)
    if count := bad.sum():
        position = bad.arg_max() or 0
        raise PredictionsUnusable(
            f"{shown}: {listing(f'{name!r}' for name in scores)} do not sum to 1 on {count:,} row(s), the first is "
            f"{row_named(frame[id_column], bad)}: {total[position]:.6g}."
        )
