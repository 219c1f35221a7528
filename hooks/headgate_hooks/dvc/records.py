"""What *.dvc and dvc.lock say of data: where it is, its hash, and where it is kept.

Nothing is decided here about files that are malformed: what does not look like DVC's own is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from headgate_hooks.dvc.params import ParamsUnreadable, values_in
from headgate_hooks.dvc.stages import Stage, Unknown, placed, stages_in
from headgate_hooks.dvc.yaml12 import Document, NotYaml, parse
from headgate_hooks.staged import Tree

PIPELINE, LOCK, POINTER = "dvc.yaml", "dvc.lock", "*.dvc"


@dataclass(frozen=True)
class Out:
    """One file or folder that DVC keeps.

    Args:
        path: from the top of the repository; None outside of it.
        md5: DVC's hash; None where there is none yet, or another kind of it.
        legacy: whether it is one of DVC 2.
        named_by: the dvc.lock or *.dvc.
        keeps: whether DVC's cache has it (not with `cache: false`).
        pushes: whether `dvc push` takes it to a remote.
        remote: the remote of its own that it goes to.
        facts: size, number of files and versions in clouds, as written.
    """

    path: str | None
    md5: str | None
    legacy: bool
    named_by: str
    keeps: bool
    pushes: bool
    remote: str | None
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Project:
    """The DVC files of one tree, each read once."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._documents: dict[str, Document | None] = {}
        self._values: dict[str, Any] = {}

    def document(self, path: str) -> Document | None:
        """A YAML file of DVC; None where there is none or it cannot be read."""
        if path not in self._documents:
            content = self.tree.content(path) if path in self.tree else None
            try:
                self._documents[path] = None if content is None else parse(content)
            except NotYaml:
                self._documents[path] = None
        return self._documents[path]

    def mapping(self, path: str) -> Mapping[str, Any]:
        """What a YAML file of DVC holds; empty where it holds no mapping."""
        document = self.document(path)
        return document.values if document is not None and isinstance(document.values, dict) else {}

    def values(self, path: str) -> Any:
        """What a parameter file holds; None where there is none.

        Raises:
            ParamsUnreadable: it is not what its name says.
        """
        if path not in self._values:
            content = self.tree.content(path)
            self._values[path] = None if content is None else values_in(path, content)
        return self._values[path]

    def stages(self, pipeline: str) -> list[Stage]:
        """The stages of a dvc.yaml whose templates can be resolved."""
        try:
            found = stages_in(folder_of(pipeline), self.mapping(pipeline), self.values)
            return [stage for stage in found if isinstance(stage, Stage)]
        except (Unknown, ParamsUnreadable):
            return []

    def locked(self, lock: str) -> Mapping[str, Mapping[str, Any]]:
        """The entries of a dvc.lock by name of the stage; those of DVC 1 have no `stages` around them."""
        content = self.mapping(lock)
        stages = content.get("stages") if "schema" in content else content
        entries = stages if isinstance(stages, dict) else {}
        return {str(name): entry for name, entry in entries.items() if isinstance(entry, dict)}

    def outs(self, pointers: Iterable[str], locks: Iterable[str]) -> Iterator[Out]:
        """Everything that these *.dvc and dvc.lock files name."""
        for pointer in pointers:
            yield from self._pointed(pointer)
        for lock in locks:
            yield from self._made(lock)

    def _pointed(self, pointer: str) -> Iterator[Out]:
        """The outs of a *.dvc; what was imported from another repository is kept there."""
        content = self.mapping(pointer)
        folder = folder_of(pointer)
        if content.get("wdir"):
            folder = placed(folder, str(content["wdir"])) or folder
        imported = any("repo" in dep for dep in _entries(content, "deps"))
        for out in _entries(content, "outs"):
            yield _out(out, folder, pointer, out, pushes=not imported)

    def _made(self, lock: str) -> Iterator[Out]:
        """The outs of a dvc.lock whose stages are still in the dvc.yaml beside it."""
        stages = {stage.name: stage for stage in self.stages(f"{lock.removesuffix(LOCK)}{PIPELINE}")}
        for name, entry in self.locked(lock).items():
            if stage := stages.get(name):
                options = {stage.place(path): options for path, options in stage.outs}
                for out in _entries(entry, "outs"):
                    yield _out(out, stage.folder, lock, options.get(stage.place(str(out["path"])), {}))


def root_of(tree: Tree, path: str) -> str | None:
    """The folder of the DVC project that a file belongs to: the nearest above it with a `.dvc`; None without one."""
    folder = folder_of(path)
    while True:
        inside = f"{folder}/.dvc" if folder else ".dvc"
        if f"{inside}/config" in tree or (tree.top / inside).is_dir():
            return folder
        if not folder:
            return None
        folder = folder_of(folder)


def folder_of(path: str) -> str:
    """The folder of a file; empty at the top."""
    return path.rpartition("/")[0]


def is_legacy(entry: Mapping[str, Any]) -> bool:
    """Whether a hash was taken as DVC 2 did."""
    return entry.get("hash") != "md5"


def entry_at(stage: Stage, entries: Any, path: str) -> Mapping[str, Any] | None:
    """The entry of a dvc.lock for a path of the stage, however the path is spelt."""
    listed = entries if isinstance(entries, list) else []
    wanted = stage.place(path)
    return next(
        (
            entry
            for entry in listed
            if isinstance(entry, dict)
            and (entry.get("path") == path or (wanted is not None and stage.place(str(entry.get("path"))) == wanted))
        ),
        None,
    )


def _out(out: Mapping[str, Any], folder: str, named_by: str, options: Mapping[str, Any], *, pushes: bool = True) -> Out:
    keeps = options.get("cache") is not False
    md5 = out.get("md5")
    return Out(
        path=placed(folder, str(out["path"])),
        md5=str(md5) if md5 else None,
        legacy=is_legacy(out),
        named_by=named_by,
        keeps=keeps,
        pushes=pushes and keeps and options.get("push") is not False,
        remote=options.get("remote"),
        facts={key: out[key] for key in ("size", "nfiles", "isexec", "cloud", "files") if key in out},
    )


def _entries(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    items = holder.get(key)
    listed = items if isinstance(items, list) else []
    return [item for item in listed if isinstance(item, dict) and ("path" in item or key == "deps")]
