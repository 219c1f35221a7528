"""The host's own history of releases, enough to go back when every record is lost.

One file for each entry, in the volume that the proxy mounts: written through the engine's API, with no program on the
host. The last entry says what serves now; a deployment that was cut short before its entry did not happen. Of each
model the newest `KEPT` entries stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from headgate.deploy.plan import Release
from headgate.deploy.service import HOME, proxy_name
from headgate.hosts.engine import Engine
from headgate.hosts.trouble import EngineRefused, NotThere

SCHEMA = "headgate/journal/1"
KEPT = 200


class Entry(BaseModel):
    """One outcome. What a later version adds is read past; of what it leaves out only `model` and `serves` are missed.

    Args:
        result: `deployed`, `rolled back` or `failed`; `canary` for a share of the traffic, `lock broken` for a lock
            that was taken from its holder. Of any other word a reader knows only what `serves` after it.
        serves: the container that serves after it; None when nothing does.
        previous: the release before it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    schema_: Annotated[str, Field(alias="schema")] = SCHEMA
    result: str = "unknown"
    at: datetime = datetime(1, 1, 1, tzinfo=timezone.utc)
    environment: str = ""
    model: str
    release: str = ""
    image: str = ""
    pushed: bool = False
    model_version: str | None = None
    labels: Mapping[str, str] = {}
    previous: str | None = None
    serves: str | None
    actor: str = "somebody"
    run_url: str | None = None
    why: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether its release came to serve."""
        return self.result in ("deployed", "rolled back")

    @property
    def as_release(self) -> Release:
        """The release it is about, to be rolled out again."""
        return Release(self.model, self.release, self.image, self.pushed, self.model_version, self.labels)


class Journal:
    """The history behind one port of a host, for all its models. Written under the port's lock alone.

    Whoever has the lock may call `hold`: nobody else writes, and nothing is read twice until `release`.
    """

    def __init__(self, engine: Engine, port: int) -> None:
        self._engine = engine
        self._carrier = proxy_name(port)
        self._held = False
        self._known: dict[str, bytes] | None = None

    def hold(self) -> None:
        """From now on nobody else writes."""
        self._held, self._known = True, None

    def release(self) -> None:
        """From now on somebody else may write."""
        self._held, self._known = False, None

    def read(self, model: str) -> list[Entry]:
        """The entries of a model, the oldest first. Empty where there is no journal yet."""
        return [*_of_model(self._files(), model).values()]

    def append(self, entry: Entry) -> None:
        """Add an entry; those before it stay as they are, and the oldest beyond `KEPT` go."""
        files = self._files()
        number = 1 + max(map(_number, files), default=0)
        text = entry.model_dump_json(by_alias=True, indent=1)
        name = f"journal/{number:08}.json"
        self._engine.write(self._carrier, HOME, {name: text.encode()})
        files[name] = text.encode()
        if surplus := [*_of_model(files, entry.model)][:-KEPT]:
            with suppress(EngineRefused):  # a journal that is too long harms nobody; the next entry tries again
                self._engine.delete(self._carrier, [f"{HOME}/{name}" for name in surplus])

    def _files(self) -> dict[str, bytes]:
        """By name, the oldest first; while the journal is held always the same dictionary."""
        if self._known is not None:
            return self._known
        try:
            found = self._engine.read(self._carrier, f"{HOME}/journal")
        except NotThere:  # which may change with the proxy's next container, and is not kept in mind
            return {}
        files = {name: found[name] for name in sorted(found)}
        if self._held:
            self._known = files
        return files


def _of_model(files: Mapping[str, bytes], model: str) -> dict[str, Entry]:
    """The readable entries of a model by the names of their files, the oldest first."""
    entries = {name: _parsed(text) for name, text in files.items()}
    return {name: entry for name, entry in entries.items() if entry and entry.model == model}


def _number(name: str) -> int:
    stem = PurePosixPath(name).stem
    return int(stem) if stem.isdigit() else 0


def _parsed(text: bytes) -> Entry | None:
    """An entry; None for one that was cut short, or that only a later version understands."""
    try:
        return Entry.model_validate_json(text)
    except ValidationError:
        return None


def serving(entries: Sequence[Entry]) -> str | None:
    """The container that serves, by the last entry."""
    return entries[-1].serves if entries else None


def arrivals(entries: Sequence[Entry]) -> list[Entry]:
    """The entries whose release came to serve and was not taken back by a failure, the oldest first."""
    found: list[Entry] = []
    for entry in entries:
        if entry.arrived:
            found.append(entry)
        elif entry.result == "failed" and found and _takes_back(entry, found[-1]):
            found.pop()
    return found


def _takes_back(failed: Entry, arrival: Entry) -> bool:
    """Not where it is another container of the same release that failed, and the one that arrived serves on."""
    return failed.release == arrival.release and failed.serves != arrival.serves


def release_before(entries: Sequence[Entry], release: str) -> Entry | None:
    """The entry of the release that `release` replaced when it was last deployed; None when it replaced nothing.

    Going back twice goes back two releases: one that was left by a rollback is not returned to.
    """
    arrivals = (one for one in reversed(entries) if one.release == release and one.result == "deployed")
    before = next((one.previous for one in arrivals if one.previous != release), None)
    return entry_of(entries, before) if before else None


def entry_of(entries: Sequence[Entry], release: str) -> Entry | None:
    """The last entry in which `release` came to serve."""
    return next((one for one in reversed(entries) if one.release == release and one.arrived), None)
