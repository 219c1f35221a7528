"""Release records in a downloaded artifact: a fork's run made it, so it may hold anything.

No link is followed, nothing but `release.json` is opened, and what is too much or too large is refused before it is
read. What a record says is still the word of whoever made it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from headgate.errors import CouldNotCarryOut
from headgate.record import Record
from headgate.visible import visible

NAME = "release.json"
LARGEST = 2_000_000  # bytes of one record
MOST_RECORDS = 10
_MOST_ENTRIES = 1_000
_DEEPEST = 4  # folders


class ArtifactRefused(CouldNotCarryOut):
    """The artifact holds no release record, or something that no run of headgate leaves."""

    title = "the artifact is refused"


def records_in(folder: Path, commit: str) -> list[Record]:
    """The records of the models that were judged at `commit`, the pull request's head, by path.

    Raises:
        ArtifactRefused: none; too many; too large; no record of this schema; one of another commit.
    """
    files = sorted(_files(folder))
    if not files:
        raise ArtifactRefused(
            f"There is no {NAME} in {folder}.",
            hint="In the pull request's workflow, upload .headgate/release.json, with include-hidden-files: true.",
        )
    if len(files) > MOST_RECORDS:
        raise ArtifactRefused(f"{folder} holds {len(files)} records; at most {MOST_RECORDS} are told about.")
    records = [_record(file) for file in files]
    for record in records:
        told = record.source.head or record.source.commit
        if told != commit:
            raise ArtifactRefused(f"A record speaks of commit {told[:7]}, and the run was of {commit[:7]}.")
    return records


def _files(folder: Path) -> Iterator[Path]:
    """Regular files of the right name, not far down; links are passed by."""
    seen, below = 0, [(folder, 0)]
    while below:
        here, depth = below.pop()
        try:
            entries = list(os.scandir(here))
        except OSError as trouble:
            raise ArtifactRefused(f"{here} cannot be read: {trouble.strerror}.") from trouble
        for entry in entries:
            seen += 1
            if seen > _MOST_ENTRIES:
                raise ArtifactRefused(f"{folder} holds more than {_MOST_ENTRIES:,} files.")
            if entry.is_dir(follow_symlinks=False) and depth < _DEEPEST:
                below.append((Path(entry.path), depth + 1))
            elif entry.name == NAME and entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def _record(file: Path) -> Record:
    try:
        return Record.model_validate(json.loads(_read(file), parse_constant=_no_number))
    except ValidationError as invalid:
        first = invalid.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ArtifactRefused(f"{file} is no release record: {visible(where)[:100]}: {first['msg'][:200]}.") from None
    except (ValueError, OverflowError, RecursionError) as trouble:
        raise ArtifactRefused(f"{file} is no release record: {type(trouble).__name__}.") from None


def _read(file: Path) -> bytes:
    """At most as much as a record can have, from a regular file."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ArtifactRefused(f"{file} is no regular file.")
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ArtifactRefused(f"{file} has more than {LARGEST:,} bytes; no release record is that large.")
    return content


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
