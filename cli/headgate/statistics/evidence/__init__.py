"""What a page shows of the rows themselves: matrices, curves, calibration, errors, and where two models part ways.

Plain values made from arrays, small whatever the number of rows: the gate makes them, the report draws them, and no
record keeps them.
"""

from headgate.statistics.evidence.agreement import Agreement, Closeness, agreement, closeness
from headgate.statistics.evidence.curves import Curve, Thresholds, precision_recall, roc
from headgate.statistics.evidence.errors import Errors, ErrorsAt, errors
from headgate.statistics.evidence.matrix import Matrix, matrix
from headgate.statistics.evidence.reliability import Bin, reliability
from headgate.statistics.evidence.sides import ClassCurves, Evidence, Example, Side

__all__ = [
    "Agreement",
    "Bin",
    "ClassCurves",
    "Closeness",
    "Curve",
    "Errors",
    "ErrorsAt",
    "Evidence",
    "Example",
    "Matrix",
    "Side",
    "Thresholds",
    "agreement",
    "closeness",
    "errors",
    "matrix",
    "precision_recall",
    "reliability",
    "roc",
]
