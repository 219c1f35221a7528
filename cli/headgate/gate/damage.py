"""What a parser does not say of a damaged file, or only after it has filled memory: where, and in which column."""

from __future__ import annotations

import json
import mmap
import re
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

LONGEST_LINE = 256 << 20
"""Bytes. Columns that nobody reads may hold long texts; this is beyond those."""
LONGEST_CELL = 1 << 20
"""Bytes of an id, a label, an answer or a probability: beyond this it says nothing."""

_LOOK = 1 << 20  # bytes at the start of a line: as far as its short cells reach
_LINES = 10_000_000
_QUOTED = re.compile(rb'"[^"]*(?:"|\Z)')
_KEY = re.compile(rb'"([^"\\]{1,200})"\s*:\s*"?[^"]*\Z')


def long_line(path: Path) -> str | None:
    """Where a line of the text file is too long, in words; None where none is.

    It looks for the last end of a line in each stretch of LONGEST_LINE bytes: next to nothing of a good file is read,
    and of a bad one no more than that stretch.
    """
    if path.stat().st_size <= LONGEST_LINE:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        start = 0
        while start + LONGEST_LINE < len(content):
            end = content.rfind(b"\n", start, start + LONGEST_LINE)
            if end < 0:
                column = _column(path, content[:_LOOK], content[start : start + _LOOK])
                return f"the line from byte {start:,} on is longer than {LONGEST_LINE >> 20:,} MiB{column}"
            start = end + 1
    return None


def bad_line(path: Path) -> str | None:
    """The first line of the text file that is not UTF-8, or no JSON object where it should be one, in words.

    None where there is none among the first ten million: then the parser knows better.
    """
    is_csv = path.suffix.lower() == ".csv"
    with path.open("rb") as file:
        head = file.readline(_LOOK)
        file.seek(0)
        for number, line in enumerate(islice(file, _LINES), start=1):
            try:
                text = line.decode()
            except UnicodeDecodeError as wrong:
                return f"line {number:,} is not UTF-8{_column(path, head, line[: wrong.start])}"
            if not is_csv and text.strip() and (why := _no_object(text)):
                return f"line {number:,} {why}"
    return None


def long_cell(column: pl.Series) -> tuple[int, int] | None:
    """The position and the bytes of the longest text in `column` where it is too long; None where none is."""
    import polars as pl

    if column.dtype != pl.String:
        return None
    lengths = column.str.len_bytes()
    longest = lengths.arg_max()
    return None if longest is None or lengths[longest] <= LONGEST_CELL else (longest, lengths[longest])


def _no_object(text: str) -> str | None:
    """Why a line is no JSON object."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as wrong:
        return f"is not JSON: {wrong.msg} (character {wrong.colno:,})"
    except RecursionError:
        return "is nested too deeply"
    return None if isinstance(value, dict) else "is no JSON object"


def _column(path: Path, head: bytes, before: bytes) -> str:
    """`, column 'label'`: the one that a line is in after `before`; empty where that cannot be told."""
    if path.suffix.lower() != ".csv":
        key = _KEY.search(before)
        return f", column {key[1].decode(errors='replace')!r}" if key else ""
    first, ended, _ = head.partition(b"\n")
    names = first.decode(errors="replace").strip().split(",")
    place = _QUOTED.sub(b"", before).count(b",")
    return f", column {names[place].strip(chr(34))[:80]!r}" if ended and place < len(names) else ""
