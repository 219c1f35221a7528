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

    def places_of(self, others: Ids) -> Integers | None:
        """Where each of these ids stands in `others`, shape (rows,); None where both are in the same order already.

        Raises:
            EvaluationDataDiffers: an id without a partner.
        """
        ours, theirs = self, others
        if ours.values.dtype != theirs.values.dtype:
            ours, theirs = Ids(ours.texts, ours.file), Ids(theirs.texts, theirs.file)
        if len(ours) == len(theirs):
            if (ours.values == theirs.values).all():
                return None
            if (ours.values.gather(ours._by_hash) == theirs.values.gather(theirs._by_hash)).all():
                return _inverted(ours._by_hash, theirs._by_hash)
        return _joined(ours, theirs)

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


def _inverted(ours: Integers, theirs: Integers) -> Integers:
    """Row `ours[k]` is row `theirs[k]` of the other file: as a place for each of our rows in turn."""
    import numpy as np

    places = np.empty(len(ours), dtype=np.int64)
    places[ours] = theirs
    return places


def _joined(ours: Ids, theirs: Ids) -> Integers:
    """The same by a join, or a refusal that names the ids without a partner."""
    import polars as pl

    left, right = ours.values.alias("id").to_frame(), theirs.values.alias("id").to_frame().with_row_index("place")
    alone, foreign = left.join(right, on="id", how="anti"), right.join(left, on="id", how="anti")
    if alone.height or foreign.height:
        parts = [
            f"{len(rows):,} of {len(side):,} ids are only in {side.file}: {listing(rows['id'].sort())}"
            for rows, side in ((alone, ours), (foreign, theirs))
            if rows.height
        ]
        raise EvaluationDataDiffers(
            f"The candidate and Production were not scored on the same rows: {'; '.join(parts)}.",
            hint="Score both models on the same evaluation data, and give each example the same id every time.",
        )
    places = left.join(right, on="id", how="left", maintain_order="left")["place"]
    joined: Integers = places.cast(pl.Int64).to_numpy()
    return joined
