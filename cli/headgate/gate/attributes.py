"""Further columns of the candidate's file: what a row is about, which rows belong together, what a row weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.gate.predictions import Predictions, PredictionsUnusable, numbers, row_named

if TYPE_CHECKING:
    import polars as pl

    from headgate.statistics.measurement import Floats, Integers


def column_of(file: Predictions, name: str) -> pl.Series:
    """Column `name` of `file`, one value a row.

    Raises:
        PredictionsUnusable: there is none, or it holds lists or the like.
    """
    import polars as pl

    if name not in file.attributes:
        raise PredictionsUnusable(
            f"{file.name} has no column '{name}'.",
            hint="Let the pipeline write it beside id, label and prediction; or take it out of `gate`.",
        )
    column = file.attributes[name]
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        raise PredictionsUnusable(f"{file.name}: column '{name}' holds {column.dtype}, not plain values.")
    return column


def groups_of(file: Predictions, name: str) -> Integers:
    """The number of each row's group, shape (rows,), the same whatever the order of the rows.

    Raises:
        PredictionsUnusable: no such column, or a row without a group.
    """
    import numpy as np

    column = column_of(file, name)
    if missing := column.null_count():
        raise PredictionsUnusable(
            f"{file.name}: column '{name}' is missing on {missing:,} row(s), the first in "
            f"{row_named(file.ids.values, column.is_null())}.",
            hint="`gate.columns.group` says which rows belong together: every row needs one.",
        )
    groups: Integers = (column.rank("dense") - 1).to_numpy().astype(np.int64)
    return groups


def weights_of(file: Predictions, name: str) -> Floats:
    """The rows' weights, shape (rows,), with a mean of 1: only their ratios matter, and no sum of them is to overflow.

    Raises:
        PredictionsUnusable: no such column, or a weight that is no number above 0.
    """
    column = numbers_of(file, name)
    bad = column <= 0
    if count := bad.sum():
        raise PredictionsUnusable(
            f"{file.name}: column '{name}' has {count:,} weight(s) of 0 or less, the first in "
            f"{row_named(file.ids.values, bad)}.",
            hint="A row that is not to count is left out of the file.",
        )
    weights: Floats = (column / column.max()).to_numpy()
    if not (weights > 0).all():
        raise PredictionsUnusable(
            f"{file.name}: the weights in column '{name}' differ by more than numbers can hold.",
            hint="A row that is not to count is left out of the file.",
        )
    relative: Floats = weights / weights.mean()
    return relative


def numbers_of(file: Predictions, name: str) -> pl.Series:
    """Column `name` as finite numbers.

    Raises:
        PredictionsUnusable: no such column, or a value that is none.
    """
    return numbers(file.name, column_of(file, name), file.ids.values)
