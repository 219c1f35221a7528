"""How often an evaluation set has decided, and what that does to its decisions."""

from __future__ import annotations

from headgate.errors import CouldNotCarryOut
from headgate.registry.base import Registry, UseNotCounted

WORTH_SAYING = 0.2
"""The chance of a wrong promotion from which the report speaks of it: five uses at 95%."""


def count(registry: Registry, evaluation_data: str, candidate: str) -> tuple[int | None, tuple[str, ...]]:
    """Count this use; returns how many there were, or None with a note that says why it could not be counted.

    A gate that may read the registry and not write it (a pull request's token) decides all the same.
    """
    try:
        return registry.count_use(evaluation_data, candidate), ()
    except UseNotCounted as refused:
        before = f" {refused.known:,} were counted before." if refused.known else ""
        why = refused.message.removesuffix(".")
        return None, (f"This use of the evaluation set could not be counted: {why}.{before}",)
    except CouldNotCarryOut as trouble:
        return None, (f"The uses of this evaluation set are not known: {trouble.message}",)


def false_promotion_rate(uses: int, confidence: float) -> float:
    """The chance that at least one of `uses` candidates passes, each of them truly worse by just the margin.

    1 - (1 - a)^k for k independent candidates at the one-sided error rate a = 1 - confidence: what a single test keeps
    at a, many on the same rows do not. The same rows and the same Production make the candidates' luck alike, so it is
    the most that is to be feared.

    Source: Sidak, JASA 62 (1967) 626-633; for one-sided tests that depend on each other positively, Slepian (1962).
    """
    return 1.0 - confidence**uses


def warning(uses: int | None, confidence: float) -> str | None:
    """What so many uses imply, once it is worth saying."""
    if uses is None or (rate := false_promotion_rate(uses, confidence)) < WORTH_SAYING:
        return None
    return (
        f"{uses:,} candidates have been judged on this evaluation set. Were each of them truly worse than Production "
        f"by just the margin, one would still have passed by chance with a probability of up to {rate:.0%} "
        f"({1 - confidence:.2g} for a single one). Draw a new evaluation set before the old one decides alone."
    )
