"""Durations, sizes and shares as people write them: `30s`, `2g`, `1%`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def seconds(value: Any) -> float:
    """A duration as people write it, e.g. 30s.

    Raises:
        ValueError: it is none.
    """
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a duration; write a number with ms, s, m, h or d, e.g. 30s")
    return float(found[1]) * _SECONDS[found[2]]


def _bytes(value: Any) -> int:
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value!r} is not a size; write a number with k, m or g, e.g. 2g")
    return int(float(found[1]) * _BYTES[found[2].lower()])


def _written(seconds: float) -> str:
    return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:g}s"


Duration = Annotated[
    float,
    BeforeValidator(seconds),
    PlainSerializer(_written, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*(ms|s|m|h|d)$", "examples": ["30s", "500ms", "6h"]}),
]
"""Seconds, written `30s`."""

Size = Annotated[
    int,
    BeforeValidator(_bytes),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s*[bkmgtBKMGT]?$", "examples": ["512m", "2g"]}),
]
"""Bytes, written `2g`."""


@dataclass(frozen=True)
class Margin:
    """How far a value may move: absolute, or (`20%`) a share of Production's value."""

    value: float
    relative: bool = False

    def against(self, production: float) -> float:
        """The margin in the metric's own unit, for Production's value `production`."""
        return self.value * abs(production) if self.relative else self.value

    def __str__(self) -> str:
        return f"{self.value * 100:g}%" if self.relative else f"{self.value:g}"

    @classmethod
    def parse(cls, value: Any) -> Margin:
        """A number, or a text such as `20%`.

        Raises:
            ValueError: neither, negative, or not finite.
        """
        if isinstance(value, Margin):
            return value
        if isinstance(value, str) and (found := _PERCENT.fullmatch(value.strip())):
            return cls(float(found[1]) / 100, relative=True)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise ValueError(f"{value!r} is not a margin; write a number from 0 up, or a share such as 20%")
        return cls(float(value))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"}]}


def _rate(value: Any) -> float:
    if isinstance(value, str) and (found := _PERCENT.fullmatch(value.strip())):
        value = float(found[1]) / 100
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"{value!r} is not a rate; write a number from 0 to 1, or a share such as 1%")
    return float(value)


Rate = Annotated[
    float,
    BeforeValidator(_rate),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"}]}
    ),
]
"""A number in [0, 1], or written `1%`."""

Share = Annotated[float, Field(gt=0, le=1)]
"""A number in (0, 1]."""
