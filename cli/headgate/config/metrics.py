"""The metrics the gate can compute from predictions: scikit-learn's words, which way is better, and what they need."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Direction = Literal["higher", "lower"]
Needs = Literal["classes", "probabilities", "numbers"]


@dataclass(frozen=True)
class Known:
    """A metric: which way is better, and what of the predictions it is computed from."""

    direction: Direction
    needs: Needs


class Own(Protocol):
    """A metric that a project defines."""

    @property
    def known(self) -> Known:
        """What the gate has to know of it."""
        ...


_AVERAGES = ("binary", "micro", "macro", "weighted")
METRICS: dict[str, Known] = {
    "accuracy": Known("higher", "classes"),
    "balanced_accuracy": Known("higher", "classes"),
    **{
        f"{name}_{average}": Known("higher", "classes")
        for name in ("precision", "recall", "f1")
        for average in _AVERAGES
    },
    "mcc": Known("higher", "classes"),
    "cohen_kappa": Known("higher", "classes"),
    "log_loss": Known("lower", "probabilities"),
    "brier": Known("lower", "probabilities"),
    "roc_auc": Known("higher", "probabilities"),
    "roc_auc_ovr_macro": Known("higher", "probabilities"),
    "average_precision": Known("higher", "probabilities"),
    "ece": Known("lower", "probabilities"),
    "mae": Known("lower", "numbers"),
    "rmse": Known("lower", "numbers"),
    "r2": Known("higher", "numbers"),
    "mape": Known("lower", "numbers"),
    "pinball": Known("lower", "numbers"),
}
METRIC_NAMES = tuple(METRICS)
FAIRNESS: dict[str, Direction] = {
    "demographic_parity_difference": "lower",
    "demographic_parity_ratio": "higher",
    "equal_opportunity_difference": "lower",
    "equal_opportunity_ratio": "higher",
    "equalized_odds_difference": "lower",
    "equalized_odds_ratio": "higher",
}
"""Fairness metrics by fairlearn's names, each of one column of groups."""

_OF_CLASS = re.compile(r"(precision|recall|f1)\[(.+)\]", re.DOTALL)
_AT_LEVEL = re.compile(r"pinball\[(0?\.\d+)\]")


def known_metric(name: str) -> bool:
    """Whether the gate can compute `name`; those of one class such as `f1[cat]` count for any label."""
    return name in METRICS or class_of(name) is not None or level_of(name) is not None


def class_of(name: str) -> tuple[str, str] | None:
    """`("f1", "cat")` for `f1[cat]`; None for a metric of all classes."""
    found = _OF_CLASS.fullmatch(name)
    return (found[1], found[2]) if found else None


def level_of(name: str) -> float | None:
    """0.9 for `pinball[0.9]`, the quantile that is predicted; 0.5 for `pinball`, as in scikit-learn; else None."""
    if name == "pinball":
        return 0.5
    found = _AT_LEVEL.fullmatch(name)
    return float(found[1]) if found and float(found[1]) > 0 else None


def known(name: str, custom: Mapping[str, Own]) -> Known:
    """What there is to know of `name`: a metric of the gate's own, or one of `custom`."""
    if name in custom:
        return custom[name].known
    if name in FAIRNESS:
        return Known(FAIRNESS[name], "classes")
    if name in METRICS:
        return METRICS[name]
    return METRICS["pinball" if class_of(name) is None else "f1_macro"]
