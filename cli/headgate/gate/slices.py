"""Parts of the rows: by the values of a column, by crossed columns, or by a condition on numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headgate.config.gate import SliceRule
from headgate.config.where import Where
from headgate.gate.attributes import numbers_of
from headgate.gate.classes import Labels, in_order
from headgate.gate.evaluation_set import EvaluationSet
from headgate.gate.predictions import PredictionsUnusable
from headgate.record import Slice

if TYPE_CHECKING:
    from headgate.statistics.measurement import Flags, Integers

MOST_SLICES = 1000
"""More values than these are no slices but measurements, or names of rows."""
MISSING = "null"
"""How a missing value is spelt; rows without a value are a slice like any other."""

_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Part:
    """One slice.

    Args:
        id: what the ids of its checks have in brackets, e.g. `source=mobile`.
        slice: the same for the record.
        places: its rows, in their order, shape (rows,); none where a slice that was asked for does not occur.
    """

    id: str
    slice: Slice
    places: Integers


def parts(rule: SliceRule, rows: EvaluationSet) -> Iterator[Part]:
    """The slices of `rule`: those asked for, else all that occur, in order of their values.

    Raises:
        PredictionsUnusable: the file has no such column, or too many values for slices.
    """
    import numpy as np

    if rule.where is not None:
        place = np.flatnonzero(_holds(rule.where, rows))
        yield Part(str(rule.where), Slice(column=str(rule.where), value="true", condition=True), place)
        return
    values, position = values_of(rule.by, rows)
    order = np.argsort(position.astype(np.uint16), kind="stable")  # numpy sorts 16 bits by counting
    edges = np.append(0, np.cumsum(np.bincount(position, minlength=len(values))))
    places = {value: order[edges[at] : edges[at + 1]] for at, value in enumerate(values)}
    for value in values if rule.asked is None else rule.asked:
        yield Part(
            id=",".join(f"{column}={one}" for column, one in zip(rule.by, value, strict=True)),
            slice=Slice(column=", ".join(rule.by), value=", ".join(value)),
            places=places.get(value, order[:0]),
        )


def values_of(columns: tuple[str, ...], rows: EvaluationSet) -> tuple[list[tuple[str, ...]], Integers]:
    """The combinations of values that occur, in order; and which of them each row has, shape (rows,).

    Raises:
        PredictionsUnusable: no such column, or more than 1,000 combinations.
    """
    import numpy as np
    import polars as pl

    codes, texts = zip(*(_coded(rows, column) for column in columns), strict=True)
    joint = codes[0]
    for code, text in zip(codes[1:], texts[1:], strict=True):
        joint = joint * len(text) + code
    present = np.array(pl.Series(joint).unique().sort())
    if len(present) > MOST_SLICES:
        raise _too_many(rows, " x ".join(columns), len(present))
    position = joint if len(columns) == 1 else np.searchsorted(present, joint)
    places = np.unravel_index(present, [len(text) for text in texts])
    values = [tuple(text[at] for text, at in zip(texts, row, strict=True)) for row in zip(*places, strict=True)]
    return values, position


def _coded(rows: EvaluationSet, name: str) -> tuple[Integers, tuple[str, ...]]:
    """Which value of column `name` each row has, shape (rows,), and how the values are spelt, in order."""
    import polars as pl

    column = rows.attribute(name)
    distinct = column.n_unique()
    if distinct > MOST_SLICES:
        raise _too_many(rows, name, distinct)
    if column.null_count():
        column = column.cast(pl.String).fill_null(MISSING)
    labels = Labels.of(column, rows.candidate.source.name)
    texts = in_order(labels.texts)
    return labels.positions(texts), texts


def _too_many(rows: EvaluationSet, name: str, found: int) -> PredictionsUnusable:
    return PredictionsUnusable(
        f"{rows.candidate.source.name}: '{name}' has {found:,} different values; slices are at most {MOST_SLICES:,}.",
        hint="Name the values that matter in another column; or slice a number by a condition: where: length >= 100.",
    )


def _holds(where: Where, rows: EvaluationSet) -> Flags:
    """Which rows meet every condition, shape (rows,)."""
    import numpy as np

    source, order = rows.candidate.source, rows.candidate.order
    holds = np.ones(rows.rows.joined, dtype=bool)
    for condition in where.conditions:
        numbers = numbers_of(source, condition.column).to_numpy()
        compared = _COMPARED[condition.operator](numbers, condition.number)
        holds &= compared if order is None else compared[order]
    return holds
