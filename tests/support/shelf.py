"""A registry in memory, whose artifacts are files that lie about."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from headgate.registry.base import Artifact, Move, Version, VersionMissing

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
NOTHING = "sha256:" + "0" * 64


def version(
    predictions: str | None = NOTHING,
    *,
    number: str = "7",
    model: str | None = NOTHING,
    data: str | None = None,
    commit: str | None = None,
    **metrics: float,
) -> Version:
    """A version as a registry gives it back."""
    return Version("sentiment", number, model, predictions, data, metrics, commit, None, NOON)


@dataclass
class Shelf:
    """`production` and `others` with their files by version and artifact; remembers what was fetched and counted."""

    production_version: Version | None
    predictions: Path | None = None
    others: Mapping[str, Version] = field(default_factory=dict)
    files: Mapping[tuple[str, Artifact], Path] = field(default_factory=dict)
    fetched: list[tuple[str, Artifact]] = field(default_factory=list)
    uses: dict[str, set[str]] = field(default_factory=dict)

    name = "shelf"

    def production(self) -> Version | None:
        return self.production_version

    def version(self, version: str) -> Version:
        known = {**self.others}
        if self.production_version is not None:
            known[self.production_version.version] = self.production_version
        if version not in known:
            raise VersionMissing(f"no v{version}")
        return known[version]

    def fetch(self, version: Version, artifact: Artifact, into: Path) -> Path:
        self.fetched.append((version.version, artifact))
        found = self.files.get((version.version, artifact)) or (self.predictions if artifact == "predictions" else None)
        assert found is not None, f"v{version.version} has no {artifact}"
        into.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(found, into / found.name))

    def register(self, candidate: object) -> Version:
        raise NotImplementedError

    def promote(self, version: str, *, expected: str | None, actor: str, reason: str | None = None) -> Move:
        raise NotImplementedError

    def history(self) -> list[Move]:
        return []

    def count_use(self, evaluation_data: str, candidate: str) -> int:
        judged = self.uses.setdefault(evaluation_data, set())
        judged.add(candidate)
        return len(judged)
