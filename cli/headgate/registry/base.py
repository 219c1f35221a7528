"""What a registry is to headgate: versions that can be fetched and verified, and an alias that names Production."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from headgate.errors import CouldNotCarryOut

Artifact = Literal["model", "predictions", "decision"]
CANDIDATE = "candidate"  # the alias of the version registered last


@dataclass(frozen=True)
class Candidate:
    """What is about to become a version.

    `metrics` are the numbers the pipeline reported, `evaluation_data` the hash of the rows it was judged on, `facts`
    the record's lineage by name (see `record.facts`), `decision` the record up to its verdict.
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
    decision: Path | None = None

    @property
    def files(self) -> dict[Artifact, tuple[Path, str | None]]:
        """Each artifact there is: where it lies, and the digest it must have."""
        found: dict[Artifact, tuple[Path, str | None]] = {"model": (self.model, self.model_digest)}
        if self.predictions is not None:
            found["predictions"] = (self.predictions, self.predictions_digest)
        if self.decision is not None:
            found["decision"] = (self.decision, None)
        return found


@dataclass(frozen=True)
class Version:
    """A registered version, as the registry gives it back.

    Digests are None for a version that something else than headgate registered, and for artifacts it does not have.
    """

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
    decision_digest: str | None = None


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
    """What the registry gives back, or what it was about to be given, is not what it should be."""

    title = "an artifact is not what it was"


class ProductionMoved(CouldNotCarryOut):
    """Somebody else promoted a version since the gate compared with Production.

    Args:
        name: the registered model.
        alias: the alias that was to be moved.
        expected: the version the gate compared with; None where there was none.
        found: the version the alias names now.
        move: the move that brought it there, where the registry recorded one.
    """

    title = "Production moved since the gate"

    def __init__(self, name: str, alias: str, *, expected: str | None, found: str | None, move: Move | None) -> None:
        by = f" ({move.actor} moved it at {move.moved_at:%Y-%m-%d %H:%M:%S} UTC)" if move else ""
        now = f"names v{found} by now{by}" if found else "names no version by now"
        before = f"it named v{expected}" if expected else "it named no version"
        super().__init__(
            f"The alias '{alias}' of {name} {now}; when the candidate was compared, {before}. It was left there.",
            hint="headgate gate  (compares with the version that is in production now)",
        )


class UseNotCounted(RegistryUnreachable):
    """The registry could be read and not be written, as with the token of a pull request.

    Args:
        why: the registry's own words.
        known: how many candidates were counted before.
    """

    title = "a use of the evaluation set could not be counted"

    def __init__(self, why: str, *, known: int, hint: str | None = None) -> None:
        super().__init__(why, hint=hint)
        self.known = known


class VersionMissing(CouldNotCarryOut):
    """The registry answered, and has no such version."""

    title = "no such version"


class Registry(Protocol):
    """Implemented for MLflow and for git. `name` is what the record calls it.

    Every method raises RegistryUnreachable when the registry cannot be asked.
    """

    @property
    def name(self) -> str:
        """What the record calls it, e.g. `git`, or the URI without credentials."""

    def production(self) -> Version | None:
        """The version the alias names; None only when the registry says there is none.

        Raises:
            VersionMissing: the alias names a version that is gone.
        """

    def version(self, version: str) -> Version:
        """One version.

        Raises:
            VersionMissing: there is no such version.
        """

    def fetch(self, version: Version, artifact: Artifact, into: Path) -> Path:
        """Download an artifact below `into`, and verify the digest where one is known.

        Raises:
            ArtifactDamaged: the digest differs, the artifact is gone, or the version never had it.
        """

    def register(self, candidate: Candidate) -> Version:
        """Upload, download again, compare digests; only then create the version and point `candidate` at it.

        Raises:
            ArtifactDamaged: a file is not what the candidate says, or does not come back as it went.
        """

    def promote(self, version: str, *, expected: str | None, actor: str, reason: str | None = None) -> Move:
        """Point the alias at `version`, if it still points at `expected` (None: at nothing).

        When the alias names `version` already there is nothing to do: the move that did it is returned, so that a
        job may be run again.

        Raises:
            VersionMissing: there is no such version.
            ProductionMoved: the alias points at something else by now.
        """

    def history(self) -> list[Move]:
        """Every move of the alias, the newest first."""

    def count_use(self, evaluation_data: str, candidate: str) -> int:
        """Write down that `candidate` was judged on `evaluation_data`, once however often that happens.

        Args:
            evaluation_data: digest of the rows.
            candidate: digest of the candidate's predictions: the same answers again tell nobody anything new.

        Returns:
            How many different candidates were judged on these rows, this one included.

        Raises:
            UseNotCounted: it could be read, and not be written.
        """
