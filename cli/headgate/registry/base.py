"""What a registry is to headgate: versions that can be fetched and verified, and an alias that names Production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from headgate.errors import CouldNotCarryOut

Artifact = Literal["model", "predictions"]


@dataclass(frozen=True)
class Candidate:
    """What is about to become a version.

    `metrics` are the numbers the pipeline reported, `evaluation_data` the hash of the rows it was judged on, `facts`
    the record's lineage by name (see `record.facts`).
    """

    name: str
    model: Path
    model_digest: str
    predictions: Path | None
    predictions_digest: str | None
    evaluation_data: str | None
    metrics: Mapping[str, float]
    facts: Mapping[str, str]
    commit: str
    run: str | None


@dataclass(frozen=True)
class Version:
    """A registered version, as the registry gives it back."""

    name: str
    version: str
    model_digest: str | None
    predictions_digest: str | None
    evaluation_data: str | None
    metrics: Mapping[str, float]
    commit: str | None
    run: str | None
    created_at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """The alias moved: from which version to which, when, by whom and why."""

    alias: str
    version: str
    previous: str | None
    actor: str
    moved_at: datetime
    reason: str | None = None


class RegistryUnreachable(CouldNotCarryOut):
    """The registry did not answer, or answered with an error: never the same as 'there is no version'."""

    title = "the registry could not be asked"


class ArtifactDamaged(CouldNotCarryOut):
    """What the registry gives back is not what was registered."""

    title = "an artifact is not what it was"


class ProductionMoved(CouldNotCarryOut):
    """Somebody else promoted a version since the gate compared with Production."""

    title = "Production moved since the gate"


class VersionMissing(CouldNotCarryOut):
    """The registry answered, and has no such version."""

    title = "no such version"


class Registry(Protocol):
    """Implemented for MLflow and for git. `name` is what the record calls it.

    Every method raises RegistryUnreachable when the registry cannot be asked.
    """

    name: str

    def production(self) -> Version | None:
        """The version the alias names; None only when the registry says there is none."""

    def version(self, version: str) -> Version:
        """One version.

        Raises:
            VersionMissing: there is no such version.
        """

    def fetch(self, version: Version, artifact: Artifact, into: Path) -> Path:
        """Download the model or the predictions below `into`, and verify the digest.

        Raises:
            ArtifactDamaged: the digest differs, or the artifact is gone.
        """

    def register(self, candidate: Candidate) -> Version:
        """Upload, download again, compare digests; only then create the version and point `candidate` at it."""

    def promote(self, version: str, *, expected: str | None, actor: str, reason: str | None = None) -> Move:
        """Point the alias at `version`, if it still points at `expected` (None: at nothing).

        Raises:
            ProductionMoved: it points at something else by now.
        """

    def history(self) -> list[Move]:
        """Every move of the alias, the newest first."""
