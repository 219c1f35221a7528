"""The names of the metrics the gate can compute from predictions: scikit-learn's words."""

from __future__ import annotations

import re

METRIC_NAMES = ("accuracy", "f1_binary", "f1_macro", "f1_weighted", "log_loss")
_PER_CLASS = re.compile(r"f1\[.+\]")


def known_metric(name: str) -> bool:
    """Whether the gate can compute `name`; per-class names such as `f1[cat]` count for any label."""
    return name in METRIC_NAMES or bool(_PER_CLASS.fullmatch(name))
