"""Tags that count: names that differ in a number alone, of which the highest is the newest."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Tag:
    """A tag as the remote lists it: the hash of the tag object, and of the commit it stands on."""

    name: str
    object: str
    commit: str


@dataclass(frozen=True)
class Draft:
    """A tag that is to be: the commit it stands on, and its message."""

    commit: str
    message: str


@dataclass(frozen=True)
class Family:
    """Tags that differ in a number alone: `prefix` and the number, e.g. `sentiment@v` and 3."""

    prefix: str

    @property
    def pattern(self) -> str:
        """For `git ls-remote` and `git for-each-ref`."""
        return f"refs/tags/{self.prefix}*"

    def number(self, name: str) -> int | None:
        """The number in `name`; None when it is not of this family."""
        found = re.fullmatch(re.escape(self.prefix) + r"([1-9][0-9]*)", name)
        return int(found[1]) if found else None

    def of(self, tags: Iterable[Tag]) -> dict[int, Tag]:
        """This family's tags by number, the highest first."""
        numbered = {number: tag for tag in tags if (number := self.number(tag.name)) is not None}
        return dict(sorted(numbered.items(), reverse=True))

    def next(self, tags: Iterable[Tag]) -> int:
        """The first number above all that are taken."""
        return max(self.of(tags), default=0) + 1
