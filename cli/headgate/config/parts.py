"""What the models of every section stand on: strict mappings, and the kinds of value that several of them take."""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _inside(path: str) -> str:
    """A path inside the repository, so that nothing a pull request writes reaches files outside of it."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} must be a path inside the repository")
    return path


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


RepositoryPath = Annotated[str, AfterValidator(_inside)]
Finite = Annotated[float, AfterValidator(_finite)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", max_length=63)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    """A mapping in headgate.yaml: unknown keys are errors."""

    # Built when the first file is read, and once: not each section alone and then again as a part of the next. The
    # docstrings of the keys are read by what needs them, `schema.json_schema`: that takes as long as all the rest.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, defer_build=True)


ALL_DEFAULTS: Any = Field(default={})
"""The default of a section: each of its keys has its own. An instance would have the section built on its own first."""
