"""On how many rows two models agree, and who is right where they do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.statistics.measurement import Floats, Integers


@dataclass(frozen=True)
class Agreement:
    """Rows of a classification, each counted once."""

    both_right: int
    candidate_alone: int
    production_alone: int
    wrong_alike: int
    wrong_apart: int

    @property
    def differing(self) -> int:
        """Rows that the two answer differently."""
        return self.candidate_alone + self.production_alone + self.wrong_apart


@dataclass(frozen=True)
class Closeness:
    """Rows of a numeric prediction, by whose answer is nearer to the truth."""

    candidate: int
    production: int
    equal: int


def agreement(label: Integers, candidate: Integers, production: Integers) -> Agreement:
    """Count rows by who is right; class positions of shape (n,)."""
    ours, theirs, same = candidate == label, production == label, candidate == production
    return Agreement(
        both_right=int((ours & theirs).sum()),
        candidate_alone=int((ours & ~theirs).sum()),
        production_alone=int((theirs & ~ours).sum()),
        wrong_alike=int((~ours & same).sum()),
        wrong_apart=int((~ours & ~theirs & ~same).sum()),
    )


def closeness(label: Floats, candidate: Floats, production: Floats) -> Closeness:
    """Count rows by who is nearer; values of shape (n,)."""
    lead = abs(production - label) - abs(candidate - label)
    return Closeness(candidate=int((lead > 0).sum()), production=int((lead < 0).sum()), equal=int((lead == 0).sum()))
