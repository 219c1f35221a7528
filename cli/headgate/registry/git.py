"""A model registry made of annotated tags and a DVC remote: no server, and it survives the machine that made it.

Versions are tags `<model>@v<N>` on the release's commit, moves of an alias are tags `<model>#<alias>#<N>`, where the
highest N says where the alias points. Who creates the next number has made the move; everybody else is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from headgate.errors import listing
from headgate.registry.base import (
    CANDIDATE,
    Artifact,
    Candidate,
    Move,
    ProductionMoved,
    RegistryUnreachable,
    UseNotCounted,
    Version,
    VersionMissing,
)
from headgate.registry.dvc_store import DvcStore
from headgate.registry.integrity import never_had
from headgate.registry.ledger import Ledger, Overtaken
from headgate.registry.notes import MoveNote, Stored, TagUnreadable, UseNote, VersionNote, finite, parse
from headgate.registry.tag_family import Draft, Family, Tag
from headgate.registry.tags import SharedTags, TagTaken

_ENOUGH = 16  # hex digits of a digest that keep evaluation sets apart
_ATTEMPTS = 8  # registrations at the same moment before something must be wrong


class GitRegistry:
    """One model's versions.

    Args:
        model: the registered model's name.
        alias: the alias that names Production.
        tags: where versions and moves are written down.
        store: where models and predictions are kept.
        actor: who registers.
        clock: the time, in UTC.
    """

    name = "git"

    def __init__(
        self, model: str, alias: str, *, tags: SharedTags, store: DvcStore, actor: str, clock: Callable[[], datetime]
    ) -> None:
        self._model = model
        self._alias = alias
        self._tags = tags
        self._store = store
        self._actor = actor
        self._clock = clock
        self._versions = Family(f"{model}@v")
        self._moves = Family(f"{model}#{alias}#")
        self._candidates = Family(f"{model}#{CANDIDATE}#")

    def production(self) -> Version | None:
        """The version that the highest move names."""
        tags = self._tags.find(self._versions, self._moves)
        move = self._last_move(tags)
        return self._note(tags, move.version).as_version() if move else None

    def version(self, version: str) -> Version:
        """The version of the tag `<model>@v<version>`."""
        return self._note(self._tags.find(self._versions), version).as_version()

    def fetch(self, version: Version, artifact: Artifact, into: Path) -> Path:
        """From DVC's cache on this machine where it is whole, else from the DVC remote."""
        note = self._note(self._tags.find(self._versions), version.version)
        stored = note.artifacts.get(artifact)
        if stored is None:
            raise never_had(self._model, version.version, artifact)
        return self._store.get(stored, into)

    def register(self, candidate: Candidate) -> Version:
        """Upload, download again past every cache, compare; only then create the tags, both or none."""
        self._tags.find(self._versions, self._candidates)  # a registry that is down should say so before the upload
        stored = self._store.put(candidate.files)
        with self._store.downloaded(list(stored.values())):
            return self._tagged(candidate, stored).as_version()

    def promote(self, version: str, *, expected: str | None, actor: str, reason: str | None = None) -> Move:
        """Create the next move; the git remote refuses it when somebody else was quicker."""
        tags = self._tags.find(self._versions, self._moves)
        note = self._note(tags, version)
        standing = self._last_move(tags)
        if standing is not None and standing.version == version:
            return standing
        self._must_be_at(expected, standing)
        move = MoveNote(
            name=self._model,
            alias=self._alias,
            version=version,
            previous=expected,
            actor=actor,
            reason=reason,
            moved_at=self._clock(),
        )
        name = f"{self._moves.prefix}{self._moves.next(tags)}"
        try:
            self._tags.create({name: Draft(note.commit, move.message())})
        except TagTaken:
            return self._overtaken(version, expected)
        return move.as_move()

    def history(self) -> list[Move]:
        """Every move of the alias, the newest first."""
        moves = list(self._moves.of(self._tags.find(self._moves)).values())
        messages = self._tags.messages(moves)
        return [parse(tag.name, messages[tag], MoveNote).as_move() for tag in moves]

    def count_use(self, evaluation_data: str, candidate: str) -> int:
        """An entry in the ledger `refs/headgate/uses/<model>/<evaluation data>`."""
        short = evaluation_data.removeprefix("sha256:")[:_ENOUGH]
        ledger = Ledger(self._tags.git, self._tags.remote, f"refs/headgate/uses/{self._model}/{short}")
        note = UseNote(
            name=self._model,
            evaluation_data=evaluation_data,
            candidate=candidate,
            actor=self._actor,
            used_at=self._clock(),
        )
        for _attempt in range(_ATTEMPTS):
            entries = ledger.read()
            judged = {parse(ledger.ref, message, UseNote).candidate for message in entries.messages}
            if candidate in judged:
                return len(judged)
            try:
                ledger.add(note.message(), behind=entries.last)
            except Overtaken:
                continue
            except RegistryUnreachable as refused:
                raise UseNotCounted(refused.message, known=len(judged), hint=refused.hint) from refused
            return len(judged) + 1
        raise RegistryUnreachable(f"{_ATTEMPTS} times somebody else wrote to {ledger.ref} first.")

    def _last_move(self, tags: Sequence[Tag]) -> Move | None:
        newest = next(iter(self._moves.of(tags).values()), None)
        if newest is None:
            return None
        return parse(newest.name, self._tags.messages([newest])[newest], MoveNote).as_move()

    def _note(self, tags: Sequence[Tag], version: str) -> VersionNote:
        known = {str(number): tag for number, tag in self._versions.of(tags).items()}
        tag = known.get(version)
        if tag is None:
            raise VersionMissing(
                f"There is no tag {self._versions.prefix}{version}: {self._model} has "
                f"{listing(f'v{number}' for number in known) or 'no version yet'}.",
                hint=f"git ls-remote --tags {self._tags.remote or '.'} '{self._versions.prefix}*'  (lists them)",
            )
        note = parse(tag.name, self._tags.messages([tag])[tag], VersionNote)
        if (note.name, note.version) != (self._model, version):
            raise TagUnreadable(tag.name, f"it speaks of {note.name} v{note.version}")
        return note

    def _must_be_at(self, expected: str | None, standing: Move | None) -> None:
        found = standing.version if standing else None
        if found != expected:
            raise ProductionMoved(self._model, self._alias, expected=expected, found=found, move=standing)

    def _overtaken(self, version: str, expected: str | None) -> Move:
        """Somebody created the next move first: to the same version, which is as good, or to another."""
        standing = self._last_move(self._tags.find(self._moves))
        if standing is not None and standing.version == version:
            return standing
        self._must_be_at(expected, standing)
        # Moved away and back again in a moment: whoever does that is not finished.
        raise ProductionMoved(self._model, self._alias, expected=expected, found=expected, move=standing)

    def _tagged(self, candidate: Candidate, stored: Mapping[Artifact, Stored]) -> VersionNote:
        """The version under the first free number, and the alias `candidate` on it."""
        for _attempt in range(_ATTEMPTS):
            tags = self._tags.find(self._versions, self._candidates)
            note = VersionNote(
                name=self._model,
                version=str(self._versions.next(tags)),
                model=stored["model"],
                predictions=stored.get("predictions"),
                decision=stored.get("decision"),
                evaluation_data=candidate.evaluation_data,
                metrics=finite(candidate),
                commit=candidate.commit,
                run=candidate.run,
                facts=dict(candidate.facts),
                created_at=self._clock(),
                actor=self._actor,
            )
            try:
                self._tags.create(self._drafts(note, tags))
            except TagTaken:
                continue
            return note
        raise RegistryUnreachable(
            f"{_ATTEMPTS} times somebody else took the next version number of {self._model} first.",
            hint="headgate register  (once the other releases are through)",
        )

    def _drafts(self, note: VersionNote, tags: Sequence[Tag]) -> dict[str, Draft]:
        move = MoveNote(
            name=self._model,
            alias=CANDIDATE,
            version=note.version,
            actor=note.actor,
            moved_at=note.created_at,
        )
        return {
            f"{self._versions.prefix}{note.version}": Draft(note.commit, note.message()),
            f"{self._candidates.prefix}{self._candidates.next(tags)}": Draft(note.commit, move.message()),
        }
