"""The stages that a dvc.yaml stands for: `foreach` and `matrix` unfolded, templates resolved.

Source: DVC's user guide, "`dvc.yaml` files", and the behaviour of DVC 3.67.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from headgate.lineage.dvc_yaml import OUT_KINDS, declared_paths
from headgate_hooks.dvc.templates import Unresolved, has_expression, merged, reachable, resolve, spelt

DEFAULT_PARAMS = "params.yaml"

Load = Callable[[str], Any]
"""The values in a parameter file, by its path from the top; None where it cannot be known."""


class Unknown(Exception):
    """A file that a template needs is not here, so that nothing can be said."""


@dataclass(frozen=True)
class Stage:
    """One stage as it runs.

    Args:
        name: as in dvc.lock, `train@cnn` for one of several.
        written: its name in dvc.yaml, and where its definition stands there.
        folder: where it runs, from the top.
        plan: its keys, with templates resolved.
    """

    name: str
    written: tuple[str, ...]
    folder: str
    plan: Mapping[str, Any]

    def paths(self, *kinds: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Paths as written, with their options, of `deps`, `outs`, `metrics` or `plots`."""
        written = {kind: self.plan[kind] for kind in kinds if isinstance(self.plan.get(kind), (list, dict, str))}
        return list(declared_paths(written, written))

    @property
    def outs(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Everything it makes."""
        return self.paths(*OUT_KINDS)

    def place(self, path: str) -> str | None:
        """Where a path of it is, from the top; None for URLs and for what is outside of the repository."""
        return placed(self.folder, path)

    @property
    def params(self) -> dict[str, list[str]]:
        """The names it reads of each parameter file; an empty list stands for the whole file."""
        written = self.plan.get("params")
        written = written if isinstance(written, list) else []
        whole = {file for item in written if isinstance(item, dict) for file, names in item.items() if not names}
        wanted: dict[str, list[str]] = {}
        for item in written:
            for file, names in item.items() if isinstance(item, dict) else ((DEFAULT_PARAMS, [item]),):
                if file in whole:
                    wanted[str(file)] = []
                elif isinstance(names, list):
                    wanted.setdefault(str(file), []).extend(str(name) for name in names)
        return wanted


def placed(folder: str, path: str) -> str | None:
    """`path`, which is relative to `folder`, from the top of the repository."""
    if "://" in path or path.startswith(("/", "~")) or path[1:3] in (":\\", ":/"):
        return None
    whole = posixpath.normpath(posixpath.join(folder, path.replace("\\", "/")))
    return None if whole.startswith("..") else whole


def stages_in(
    folder: str, content: Mapping[str, Any], load: Load
) -> Iterator[Stage | tuple[tuple[str, ...], Unresolved]]:
    """Every stage of the dvc.yaml in `folder`; in place of one with a broken template, where and why.

    Raises:
        Unknown: a file of `vars` is not here.
    """
    written = content.get("stages")
    if not isinstance(written, dict):
        return
    try:
        names = _names({}, content.get("vars") or [], folder, load, default=True)
    except Unresolved as problem:
        yield ("vars",), problem
        return
    for name, definition in written.items():
        if isinstance(definition, dict):
            try:
                yield from _unfolded(str(name), definition, folder, names, load)
            except Unresolved as problem:
                yield ("stages", str(name)), problem


def _unfolded(
    name: str, definition: Mapping[str, Any], folder: str, names: Mapping[str, Any], load: Load
) -> Iterator[Stage]:
    where: tuple[str, ...] = ("stages", name)
    if "foreach" in definition:
        template = definition.get("do") or {}
        for key, inside in _each(resolve(definition["foreach"], names, "foreach")):
            yield _stage(f"{name}@{key}", (*where, "do"), template, folder, {**names, **inside}, load)
    elif "matrix" in definition:
        template = {key: value for key, value in definition.items() if key != "matrix"}
        for key, inside in _combinations(resolve(definition["matrix"], names, "matrix")):
            yield _stage(f"{name}@{key}", where, template, folder, {**names, **inside}, load)
    else:
        yield _stage(name, where, definition, folder, names, load)


def _stage(
    name: str, where: tuple[str, ...], template: Mapping[str, Any], folder: str, names: Mapping[str, Any], load: Load
) -> Stage:
    runs_in = folder
    if wdir := template.get("wdir"):
        runs_in = posixpath.normpath(posixpath.join(folder, str(resolve(wdir, names, "wdir"))))
    if own := template.get("vars"):
        names = _names(names, own, runs_in, load)
    plan = {key: resolve(value, names, key) for key, value in template.items() if key != "vars"}
    return Stage(name, where, "" if runs_in == "." else runs_in, plan)


def _names(known: Mapping[str, Any], written: Any, folder: str, load: Load, *, default: bool = False) -> dict[str, Any]:
    """What templates may name: `known`, and what the files and mappings of `written` add."""
    names, whole = dict(known), set()
    if default and isinstance(found := load(posixpath.join(folder, DEFAULT_PARAMS)), dict):
        names = merged(names, reachable(found))
        whole.add(posixpath.normpath(posixpath.join(folder, DEFAULT_PARAMS)))
    for item in written if isinstance(written, list) else []:
        if isinstance(item, dict):
            names = merged(names, reachable(item))
            continue
        file, _, keys = str(item).partition(":")
        path = posixpath.normpath(posixpath.join(folder, file))
        if path in whole and not keys:
            continue
        values = load(path)
        if values is None:
            raise Unknown(f"{path} is not here")
        if not isinstance(values, dict):
            raise Unresolved(f"{path} should hold names with values")
        if keys:
            missing = [key for key in keys.split(",") if key and key not in values]
            if missing:
                raise Unresolved(f"{path} has no '{missing[0]}'")
            values = {key: values[key] for key in keys.split(",") if key}
        else:
            whole.add(path)
        names = merged(names, reachable(values))
    return names


def _each(items: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The keys of a `foreach`, and what its template may name besides."""
    if isinstance(items, dict):
        for key, value in items.items():
            yield spelt(key), {"item": value, "key": spelt(key)}
    elif isinstance(items, list):
        composite = any(isinstance(value, (dict, list)) for value in items)
        for index, value in enumerate(items):
            yield spelt(index) if composite else spelt(value), {"item": value}
    else:
        raise Unresolved(f"`foreach` should be a list or a mapping, and is {items!r}")


def _combinations(axes: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The keys of a `matrix`, and what its template may name besides."""
    if not isinstance(axes, dict) or not all(isinstance(values, list) for values in axes.values()):
        raise Unresolved("`matrix` should be a mapping of lists")
    for chosen in product(*(enumerate(values) for values in axes.values())):
        item = {axis: value for axis, (_, value) in zip(axes, chosen, strict=True)}
        key = "-".join(
            f"{axis}{place}" if isinstance(value, (dict, list)) else spelt(value)
            for axis, (place, value) in zip(axes, chosen, strict=True)
        )
        yield key, {"item": item, "key": key}


__all__ = ["DEFAULT_PARAMS", "Load", "Stage", "Unknown", "Unresolved", "has_expression", "placed", "stages_in"]
