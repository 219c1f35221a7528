"""What the message of a registry tag says: one line for people, then one JSON block for headgate."""

from __future__ import annotations

import json
import math
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from headgate.lineage.digests import short
from headgate.record.parts import Digest, Time
from headgate.registry.base import Artifact, Candidate, Move, RegistryUnreachable, Version

_HEADLINE_METRICS = 3


class TagUnreadable(RegistryUnreachable):
    """A tag in the registry's place says nothing that headgate understands."""

    def __init__(self, tag: str, why: str) -> None:
        super().__init__(
            f"The tag {tag} is not a registry entry of this headgate: {why}.",
            hint=f"git show {tag}  (made by hand or by another tool: delete it or rename it; "
            "made by a newer headgate: update this one)",
        )


class Note(BaseModel):
    """The JSON block of a tag. Keys that a later headgate adds are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    @property
    def headline(self) -> str:
        """The line for people."""
        raise NotImplementedError

    def message(self) -> str:
        """The tag's message."""
        block = json.dumps(self.model_dump(mode="json", by_alias=True, exclude_none=True), indent=2, allow_nan=False)
        return f"{' '.join(self.headline.split())}\n\n{block}\n"


class Stored(BaseModel):
    """A file or folder on the DVC remote: `digest` is headgate's, the others are what DVC finds it by.

    `size` is in bytes, `files` is the number of files of a folder, `hash` DVC's word for how `md5` was made.
    """

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=r"^[^/]*[^/.][^/]*$")]
    digest: Digest
    md5: Annotated[str, Field(pattern=r"^[0-9a-f]{32}(\.dir)?$")]
    size: int
    files: int | None = None
    hash: str | None = None


class VersionNote(Note):
    """A version: its artifacts, its numbers and where it comes from."""

    schema_: Annotated[Literal["headgate/version/1"], Field(alias="schema")] = "headgate/version/1"
    name: str
    version: str
    model: Stored
    predictions: Stored | None = None
    decision: Stored | None = None
    evaluation_data: str | None = None
    metrics: dict[str, float] = {}
    commit: str
    run: str | None = None
    facts: dict[str, str] = {}
    created_at: Time
    actor: str

    @property
    def artifacts(self) -> dict[Artifact, Stored]:
        """Those it has."""
        found: dict[Artifact, Stored | None] = {
            "model": self.model,
            "predictions": self.predictions,
            "decision": self.decision,
        }
        return {role: stored for role, stored in found.items() if stored is not None}

    @property
    def headline(self) -> str:
        """`sentiment v8: accuracy 0.7455, f1_macro 0.7251, from 3f2c1ab`."""
        shown = [f"{name} {value:.4g}" for name, value in list(self.metrics.items())[:_HEADLINE_METRICS]]
        return f"{self.name} v{self.version}: {', '.join([*shown, f'from {self.commit[:7]}'])}"

    def as_version(self) -> Version:
        """What the rest of headgate works with."""
        return Version(
            name=self.name,
            version=self.version,
            model_digest=self.model.digest,
            predictions_digest=self.predictions.digest if self.predictions else None,
            decision_digest=self.decision.digest if self.decision else None,
            evaluation_data=self.evaluation_data,
            metrics=self.metrics,
            commit=self.commit,
            run=self.run,
            created_at=self.created_at,
            facts=self.facts,
        )


class MoveNote(Note):
    """An alias moved."""

    schema_: Annotated[Literal["headgate/move/1"], Field(alias="schema")] = "headgate/move/1"
    name: str
    alias: str
    version: str
    previous: str | None = None
    actor: str
    reason: str | None = None
    moved_at: Time

    @property
    def headline(self) -> str:
        """`sentiment production: v7 -> v8, by octocat`."""
        way = f"v{self.previous} -> v{self.version}" if self.previous else f"v{self.version}"
        return f"{self.name} {self.alias}: {way}, by {self.actor}"

    def as_move(self) -> Move:
        """What the rest of headgate works with."""
        return Move(self.alias, self.version, self.previous, self.actor, self.moved_at, self.reason)


class UseNote(Note):
    """A candidate was judged on an evaluation set; `candidate` is the digest of its predictions."""

    schema_: Annotated[Literal["headgate/use/1"], Field(alias="schema")] = "headgate/use/1"
    name: str
    evaluation_data: str
    candidate: str
    actor: str
    used_at: Time

    @property
    def headline(self) -> str:
        """`sentiment: sha256:9c1e02ab44d1… was judged, by octocat`."""
        return f"{self.name}: {short(self.candidate)} was judged, by {self.actor}"


Kind = TypeVar("Kind", bound=Note)


def parse(tag: str, message: str, kind: type[Kind]) -> Kind:
    """The note in a tag's message.

    Raises:
        TagUnreadable: no JSON block, or not the one that is expected.
    """
    start = message.find("\n\n{") + 1
    if start == 0:
        raise TagUnreadable(tag, "its message holds no JSON block")
    try:
        # Whatever follows the block, such as a signature, is none of its business.
        block, _end = json.JSONDecoder().raw_decode(message[start + 1 :])
        return kind.model_validate(block)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise TagUnreadable(tag, f"'{where}' of its JSON block: {first['msg']}") from error
    except ValueError as error:
        raise TagUnreadable(tag, f"its JSON block does not parse, {error}") from error


def finite(metrics: Candidate) -> dict[str, float]:
    """The candidate's metrics that are numbers: a NaN is no baseline for anybody, so it counts as missing."""
    return {name: value for name, value in metrics.metrics.items() if math.isfinite(value)}
