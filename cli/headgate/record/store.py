"""The record on disk: read whole, written atomically after every step, refused when it belongs to another commit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from headgate import __version__, atomic
from headgate.errors import CouldNotCarryOut, first_line
from headgate.record.models import MADE_BY, ORDER, SCHEMA, Record, Source
from headgate.record.parts import Section

Wanted = TypeVar("Wanted", bound=Section)


class RecordUnreadable(CouldNotCarryOut):
    """The file is there and is not a record this version understands."""

    title = "the release record cannot be read"


class SectionMissing(CouldNotCarryOut):
    """The step before this one has not been done, or was done for another commit."""

    title = "a step before this one is missing"


class RecordStore:
    """The record of one release, in one file.

    Args:
        path: where it is, usually `.headgate/release.json`.
        name: the model's name.
        source: the commit at hand; sections made for another commit do not count.
    """

    def __init__(self, path: Path, name: str, source: Source) -> None:
        self.path = path
        self.source = source
        self.name = name
        self._record = self._load()

    @property
    def record(self) -> Record:
        """The record as it stands."""
        return self._record

    def need(self, section: str, kind: type[Wanted]) -> Wanted:
        """The section `section`, or a refusal that says which verb makes it.

        Raises:
            SectionMissing: not there, or made for another commit.
        """
        found = getattr(self._record, section)
        if isinstance(found, kind):
            return found
        verb = MADE_BY[section]
        raise SectionMissing(
            f"The record {self.path} holds no '{section}' for commit {self.source.commit[:7]}.",
            hint=f"headgate {verb}",
        )

    def add(self, **sections: Section | None) -> Record:
        """Put sections into the record and write it. What comes after them in the chain no longer holds: dropped."""
        last = max(ORDER.index(name) for name in sections)
        self._record = self._record.model_copy(update={**dict.fromkeys(ORDER[last + 1 :]), **sections})
        write(self._record, self.path)
        return self._record

    def begin_with(self, **sections: Section) -> Record:
        """Begin the chain with what was given by hand: what led to the link that it replaces says nothing of it."""
        self._record = self.beginning
        return self.add(**sections)

    @property
    def beginning(self) -> Record:
        """The record before its first section: the commit at hand, and nothing made from it."""
        return Record(headgate=__version__, name=self.name, source=self.source)

    def _load(self) -> Record:
        """The record of this commit: from the file, or a new one."""
        if not self.path.exists():
            return self.beginning
        found = read(self.path)
        return found if (found.source.commit, found.name) == (self.source.commit, self.name) else self.beginning


def write(record: Record, path: Path) -> None:
    """Put `record` into `path`, the whole of it or nothing."""
    write_json(record.to_json(), path)


def write_json(values: dict[str, Any], path: Path) -> None:
    """Put `values` into `path`, the whole of it or nothing; its folder is made where it is missing."""
    atomic.replace(path, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read(path: Path) -> Record:
    """The record in `path`, whatever commit it belongs to.

    Raises:
        RecordUnreadable: not JSON, another schema, or a section that does not hold what it should.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found.get("schema") != SCHEMA:
            raise RecordUnreadable(
                f"{path} has schema {found.get('schema')!r}; this headgate reads {SCHEMA!r}.",
                hint="Use the headgate version that wrote it, or delete the file and run the verbs again.",
            )
        return Record.model_validate(found)
    except (OSError, ValueError, AttributeError, ValidationError) as error:
        raise RecordUnreadable(
            f"{path} is not a release record: {first_line(error)}.",
            hint=f"Delete {path} and run the verbs again; what is in production is not touched by that.",
        ) from error
