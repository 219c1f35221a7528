"""Two predictions files joined into one set of rows that both models are judged on."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from headgate.errors import listing
from headgate.gate.classes import Labels, in_order, positive_of
from headgate.gate.ids import EvaluationDataDiffers, Ids
from headgate.gate.predictions import Predictions, PredictionsUnusable
from headgate.record import Rows
from headgate.statistics.bootstrap import Cells

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers

SMALLEST_PROBABILITY = 2.220446049250313e-16
"""Probabilities are clipped here, as scikit-learn clips float64: a sure and wrong answer costs 36, not infinity."""


@dataclass(frozen=True)
class Answers:
    """One model's answers in the order of the set.

    Args:
        classes: positions in the set's classes, shape (rows,).
        source: the file they come from, with its probabilities.
        order: positions of the set's rows in that file, shape (rows,); None where they are the same.
    """

    classes: Integers
    source: Predictions
    order: Integers | None


@dataclass(frozen=True)
class EvaluationSet:
    """The rows that both models answered.

    Args:
        classes: every label and answer that occurs, in order.
        positive: the positive class of the metrics that have one.
        label: the truth as positions in `classes`, shape (rows,).
        candidate, production: the answers; no `production` where there is none yet.
        digest: of the ids and labels, whatever their order and the files' formats.
        rows: how many of them both sides have.
    """

    classes: tuple[str, ...]
    positive: str
    label: Integers
    candidate: Answers
    production: Answers | None
    digest: str
    rows: Rows

    @cached_property
    def cells(self) -> Cells:
        """Counts over (label, production, candidate)."""
        production = None if self.production is None else self.production.classes
        return Cells.of(self.label, production, self.candidate.classes, len(self.classes))

    def log_losses(self, answers: Answers) -> Floats:
        """-log of the probability given to the truth, shape (rows,)."""
        import numpy as np

        probability = self._probability_of_truth(answers)
        return -np.log(np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY))

    def _probability_of_truth(self, answers: Answers) -> Floats:
        import numpy as np

        source, order = answers.source, answers.order
        if source.score is not None:
            if len(self.classes) > 2 or self.positive not in self.classes:
                raise PredictionsUnusable(
                    f"{source.name} has one score, the probability of {self.positive!r}, and the classes are "
                    f"{listing(map(repr, self.classes))}.",
                    hint="With several classes log_loss needs one column `score:<label>` each; with two, "
                    "`gate.columns.positive` names the one the score is for.",
                )
            score = source.score if order is None else source.score[order]
            return np.where(self.label == self.classes.index(self.positive), score, 1 - score)
        truth = np.empty(len(self.label))
        for position, name in enumerate(self.classes):
            true = self.label == position
            if name in source.class_scores:
                scores = source.class_scores[name]
                truth[true] = (scores if order is None else scores[order])[true]
            elif true.any():
                raise PredictionsUnusable(f"{source.name} has no column 'score:{name}' for the label {name!r}.")
        return truth


def evaluation_set(
    candidate: Predictions, production: Predictions | None, *, positive: str | int | bool | None = None
) -> EvaluationSet:
    """Join the two files by id.

    Raises:
        EvaluationDataDiffers: an id without a partner, or a label that is not the same on both sides.
        NotClasses: labels or answers that are no classes.
    """
    order = None if production is None else candidate.ids.places_of(production.ids)
    columns = [
        Labels.of(column, side.name)
        for side in (candidate, production)
        if side is not None
        for column in (side.label, side.prediction)
    ]
    classes = in_order(text for column in columns for text in column.texts)
    label, candidate_answers, *others = (column.positions(classes) for column in columns)
    answers = None
    if production is not None:
        production_label, production_answers = others if order is None else (other[order] for other in others)
        _same_labels(candidate, production, label, production_label, classes)
        answers = Answers(production_answers, production, order)
    return EvaluationSet(
        classes=classes,
        positive=positive_of(classes, positive),
        label=label,
        candidate=Answers(candidate_answers, candidate, None),
        production=answers,
        digest=_digest(candidate.ids, label, classes),
        rows=Rows(joined=len(candidate)),
    )


def _same_labels(
    candidate: Predictions, production: Predictions, ours: Integers, theirs: Integers, classes: tuple[str, ...]
) -> None:
    import numpy as np

    different = np.flatnonzero(ours != theirs)
    if not len(different):
        return
    first = int(different[0])
    examples = listing(candidate.ids.values.gather(different))
    raise EvaluationDataDiffers(
        f"{len(different):,} of {len(ours):,} rows have one label in {candidate.name} and another in "
        f"{production.name}: ids {examples}; the first is {classes[ours[first]]!r} for the candidate and "
        f"{classes[theirs[first]]!r} for Production.",
        hint="The labels changed since Production was scored: score it again on today's evaluation data.",
    )


def _digest(ids: Ids, label: Integers, classes: tuple[str, ...]) -> str:
    """sha256 over the rows `"id","label"`, one a line, sorted by id: CSV with every value quoted, so no two sets agree.

    Ids and labels count as texts, so that the same set in another format has the same digest.
    """
    import polars as pl

    table = pl.DataFrame({"id": ids.texts, "label": pl.Series(classes).gather(label)})
    text = io.BytesIO()
    table.sort("id").write_csv(text, include_header=False, quote_style="always")
    return f"sha256:{hashlib.sha256(text.getbuffer()).hexdigest()}"
