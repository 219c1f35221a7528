"""Two predictions files joined into one set of rows that both models are judged on."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from headgate.errors import listing
from headgate.gate.attributes import column_of, groups_of, weights_of
from headgate.gate.classes import Labels, in_order, positive_of, spelt
from headgate.gate.ids import EvaluationDataDiffers, Pairing
from headgate.gate.predictions import Predictions
from headgate.record import Rows
from headgate.statistics.cells import Cells

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from headgate.statistics.measurement import Floats, Integers

    Number = TypeVar("Number", np.int64, np.float64)


@dataclass(frozen=True)
class Answers:
    """One model's answers in the order of the set.

    Args:
        classes: positions in the set's classes, shape (rows,).
        source: the file they come from, with its probabilities.
        order: positions of the set's rows in that file, shape (rows,); None where they are the same.
        values: the answers as numbers, shape (rows,); as `classes`, empty where nobody reads them so.
    """

    classes: Integers
    source: Predictions
    order: Integers | None
    values: Floats

    def of_file(self, column: Floats) -> Floats:
        """The set's rows of a column of the file, shape (rows,)."""
        return column if self.order is None else column[self.order]

    def at(self, places: Integers) -> Answers:
        """Those on the rows of the set at `places`."""
        return Answers(
            classes=self.classes[places] if len(self.classes) else self.classes,
            source=self.source,
            order=places if self.order is None else self.order[places],
            values=self.values[places] if len(self.values) else self.values,
        )


@dataclass(frozen=True)
class EvaluationSet:
    """The rows that both models answered.

    Args:
        classes: every label and answer that occurs, in order; none where they are read as numbers alone.
        positive: the positive class of the metrics that have one.
        label: the truth as positions in `classes`, shape (rows,); empty where there are no classes.
        truth: the truth as numbers, shape (rows,); empty where nobody reads it so.
        candidate, production: the answers; no `production` where there is none yet.
        digest: of the candidate's ids and labels, whatever their order and the files' formats.
        rows: how many of them both sides have.
        groups: rows that belong together have the same number, shape (rows,); None where every row is on its own.
        weights: of the rows, above 0, shape (rows,); None where all weigh the same.
    """

    classes: tuple[str, ...]
    positive: str
    label: Integers
    truth: Floats
    candidate: Answers
    production: Answers | None
    digest: str
    rows: Rows
    groups: Integers | None = None
    weights: Floats | None = None

    @cached_property
    def cells(self) -> Cells:
        """Counts over (label, production, candidate)."""
        production = None if self.production is None else self.production.classes
        return Cells.of(self.label, production, self.candidate.classes, len(self.classes), self.weights)

    def attribute(self, name: str) -> pl.Series:
        """Column `name` of the candidate's file on the set's rows.

        Raises:
            PredictionsUnusable: the file has no such column.
        """
        column = column_of(self.candidate.source, name)
        return column if self.candidate.order is None else column.gather(self.candidate.order)

    def at(self, places: Integers) -> EvaluationSet:
        """The rows at `places`, shape (fewer rows,), as a set of their own: the same classes, the same digest."""
        return replace(
            self,
            label=self.label[places] if len(self.label) else self.label,
            truth=self.truth[places] if len(self.truth) else self.truth,
            candidate=self.candidate.at(places),
            production=None if self.production is None else self.production.at(places),
            rows=Rows(joined=len(places)),
            groups=None if self.groups is None else self.groups[places],
            weights=None if self.weights is None else self.weights[places],
        )


def evaluation_set(
    candidate: Predictions,
    production: Predictions | None,
    *,
    positive: str | int | bool | None = None,
    at_least: float | None = None,
) -> EvaluationSet:
    """Join the two files by id; `at_least` is the share of rows that both must have, default: all.

    Raises:
        EvaluationDataDiffers: an id without a partner, or a label that is not the same on both sides.
        NotClasses: labels or answers that are no classes.
        PredictionsUnusable: the candidate's file has no column of groups or weights, or not a good one.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:  # which polars and hashlib make worth it: they let go of Python
        digest = beside.submit(_digest, candidate)
        return _joined(candidate, production, positive, at_least, digest.result)


def _joined(
    candidate: Predictions,
    production: Predictions | None,
    positive: str | int | bool | None,
    at_least: float | None,
    digest: Callable[[], str],
) -> EvaluationSet:
    """As `evaluation_set`, which see; `digest` waits for the digest."""
    import numpy as np

    pairing = (
        Pairing(len(candidate)) if production is None else candidate.ids.paired_with(production.ids, at_least=at_least)
    )
    reading = candidate.reading
    sides = [side for side in (candidate, production) if side is not None]
    places = [pairing.ours, pairing.theirs][: len(sides)]
    classes, as_classes = _classes(sides) if reading.classes else ((), [_none(np.int64)] * 2 * len(sides))
    as_numbers = _numbers(sides) if reading.numbers else [_none(np.float64)] * 2 * len(sides)
    label, *labels = (_chosen(column, chosen) for column, chosen in zip(as_classes[::2], places, strict=True))
    truth, *truths = (_chosen(column, chosen) for column, chosen in zip(as_numbers[::2], places, strict=True))
    answers = [
        Answers(_chosen(of_class, chosen), side, chosen, _chosen(of_number, chosen))
        for side, chosen, of_class, of_number in zip(sides, places, as_classes[1::2], as_numbers[1::2], strict=True)
    ]
    if production is not None:
        _same_labels(candidate, production, (label, labels[0]), pairing, classes.__getitem__)
        _same_labels(candidate, production, (truth, truths[0]), pairing, repr)
        for name in (*reading.parts, *(one for one in (reading.group, reading.weight) if one)):
            _same_parts(candidate, production, name, pairing)
    return EvaluationSet(
        classes=classes,
        positive=positive_of(classes, positive) if classes else "",
        label=label,
        truth=truth,
        candidate=answers[0],
        production=answers[1] if production is not None else None,
        digest=digest(),
        rows=Rows(joined=pairing.rows, candidate_only=pairing.only_ours, production_only=pairing.only_theirs),
        groups=_chosen(groups_of(candidate, reading.group), pairing.ours) if reading.group else None,
        weights=_chosen(weights_of(candidate, reading.weight), pairing.ours) if reading.weight else None,
    )


def _classes(sides: Sequence[Predictions]) -> tuple[tuple[str, ...], list[Integers]]:
    """The classes of both files, and the label and the answer of each side as positions among them."""
    columns = [Labels.of(column, side.name) for side in sides for column in (side.label, side.prediction)]
    classes = in_order(text for column in columns for text in column.texts)
    return classes, [column.positions(classes) for column in columns]


def _numbers(sides: Sequence[Predictions]) -> list[Floats]:
    """The label and the answer of each side as numbers."""
    return [column.to_numpy() for side in sides for column in (side.label, side.prediction)]


def _none(kind: type[Number]) -> NDArray[Number]:
    """A column that nobody reads."""
    import numpy as np

    return np.empty(0, dtype=kind)


def _chosen(column: NDArray[Number], places: Integers | None) -> NDArray[Number]:
    """The set's rows out of a file's."""
    return column if places is None or not len(column) else column[places]


def _same_labels(
    candidate: Predictions,
    production: Predictions,
    labels: tuple[NDArray[Number], NDArray[Number]],
    pairing: Pairing,
    named: Callable[[Any], str],
) -> None:
    """Refuse labels, the candidate's and Production's, that are not the same on each row."""
    import numpy as np

    ours, theirs = labels
    different = np.flatnonzero(ours != theirs)
    if not len(different):
        return
    first = int(different[0])
    examples = listing(candidate.ids.values.gather(_places(pairing, different)))
    raise EvaluationDataDiffers(
        f"{len(different):,} of {len(ours):,} rows have one label in {candidate.name} and another in "
        f"{production.name}: ids {examples}; the first is {named(ours[first].item())[:80]!r} for the candidate and "
        f"{named(theirs[first].item())[:80]!r} for Production.",
        hint="The labels changed since Production was scored: score it again on today's evaluation data.",
    )


def _same_parts(candidate: Predictions, production: Predictions, name: str, pairing: Pairing) -> None:
    """Refuse a column of parts, groups or weights that both files have and that says different things of a row.

    One that follows from the model's own answers lets the model choose the rows that it is judged on.
    """
    if name not in candidate.attributes or name not in production.attributes:
        return
    chosen = ((candidate, pairing.ours), (production, pairing.theirs))
    ours, theirs = (
        file.attributes[name] if places is None else file.attributes[name].gather(places) for file, places in chosen
    )
    different = (~_alike(ours, theirs)).arg_true().to_numpy()
    if not len(different):
        return
    first = int(different[0])
    examples = listing(candidate.ids.values.gather(_places(pairing, different)))
    raise EvaluationDataDiffers(
        f"Column '{name}' says different things of {len(different):,} of {len(ours):,} rows in {candidate.name} and in "
        f"{production.name}: ids {examples}; the first is {str(ours[first])[:80]!r} for the candidate and "
        f"{str(theirs[first])[:80]!r} for Production.",
        hint="Which part of the data a row is in, and what it weighs, must not depend on the model. Where it was "
        "changed on purpose, score Production again on today's evaluation data.",
    )


def _alike(ours: pl.Series, theirs: pl.Series) -> pl.Series:
    """Which values are the same, as numbers or as texts, whatever the files' formats."""
    import polars as pl

    if ours.dtype == theirs.dtype and (same := ours.eq_missing(theirs)).all():
        return same
    numbers = ours.cast(pl.Float64, strict=False) == theirs.cast(pl.Float64, strict=False)
    alike: pl.Series = numbers.fill_null(value=False) | ours.cast(pl.String).eq_missing(theirs.cast(pl.String))
    return alike


def _places(pairing: Pairing, rows: Integers) -> Integers:
    """Where `rows` of the set stand in the candidate's file."""
    return rows if pairing.ours is None else pairing.ours[rows]


def _digest(file: Predictions) -> str:
    """sha256 over the rows `"id","label"`, one a line, sorted by id: CSV with every value quoted, so no two sets agree.

    Ids and labels count as texts, so that the same set in another format has the same digest.
    """
    import polars as pl

    label, name = file.label, file.name
    texts = Labels.of(label, name).spelt() if file.reading.classes else spelt(label, name)
    table = pl.DataFrame({"id": file.ids.texts, "label": texts})
    text = io.BytesIO()
    # A second thread makes this sort no quicker, and has better things to do.
    table.sort("id", multithreaded=False).write_csv(text, include_header=False, quote_style="always")
    return f"sha256:{hashlib.sha256(text.getbuffer()).hexdigest()}"
