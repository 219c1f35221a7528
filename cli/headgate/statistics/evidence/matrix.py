"""The confusion matrix as a page can show it: the classes that matter most, the others taken together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Integers

MOST = 12
"""More classes than this do not fit on a page, let alone in a head."""


@dataclass(frozen=True)
class Matrix:
    """How often each class was true and answered.

    Args:
        classes: the classes shown, in order.
        counts: rows by truth, then by answer; with `others` one more row and column for the classes left out.
        others: how many classes are taken together; 0 where all are shown.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    others: int = 0


def matrix(label: Integers, answers: Integers, classes: tuple[str, ...], *, most: int = MOST) -> Matrix:
    """Count positions in `classes`, each of shape (n,).

    Where there are more than `most` classes, those that are true most often are shown: the same for every model that
    is judged on these labels.
    """
    import numpy as np

    true = np.bincount(label, minlength=len(classes))
    shown = np.arange(len(classes)) if len(classes) <= most else np.sort(np.argsort(-true, kind="stable")[:most])
    others = len(classes) - len(shown)
    place = np.full(len(classes), len(shown), dtype=np.int64)
    place[shown] = np.arange(len(shown))
    size = len(shown) + (others > 0)
    counts = np.bincount(place[label] * size + place[answers], minlength=size * size).reshape(size, size)
    return Matrix(
        classes=tuple(classes[position] for position in shown),
        counts=tuple(tuple(int(count) for count in row) for row in counts),
        others=others,
    )
