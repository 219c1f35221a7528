"""Rust writes a backtrace to standard error when polars meets a file it cannot read; nobody needs to see it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


@contextmanager
def unheard() -> Iterator[None]:
    """Keep the process's standard error shut while the block runs: Rust's panic hook knows no other way out.

    What Python itself writes meanwhile is lost too, so the block is short and says nothing.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:  # standard error is closed: there is nothing to shut
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
        os.close(nowhere)
