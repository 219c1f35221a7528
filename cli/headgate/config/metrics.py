"""The metrics the gate can compute from predictions: scikit-learn's words, and which way is better."""

from __future__ import annotations

import re
from typing import Literal

Direction = Literal["higher", "lower"]

DIRECTIONS: dict[str, Direction] = {
    "accuracy": "higher",
    "f1_binary": "higher",
    "f1_macro": "higher",
    "f1_weighted": "higher",
    "log_loss": "lower",
}
METRIC_NAMES = tuple(DIRECTIONS)
_OF_CLASS = re.compile(r"f1\[(.+)\]", re.DOTALL)


def known_metric(name: str) -> bool:
    """Whether the gate can compute `name`; per-class names such as `f1[cat]` count for any label."""
    return name in METRIC_NAMES or class_of(name) is not None


def class_of(name: str) -> str | None:
    """`cat` for `f1[cat]`; None for a metric of all classes."""
    found = _OF_CLASS.fullmatch(name)
    return found[1] if found else None


def direction_of(name: str) -> Direction:
    """Whether a higher or a lower value of `name` is better."""
    return DIRECTIONS.get(name, "higher")
