"""Conditions on numeric columns as people write them: `length >= 100`, `length >= 100 and length < 200`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

OPERATORS = ("<=", ">=", "==", "!=", "<", ">")
_CONDITION = re.compile(
    r"\s*(?:`(?P<quoted>[^`]+)`|(?P<bare>[A-Za-z_][\w.-]*))\s*(?P<operator><=|>=|==|!=|<|>)\s*"
    r"(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*"
)
_AND = re.compile(r"and\b")


@dataclass(frozen=True)
class Condition:
    """One comparison: `column operator number`."""

    column: str
    operator: str
    number: float


@dataclass(frozen=True)
class Where:
    """Conditions that must all hold; `text` as it was written, in single spaces."""

    text: str
    conditions: tuple[Condition, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are compared."""
        return tuple(dict.fromkeys(condition.column for condition in self.conditions))

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, written: Any) -> Where:
        """Conditions joined by `and`; a name with spaces is written in backticks.

        Raises:
            ValueError: something else; says where.
        """
        if isinstance(written, Where):
            return written
        if not isinstance(written, str):
            raise ValueError(f"{written!r} is not a condition; write e.g. length >= 100")  # noqa: TRY004  (pydantic's)
        conditions, at = [], 0
        while True:
            found = _CONDITION.match(written, at)
            if found is None:
                raise ValueError(
                    f"{written!r} is not understood at {written[at:].strip()!r}; write column, one of "
                    f"{' '.join(OPERATORS)}, number, and join several with `and`, e.g. length >= 100 and length < 200"
                )
            conditions.append(Condition(found["quoted"] or found["bare"], found["operator"], float(found["number"])))
            at = found.end()
            if at == len(written):
                return cls(" ".join(written.split()), tuple(conditions))
            joined = _AND.match(written, at)
            if joined is None:
                raise ValueError(
                    f"{written!r} is not understood at {written[at:].strip()!r}; join conditions with `and`"
                )
            at = joined.end()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "string", "examples": ["length >= 100", "length >= 100 and length < 200"]}
