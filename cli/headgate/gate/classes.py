"""Labels as classes: one spelling whatever the file's format and type, one order, one position each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.errors import CouldNotCarryOut

if TYPE_CHECKING:
    import polars as pl

    from headgate.statistics.measurement import Integers

MOST = 10_000
_WHOLE = r"^(-?(?:0|[1-9][0-9]*))\.0+$"


class NotClasses(CouldNotCarryOut):
    """A column of labels holds something else."""

    title = "the labels are no classes"


@dataclass(frozen=True)
class Labels:
    """A column of labels or answers.

    Args:
        column: one value a row, none missing.
        values: the distinct values, sorted.
        texts: how each of `values` is spelt: 1, 1.0, "1" and "1.0" are all `1`.
    """

    column: pl.Series
    values: pl.Series
    texts: tuple[str, ...]

    @classmethod
    def of(cls, column: pl.Series, file: str) -> Labels:
        """The labels in `column` of `file`.

        Raises:
            NotClasses: too many distinct values, or numbers that are not finite.
        """
        where = f"{file}: column '{column.name}'"
        values = column.unique().sort()
        if len(values) > MOST:
            raise NotClasses(
                f"{where} has {len(values):,} distinct values; a classification has at most {MOST:,} classes here.",
                hint="Check `gate.columns`: the label and the prediction are classes, the probability is the score. A "
                "metric under `gate.custom` that is about numbers says `reads: numbers`.",
            )
        return cls(column, values, tuple(spelt(values, where)))

    def spelt(self) -> pl.Series:
        """Each row's label as it is spelt."""
        import polars as pl

        texts: pl.Series = pl.Series(self.texts).gather(self.positions(self.texts))
        return texts

    def positions(self, classes: tuple[str, ...]) -> Integers:
        """Each row's position in `classes`, shape (rows,)."""
        import numpy as np
        import polars as pl

        place = {text: position for position, text in enumerate(classes)}
        places = np.array([place[text] for text in self.texts], dtype=np.int64)
        if self.values.dtype == pl.String:
            positions: Integers = places[self.column.cast(pl.Enum(self.values)).to_physical().to_numpy()]
        else:
            positions = self.column.replace_strict(self.values, pl.Series(places)).to_numpy()
        return positions


def spelt(values: pl.Series, where: str) -> pl.Series:
    """The values as texts: whole numbers without a fraction, everything else as it stands.

    How a value is spelt depends on that value alone: `01` is no `1`, and no other row can change what a label means.
    """
    import polars as pl

    if values.dtype == pl.String:
        if values.str.to_lowercase().eq("nan").any():
            raise NotClasses(
                f"{where} has values that are not finite: NaN.", hint="Every row needs a label and an answer."
            )
        return values.str.replace(_WHOLE, "$1")
    if not values.dtype.is_float():
        texts: pl.Series = values.cast(pl.String)
        return texts
    if not values.is_finite().all():
        raise NotClasses(f"{where} has values that are not finite.", hint="Every row needs a label and an answer.")
    whole = values.cast(pl.Int64, strict=False)
    is_whole = (whole.cast(pl.Float64) == values).fill_null(value=False)
    written: pl.Series = whole.cast(pl.String).zip_with(is_whole, values.cast(pl.String))
    return written


def in_order(texts: Iterable[str]) -> tuple[str, ...]:
    """Distinct classes, by number where all of them are numbers, else by name."""
    distinct = set(texts)
    try:
        return tuple(sorted(distinct, key=lambda text: (float(text), text)))
    except ValueError:
        return tuple(sorted(distinct))


def positive_of(classes: tuple[str, ...], configured: str | int | bool | None) -> str:
    """The positive class: as configured, else 1, else true, else the last in order."""
    if configured is not None:
        return str(configured).lower() if isinstance(configured, bool) else str(configured)
    return next((text for text in ("1", "true") if text in classes), classes[-1])
