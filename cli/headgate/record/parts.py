"""What every section of the record is made of: immutable parts, digests, times, paths inside the project."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from headgate import utc

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Time = Annotated[datetime, PlainSerializer(utc.written, return_type=str)]


def _inside(path: str) -> str:
    """A record comes from another job, at times: it must not name files outside of the project."""
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError("must be a path inside the project")
    return path


Inside = Annotated[str, AfterValidator(_inside)]


class Part(BaseModel):
    """Anything in the record: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Section(Part):
    """A link of the chain, filled by one verb."""

    by_hand: bool = False
