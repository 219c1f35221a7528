"""`${VAR}` in the values whose schema says so, and nowhere else."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expand(value: Any) -> Any:
    """`value` with every `${VAR}` replaced from the environment.

    Raises:
        ValueError: a variable is not set; an empty value would silently mean something else.
    """
    if not isinstance(value, str):
        return value
    for name in _VARIABLE.findall(value):
        if name not in os.environ:
            raise ValueError(f"needs the environment variable {name}, which is not set")
    return _VARIABLE.sub(lambda found: os.environ[found[1]], value)


def as_written(message: str, written: Any) -> str:
    """`message` about what stands as `written` in the file, without what its variables hold: it may be secret."""
    for name in _VARIABLE.findall(written) if isinstance(written, str) else ():
        held = os.environ.get(name)
        for spelling in (repr(held)[1:-1], held) if held else ():
            message = message.replace(spelling, f"${{{name}}}")
    return message


Expandable = Annotated[str, BeforeValidator(expand), Field(json_schema_extra={"x-expands": "${VAR}"})]
"""A text in which `${VAR}` stands for an environment variable."""
