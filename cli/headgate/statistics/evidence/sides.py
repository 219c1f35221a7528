"""All of it together, of both models, as the gate hands it to the report."""

from __future__ import annotations

from dataclasses import dataclass

from headgate.statistics.evidence.agreement import Agreement, Closeness
from headgate.statistics.evidence.curves import Curve
from headgate.statistics.evidence.errors import Errors
from headgate.statistics.evidence.matrix import Matrix
from headgate.statistics.evidence.reliability import Bin


@dataclass(frozen=True)
class ClassCurves:
    """How well the probability of one class tells it from the others; None where the rows have only one side of it."""

    name: str
    roc: Curve | None
    precision_recall: Curve | None


@dataclass(frozen=True)
class Side:
    """What one model's answers look like; empty where they have no such thing.

    Args:
        matrix: of a classification.
        curves: of the classes that have probabilities, the ones that are true most often.
        reliability: of the probability of the positive class; with several classes of that of the answer.
        errors: of a numeric prediction.
    """

    matrix: Matrix | None = None
    curves: tuple[ClassCurves, ...] = ()
    reliability: tuple[Bin, ...] = ()
    errors: Errors | None = None


@dataclass(frozen=True)
class Example:
    """One row that the two models answer differently, as texts."""

    id: str
    label: str
    production: str
    candidate: str


@dataclass(frozen=True)
class Evidence:
    """The rows behind a verdict, summed up.

    Args:
        candidate, production: the two models; no `production` where there is none yet.
        agreement: who is right where, in a classification; `closeness` where the predictions are numbers.
        probability_of: whose probability `reliability` is about, e.g. `positive`; None for that of the answer.
        examples: rows on which they differ; None where nobody asked for rows.
        weighted: whether the metrics weigh the rows; everything here counts them.
    """

    candidate: Side
    production: Side | None = None
    agreement: Agreement | None = None
    closeness: Closeness | None = None
    probability_of: str | None = None
    examples: tuple[Example, ...] | None = None
    weighted: bool = False
