"""The rows behind a verdict, summed up for the report: plain values, of both models."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.gate import probabilities
from headgate.gate.evaluation_set import Answers, EvaluationSet
from headgate.statistics.evidence import (
    Bin,
    ClassCurves,
    Errors,
    Evidence,
    Example,
    Side,
    Thresholds,
    agreement,
    closeness,
    errors,
    matrix,
    precision_recall,
    reliability,
    roc,
)
from headgate.statistics.ranking import Ranked

MOST_CURVES = 6
"""Classes with curves of their own, the ones that are true most often."""
MOST_EXAMPLES = 50
"""Rows that are shown at most, whoever asks."""


def evidence_of(rows: EvaluationSet, *, show_rows: bool = False) -> Evidence:
    """What `rows` look like. Single rows, with ids and labels, are in it only where `show_rows` asks for them."""
    production = rows.production
    candidate_errors, production_errors = _errors(rows)
    return Evidence(
        candidate=_side(rows, rows.candidate, candidate_errors),
        production=None if production is None else _side(rows, production, production_errors),
        agreement=agreement(rows.label, rows.candidate.classes, production.classes)
        if production is not None and rows.classes
        else None,
        closeness=closeness(rows.truth, rows.candidate.values, production.values)
        if production is not None and not rows.classes
        else None,
        probability_of=rows.positive if len(rows.classes) <= 2 else None,
        examples=_examples(rows, production) if show_rows and production is not None else None,
        weighted=rows.weights is not None,
    )


def _side(rows: EvaluationSet, answers: Answers, spread: Errors | None) -> Side:
    return Side(
        matrix=matrix(rows.label, answers.classes, rows.classes) if rows.classes else None,
        curves=tuple(_curves(rows, answers)),
        reliability=_reliability(rows, answers),
        errors=spread,
    )


def _errors(rows: EvaluationSet) -> tuple[Errors | None, Errors | None]:
    """Of the candidate and of Production, where the answers are numbers."""
    if not len(rows.truth):
        return None, None
    if rows.production is None:
        return errors(rows.truth, rows.candidate.values)[0], None
    candidate, production = errors(rows.truth, rows.candidate.values, rows.production.values)
    return candidate, production


def _curves(rows: EvaluationSet, answers: Answers) -> Iterator[ClassCurves]:
    """Of two classes the positive one, for the other's curves say the same; of several those that are most frequent."""
    import numpy as np

    known = _with_probabilities(rows, answers)
    if len(rows.classes) <= 2:
        known = [position for position in known if rows.classes[position] == rows.positive]
    frequency = np.bincount(rows.label, minlength=len(rows.classes))
    for position in sorted(known, key=lambda position: -frequency[position])[:MOST_CURVES]:
        score = probabilities.of_class(rows, answers, position)
        found = Thresholds.of(Ranked.of(rows.label == position, score))
        yield ClassCurves(rows.classes[position], roc(found), precision_recall(found))


def _reliability(rows: EvaluationSet, answers: Answers) -> tuple[Bin, ...]:
    """Of the positive class' probability; with several classes of that of the answer."""
    import numpy as np

    known = _with_probabilities(rows, answers)
    if len(rows.classes) > 2:
        if not set(np.unique(answers.classes).tolist()) <= set(known):
            return ()
        return reliability(answers.classes == rows.label, probabilities.of_answer(rows, answers))
    positive = next((position for position in known if rows.classes[position] == rows.positive), None)
    if positive is None:
        return ()
    return reliability(rows.label == positive, probabilities.of_class(rows, answers, positive))


def _with_probabilities(rows: EvaluationSet, answers: Answers) -> list[int]:
    """Positions of the classes that the file has probabilities for; none where no check needs them: none were read."""
    source = answers.source
    if source.score is not None:
        known = {rows.positive} if len(rows.classes) <= 2 else set()
    else:
        known = set(source.class_scores)
    return [position for position, name in enumerate(rows.classes) if name in known]


def _examples(rows: EvaluationSet, production: Answers) -> tuple[Example, ...]:
    """Rows that the two answer differently, evenly spread over the file."""
    import numpy as np

    ours, theirs = (answers.classes if rows.classes else answers.values for answers in (rows.candidate, production))
    differing = np.flatnonzero(ours != theirs)
    if len(differing) > MOST_EXAMPLES:
        differing = differing[np.linspace(0, len(differing) - 1, MOST_EXAMPLES).astype(np.int64)]
    places = differing if rows.candidate.order is None else rows.candidate.order[differing]
    truth = rows.label if rows.classes else rows.truth

    def shown(answer: float) -> str:
        return rows.classes[int(answer)] if rows.classes else f"{answer:.6g}"

    return tuple(
        Example(str(name), shown(truth[row]), production=shown(theirs[row]), candidate=shown(ours[row]))
        for name, row in zip(rows.candidate.source.ids.texts.gather(places), differing.tolist(), strict=True)
    )
