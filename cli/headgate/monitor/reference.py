"""What production should look like: the answers of the Production version on its evaluation rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats


@dataclass(frozen=True)
class Reference:
    """The distributions that production's are compared with.

    Args:
        name: what reports call it, e.g. `Production v7`.
        classes: how often each class was predicted; None where predictions are numbers.
        numbers: the predicted numbers, shape (rows,), finite; None where they are classes.
        confidences: how sure the model was, shape (rows,), in [0, 1]; None where that is not known.
    """

    name: str
    classes: Mapping[str, int] | None = None
    numbers: Floats | None = None
    confidences: Floats | None = None
