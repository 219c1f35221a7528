"""What dvc.lock and *.dvc say, read directly: each call to `dvc` costs about a second, a YAML file does not.

Source of the formats: DVC's user guide, "`.dvc` files" and "`dvc.yaml` files" (with `dvc.lock`). Paths in a lock are
relative to the stage's working directory, which only dvc.yaml knows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from headgate.lineage.digests import text_digest
from headgate.lineage.dvc_yaml import (
    OUT_KINDS,
    PIPELINE,
    DvcFileUnreadable,
    as_mapping,
    declared_paths,
    is_uncached,
    load_yaml,
    read_stages,
    working_directory,
)
from headgate.record import DataFile

LOCK = "dvc.lock"
_NEVER_DATA = {"node_modules", "__pycache__"}


@dataclass(frozen=True)
class TrackedFile:
    """A file or folder that DVC tracks.

    Args:
        file: path relative to the project, hash and size.
        named_by: the dvc.lock or *.dvc that names it, relative to the project.
        stage: the stage that makes it; None for data added by hand or imported.
        cached: whether DVC keeps it in its cache and on the remote (not with `cache: false`).
    """

    file: DataFile
    named_by: str
    stage: str | None = None
    cached: bool = True

    @property
    def path(self) -> str:
        """Path relative to the project."""
        return self.file.path


@dataclass(frozen=True)
class UnlockedStage:
    """A stage that has no entry in a dvc.lock, for there is none: nothing says which of its files belong together.

    Args:
        name: the stage.
        reads, makes: paths relative to the project, as far as they are plain.
    """

    name: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]


@dataclass(frozen=True)
class DvcFiles:
    """All that DVC tracks in a project.

    Args:
        tracked: every output, in order of path.
        read: paths that some stage reads.
        unlocked: stages of dvc.yaml files that have no dvc.lock beside them.
    """

    tracked: tuple[TrackedFile, ...] = ()
    read: frozenset[str] = frozenset()
    unlocked: tuple[UnlockedStage, ...] = ()

    @property
    def cached(self) -> tuple[TrackedFile, ...]:
        """What a pull can bring: without the outputs that git keeps."""
        return tuple(entry for entry in self.tracked if entry.cached)

    @property
    def inputs(self) -> tuple[TrackedFile, ...]:
        """What a training reads: data that no stage makes, and what one stage hands to another."""
        return tuple(entry for entry in self.cached if entry.stage is None or self._is_read(entry.path))

    @property
    def sources_digest(self) -> str | None:
        """The digest of the data that DVC tracks and no stage makes: what everything else is made from.

        None where DVC tracks no such data.
        """
        sources = sorted((entry.path, entry.file.md5) for entry in self.tracked if entry.stage is None)
        return text_digest("".join(f"{path}\0{md5}\n" for path, md5 in sources)) if sources else None

    def made_by(self, path: str) -> str | None:
        """The stage that makes `path`, or None when no stage does."""
        return next((entry.stage for entry in self.tracked if _inside(path, entry.path)), None)

    def named(self, path: str) -> TrackedFile | None:
        """What DVC knows of `path`: its own entry, or the folder it lies in."""
        return next((entry for entry in self.tracked if _inside(path.rstrip("/"), entry.path)), None)

    def _is_read(self, path: str) -> bool:
        return any(_inside(path, dep) or _inside(dep, path) for dep in self.read)

    def only(self, targets: Iterable[str]) -> DvcFiles:
        """The part that `targets` ask for: files, folders, *.dvc files or stages, as DVC takes them; none: all."""
        wanted = [target.removeprefix("./").rstrip("/") for target in targets]
        if not wanted:
            return self
        chosen = tuple(entry for entry in self.tracked if any(_is_target(entry, target) for target in wanted))
        return DvcFiles(chosen, self.read, self.unlocked)


def read_dvc_files(project: Path) -> DvcFiles:
    """All dvc.lock and *.dvc below `project`; folders that DVC tracks are not searched.

    Raises:
        DvcFileUnreadable: a file is malformed; names it and what is wrong.
        MergeConflictLeft: conflict markers in a file.
    """
    tracked: list[TrackedFile] = []
    read: set[str] = set()
    unlocked: list[UnlockedStage] = []
    for folder, names in _folders(project, tracked):
        for name in sorted(names):
            if name.endswith(".dvc") and name != ".dvc":
                tracked += _added(project, folder / name)
        if PIPELINE in names and LOCK not in names:
            unlocked += _unlocked(project, folder)
        if LOCK in names:
            outs, deps = _locked(project, folder)
            tracked += outs
            read |= deps
    return DvcFiles(tuple(sorted(tracked, key=lambda entry: entry.path)), frozenset(read), tuple(unlocked))


def _folders(project: Path, tracked: list[TrackedFile]) -> Iterator[tuple[Path, set[str]]]:
    """Each folder with its files, from the top; what was tracked so far is left out of the descent."""
    for folder, below, names in os.walk(project):
        yield Path(folder), set(names)
        data = {entry.path for entry in tracked}
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".")
            and name not in _NEVER_DATA
            and _relative(project, Path(folder), name) not in data
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        )


def _added(project: Path, path: Path) -> Iterator[TrackedFile]:
    """The outputs of one *.dvc file."""
    content = as_mapping(path.relative_to(project), load_yaml(project, path))
    base = path.parent / str(content.get("wdir", "."))
    for out in _entries(path.relative_to(project), content, "outs"):
        named_by = path.relative_to(project).as_posix()
        yield from _outputs(project, base, out, named_by=named_by, cached=not is_uncached(out))


def _unlocked(project: Path, folder: Path) -> Iterator[UnlockedStage]:
    """The stages of a dvc.yaml as they are planned."""
    for name, stage in read_stages(project, folder / PIPELINE).items():
        base = folder / working_directory(stage)
        reads = (_relative(project, base, path) for path, _ in declared_paths(stage, ("deps",)) if "${" not in path)
        makes = (_relative(project, base, path) for path, _ in declared_paths(stage, OUT_KINDS) if "${" not in path)
        yield UnlockedStage(name, tuple(reads), tuple(makes))


def _locked(project: Path, folder: Path) -> tuple[list[TrackedFile], set[str]]:
    """The outputs of a lock's stages, and the paths they read."""
    lock = (folder / LOCK).relative_to(project)
    content = as_mapping(lock, load_yaml(project, folder / LOCK))
    stages = as_mapping(lock, content.get("stages", {}), "stages")
    declared = read_stages(project, folder / PIPELINE)
    outs: list[TrackedFile] = []
    read: set[str] = set()
    for name, stage in stages.items():
        details = as_mapping(lock, stage, f"stages.{name}")
        plan = declared.get(str(name).split("@")[0], {})
        base = folder / working_directory(plan)
        uncached = {
            _relative(project, base, path) for path, options in declared_paths(plan, OUT_KINDS) if is_uncached(options)
        }
        for out in _entries(lock, details, "outs"):
            kept = _relative(project, base, str(out["path"])) not in uncached
            outs += _outputs(project, base, out, named_by=lock.as_posix(), stage=str(name), cached=kept)
        read |= {_relative(project, base, str(dep["path"])) for dep in _entries(lock, details, "deps")}
    return outs, read


def _outputs(
    project: Path, base: Path, out: Mapping[str, Any], *, named_by: str, cached: bool, stage: str | None = None
) -> Iterator[TrackedFile]:
    """One output; a folder on a versioned cloud remote is one for each of its files, which carry the hashes there."""
    path = _relative(project, base, str(out["path"]))
    if "md5" in out:
        file = DataFile(
            path=path, md5=str(out["md5"]), size=out.get("size"), files=out.get("nfiles"), hash=out.get("hash")
        )
        yield TrackedFile(file, named_by, stage, cached)
    for part in out.get("files") or ():
        if "md5" in part and "relpath" in part:
            file = DataFile(path=f"{path}/{part['relpath']}", md5=str(part["md5"]), size=part.get("size"))
            yield TrackedFile(file, named_by, stage, cached)


def _entries(shown: Path, holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The list `key`, each item a mapping with a path."""
    items = holder.get(key) or []
    if not isinstance(items, list) or any(not isinstance(item, dict) or "path" not in item for item in items):
        raise DvcFileUnreadable(shown, f"'{key}' should be a list of entries with a path")
    return items


def _relative(project: Path, base: Path, path: str) -> str:
    """`path`, which is relative to `base`, relative to the project; URLs and paths outside stay as they are."""
    if "://" in path:
        return path
    return PurePosixPath(os.path.relpath(base / path, project)).as_posix()


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _is_target(entry: TrackedFile, target: str) -> bool:
    """Whether `target` asks for `entry`: by path, from within, from above, by its *.dvc, by dvc.yaml or by stage."""
    by_stage = entry.stage is not None and target in (entry.stage, entry.stage.split("@")[0])
    pipeline = entry.named_by.replace(LOCK, PIPELINE)
    if ":" in target and entry.stage is not None:
        by_stage = target == f"{pipeline}:{entry.stage}"
    return (
        by_stage or target in (entry.named_by, pipeline) or _inside(entry.path, target) or _inside(target, entry.path)
    )
