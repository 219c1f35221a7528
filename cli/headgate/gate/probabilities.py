"""The probabilities that a model gave, row by row of an evaluation set: to the truth, to a class, to its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headgate.errors import listing
from headgate.gate.evaluation_set import Answers, EvaluationSet
from headgate.gate.predictions import PredictionsUnusable
from headgate.statistics.losses import brier_losses, log_losses

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers


def of_class(rows: EvaluationSet, answers: Answers, position: int) -> Floats:
    """The probability given to the class at `position`, shape (rows,).

    Raises:
        PredictionsUnusable: the file has no such probability.
    """
    source, name = answers.source, rows.classes[position]
    if source.score is not None:
        _insist_on_two(rows, answers)
        score = answers.of_file(source.score)
        return score if name == rows.positive else 1 - score
    if name not in source.class_scores:
        raise PredictionsUnusable(f"{source.name} has no column 'score:{name}' for the label {name!r}.")
    return answers.of_file(source.class_scores[name])


def of_truth(rows: EvaluationSet, answers: Answers) -> Floats:
    """The probability given to each row's label, shape (rows,).

    Raises:
        PredictionsUnusable: the file has no probability for a label that occurs.
    """
    return _of_each(rows, answers, rows.label)


def of_answer(rows: EvaluationSet, answers: Answers) -> Floats:
    """The probability given to each row's answer, shape (rows,).

    Raises:
        PredictionsUnusable: the file has no probability for an answer that occurs.
    """
    return _of_each(rows, answers, answers.classes)


def log_loss(rows: EvaluationSet, answers: Answers) -> Floats:
    """-log of the probability given to the truth, shape (rows,)."""
    return log_losses(of_truth(rows, answers))


def brier(rows: EvaluationSet, answers: Answers) -> Floats:
    """(p - y)^2 of the positive class; with several classes its sum over all, shape (rows,): as in scikit-learn."""
    import numpy as np

    if len(rows.classes) <= 2:
        positive = rows.classes.index(rows.positive) if rows.positive in rows.classes else 0
        return brier_losses(of_class(rows, answers, positive), rows.label == positive)
    of_label = of_truth(rows, answers)
    squares = np.zeros(len(rows.label))
    for scores in answers.source.class_scores.values():
        squares += answers.of_file(scores) ** 2
    return squares - 2 * of_label + 1


def _of_each(rows: EvaluationSet, answers: Answers, classes: Integers) -> Floats:
    """The probability given to the class of each row, for positions of shape (rows,)."""
    import numpy as np

    if answers.source.score is not None:
        _insist_on_two(rows, answers)
        score = answers.of_file(answers.source.score)
        return np.where(classes == rows.classes.index(rows.positive), score, 1 - score)
    probability = np.empty(len(classes))
    for position in np.flatnonzero(np.bincount(classes)):
        chosen = classes == position
        probability[chosen] = of_class(rows, answers, int(position))[chosen]
    return probability


def _insist_on_two(rows: EvaluationSet, answers: Answers) -> None:
    """Refuse one score where it does not say whose probability it is."""
    if len(rows.classes) > 2 or rows.positive not in rows.classes:
        raise PredictionsUnusable(
            f"{answers.source.name} has one score, the probability of {rows.positive!r}, and the classes are "
            f"{listing(map(repr, rows.classes))}.",
            hint="With several classes every metric of probabilities needs one column `score:<label>` each; with two, "
            "`gate.columns.positive` names the one the score is for.",
        )
