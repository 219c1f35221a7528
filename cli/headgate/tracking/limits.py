"""What MLflow takes for a name or a value, and how much of it in one request.

Source: mlflow/utils/validation.py, the same limits in every 3.x: keys 250 characters, param values 6,000, tag values
8,000 (5,000 before 3.0), batches of 100 params, 100 tags and 1,000
entries in all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

_KEY = 250
_PARAM_VALUE = 6000
_TAG_VALUE = 5000
PARAMS, TAGS, METRICS = 100, 100, 800  # in one request: together the 1,000 that MLflow takes

_NOT_IN_KEYS = re.compile(r"[^/\w.\- :]")
Item = TypeVar("Item")


def key(name: str) -> str:
    """`name` as MLflow takes it: `f1[positive]` becomes `f1_positive_`; it also may not look like a path."""
    return _NOT_IN_KEYS.sub("_", name).strip("/").replace("..", "__")[:_KEY] or "_"


def param(value: object) -> str:
    """A parameter's value as text, cut where MLflow would refuse it."""
    return _cut(str(value), _PARAM_VALUE)


def tag(value: str) -> str:
    """A tag's value, cut where MLflow would refuse it."""
    return _cut(value, _TAG_VALUE)


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """`items` in parts of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
