"""Metrics that a project defines itself: the mean of what each row costs, or earns, by its own word."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from headgate.config.metrics import Direction, Known, known_metric
from headgate.config.parts import Part

_REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def _own_name(name: str) -> str:
    """A name that no metric of the gate has, and that a check's id can begin with."""
    if not _NAME.fullmatch(name):
        raise ValueError("is no name for a metric; letters, digits and underscores, a letter first")
    if known_metric(name):
        raise ValueError("is a metric the gate computes itself; take another name")
    return name


def _reference(written: str) -> str:
    if not _REFERENCE.fullmatch(written):
        raise ValueError(f"{written!r} names no function; write module:function, e.g. metrics:cost")
    return written


CustomName = Annotated[str, AfterValidator(_own_name)]


class CustomMetric(Part):
    """A metric of the project's own: the mean over the rows of one number each."""

    function: Annotated[str, AfterValidator(_reference)] | None = None
    """`module:function` of this repository, called with one model's rows, returning a number for each. It runs code of
    the commit that is judged."""
    column: str | None = None
    """A column of the predictions file that has each row's number, in place of a function."""
    better: Direction
    """Which way is better: `lower` for a loss, `higher` for a gain."""
    reads: Literal["classes", "probabilities", "numbers"] = "classes"
    """What labels and answers are: classes, classes with their probabilities (`score`), or numbers."""
    columns: tuple[str, ...] = ()
    """Further columns of the predictions file that the function is given."""

    @property
    def known(self) -> Known:
        """What the gate has to know of any metric."""
        return Known(self.better, self.reads)

    @model_validator(mode="after")
    def _one_source(self) -> CustomMetric:
        if (self.function is None) == (self.column is None):
            raise ValueError("needs one of function and column")
        if self.column is not None and self.columns:
            raise ValueError("gives columns to a function, and has none: take them out")
        return self
