"""Whether an answer is what was expected, and where it is not."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

_CLOSE = 1e-6  # relative; a probability printed with fewer digits is still the same one


def mismatches(expected: Any, got: Any, at: str = "") -> Iterator[str]:
    """Each place where `got` is not what was expected, e.g. `label: expected "positive", got "negative"`.

    Args:
        expected: a mapping asks for its keys, nested ones too, and other keys may be anything; a list asks for as
            many items in the same order; everything else asks to be equal.
        got: values as JSON gives them.
        at: the place, as dots and indices.
    """
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key, value in expected.items():
            place = f"{at}.{key}" if at else str(key)
            if key in got:
                yield from mismatches(value, got[key], place)
            else:
                yield f"{place}: expected {_shown(value)}, and there is no such key"
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (value, item) in enumerate(zip(expected, got, strict=True)):
            yield from mismatches(value, item, f"{at}[{index}]")
    elif not _equal(expected, got):
        yield f"{at or 'the body'}: expected {_shown(expected)}, got {_shown(got)}"


def _equal(expected: Any, got: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, (int, float)) and isinstance(got, (int, float)):
        return math.isclose(expected, got, rel_tol=_CLOSE)
    return bool(expected == got)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:120]}…"
