"""The names of the rows: checked to be names, and two files' rows paired by them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from headgate.errors import CouldNotCarryOut, listing

if TYPE_CHECKING:
    import polars as pl

    from headgate.statistics.measurement import Integers


class IdsUnusable(CouldNotCarryOut):
    """A column of ids does not name the rows: names the file, the column and some of the ids."""

    title = "the predictions cannot be used"


class EvaluationDataDiffers(CouldNotCarryOut):
    """The two models were not scored on the same rows, so their difference would mean nothing."""

    title = "the evaluation data differ"


@dataclass(frozen=True)
class Pairing:
    """The rows that two files share.

    Args:
        rows: how many.
        ours, theirs: the position of each in its file, shape (rows,); None: all of the file, in its order.
        only_ours, only_theirs: how many rows are in one file alone.
    """

    rows: int
    ours: Integers | None = None
    theirs: Integers | None = None
    only_ours: int = 0
    only_theirs: int = 0


@dataclass(frozen=True)
class Ids:
    """The ids of one file.

    Args:
        values: integers or texts, one a row, none missing.
        file: what messages call the file.
    """

    values: pl.Series
    file: str

    @classmethod
    def of(cls, column: pl.Series, file: str) -> Ids:
        """The ids in `column`; whole floats are integers that passed through pandas.

        Raises:
            IdsUnusable: fractions, or an id that stands twice.
        """
        import polars as pl

        if column.dtype.is_float():
            if not (column == column.floor()).all():
                raise IdsUnusable(f"{file}: column '{column.name}' has fractions; ids are texts or whole numbers.")
            column = column.cast(pl.Int64, strict=False)
            if column.has_nulls():
                raise IdsUnusable(
                    f"{file}: column '{column.name}' has numbers too large to be exact.", hint="Write ids as texts."
                )
        elif not column.dtype.is_integer():
            column = column.cast(pl.String)
        ids = cls(column, file)
        ids._insist_unique()
        return ids

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def texts(self) -> pl.Series:
        """The ids as texts, which are the same whatever the file's format."""
        import polars as pl

        texts: pl.Series = self.values.cast(pl.String)
        return texts

    def paired_with(self, others: Ids, *, at_least: float | None = None) -> Pairing:
        """Which rows of the two files are the same example; with `at_least`, some may be in one file alone.

        Args:
            others: the other side's ids.
            at_least: the share of the larger file's rows that both must have; None: all of them.

        Raises:
            EvaluationDataDiffers: an id without a partner, or too many of them.
        """
        ours, theirs = self, others
        if ours.values.dtype != theirs.values.dtype:
            ours, theirs = Ids(ours.texts, ours.file), Ids(theirs.texts, theirs.file)
        if len(ours) == len(theirs):
            if (ours.values == theirs.values).all():
                return Pairing(len(ours))
            if (ours.values.gather(ours._by_hash) == theirs.values.gather(theirs._by_hash)).all():
                return Pairing(len(ours), theirs=_inverted(ours._by_hash, theirs._by_hash))
        return _joined(ours, theirs, at_least)

    @cached_property
    def _by_hash(self) -> Integers:
        """The rows in order of a 64-bit hash of their ids: a quicker way to pair texts than to sort or join them."""
        order: Integers = self._hashes.argsort()
        return order

    @cached_property
    def _hashes(self) -> Integers:
        hashes: Integers = self.values.hash(seed=0).to_numpy()
        return hashes

    def _insist_unique(self) -> None:
        import polars as pl

        if self.values.dtype == pl.String:
            ordered = self._hashes[self._by_hash]
            if (ordered[1:] != ordered[:-1]).all():
                return
        if self.values.n_unique() == len(self):
            return
        repeated = self.values.filter(self.values.is_duplicated())
        examples = listing(repr(str(value)[:80]) for value in repeated.unique().sort())
        raise IdsUnusable(
            f"{self.file}: column '{self.values.name}' has ids that stand more than once, on {len(repeated):,} rows: "
            f"{examples}.",
            hint="Each evaluation example has one row; an id names it.",
        )


_ONE_SET = "Score both models on the same evaluation data, and give each example the same id every time."


def _inverted(ours: Integers, theirs: Integers) -> Integers:
    """Row `ours[k]` is row `theirs[k]` of the other file: as a place for each of our rows in turn."""
    import numpy as np

    places = np.empty(len(ours), dtype=np.int64)
    places[ours] = theirs
    return places


def _joined(ours: Ids, theirs: Ids, at_least: float | None) -> Pairing:
    """The same by a join, or a refusal that names the ids without a partner."""
    import polars as pl

    left, right = (side.values.alias("id").to_frame().with_row_index("place") for side in (ours, theirs))
    alone, foreign = left.join(right, on="id", how="anti"), right.join(left, on="id", how="anti")
    both = len(ours) - alone.height
    if (alone.height or foreign.height) and (at_least is None or both < max(1, at_least * max(len(ours), len(theirs)))):
        raise EvaluationDataDiffers(_apart(ours, theirs, alone["id"], foreign["id"], at_least), hint=_ONE_SET)
    joined = left.join(right, on="id", how="inner", maintain_order="left")
    places, others = (joined[name].cast(pl.Int64).to_numpy() for name in ("place", "place_right"))
    return Pairing(both, places if alone.height else None, others, alone.height, foreign.height)


def _apart(ours: Ids, theirs: Ids, alone: pl.Series, foreign: pl.Series, at_least: float | None) -> str:
    """How far the two files are from holding the same rows."""
    parts = [
        f"{len(ids):,} of {len(side):,} ids are only in {side.file}: {listing(ids.sort())}"
        for ids, side in ((alone, ours), (foreign, theirs))
        if len(ids)
    ]
    said = f"The candidate and Production were not scored on the same rows: {'; '.join(parts)}."
    if at_least is None:
        return said
    both, most = len(ours) - len(alone), max(len(ours), len(theirs))
    return f"{said} They share {both:,} of {most:,} rows ({both / most:.1%}); gate.rows asks for {at_least:.1%}."
