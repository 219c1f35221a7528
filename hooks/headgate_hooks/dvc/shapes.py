"""What DVC's files may hold, as data. Source: `dvc/schema.py` and `dvc/output.py` of DVC 3.67, and its user guide.

A shape is a type; a list of one shape; `Of(shape)`, a mapping of any names; `Keys(...)`, a mapping of these; or a
tuple of alternatives. `object` is anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Location = tuple[str | int, ...]
_NAMES: Mapping[Any, str] = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    type(None): "nothing",
    list: "a list",
    dict: "a mapping",
}
_MD5 = re.compile(r"[0-9a-fA-F]{32}(\.dir)?")


@dataclass(frozen=True)
class Of:
    """A mapping from any name to one shape."""

    shape: Any


@dataclass(frozen=True)
class Keys:
    """A mapping with these keys and no others."""

    shapes: Mapping[str, Any]
    required: tuple[str, ...] = ()


class Md5:
    """DVC's hash of a file or folder; empty where it is not known yet."""


def mistakes(value: Any, shape: Any, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Where `value` is not of `shape`, and why."""
    if isinstance(shape, tuple):
        yield from _of_none(value, shape, at)
    elif isinstance(shape, list):
        yield from _of_items(value, shape[0], at)
    elif isinstance(shape, (Of, Keys)):
        yield from _of_mapping(value, shape, at)
    elif shape is Md5:
        if value not in (None, "") and not isinstance(value, int) and not _MD5.fullmatch(str(value)):
            yield at, f"{_called(at)} is no md5"
    elif not isinstance(value, shape) or (isinstance(value, bool) and shape is int):
        yield at, _should(at, _NAMES[shape], value)


def _of_items(value: Any, shape: Any, at: Location) -> Iterator[tuple[Location, str]]:
    if not isinstance(value, list):
        yield at, _should(at, "a list", value)
        return
    for place, item in enumerate(value):
        yield from mistakes(item, shape, (*at, place))


def _of_mapping(value: Any, shape: Of | Keys, at: Location) -> Iterator[tuple[Location, str]]:
    if not isinstance(value, dict):
        yield at, _should(at, "a mapping", value)
    elif isinstance(shape, Keys):
        yield from _of_keys(value, shape, at)
    else:
        for key, inside in value.items():
            yield from mistakes(inside, shape.shape, (*at, key))


def _of_none(value: Any, shapes: tuple[Any, ...], at: Location) -> Iterator[tuple[Location, str]]:
    """What is wrong where no alternative fits: inside the one of the same kind, else of the whole."""
    tried = [list(mistakes(value, shape, at)) for shape in shapes]
    if all(tried):
        closest = next((found for found in tried if any(len(where) > len(at) for where, _ in found)), None)
        words = dict.fromkeys(_word(shape) for shape in shapes)
        yield from closest or [(at, _should(at, " or ".join(words), value))]


def _of_keys(value: Mapping[Any, Any], shape: Keys, at: Location) -> Iterator[tuple[Location, str]]:
    for key, inside in value.items():
        if key in shape.shapes:
            yield from mistakes(inside, shape.shapes[key], (*at, key))
        else:
            from headgate.config.suggestion import nearest  # costly, and needed only where something is wrong

            yield (*at, key), f"unknown key '{key}'{nearest(str(key), shape.shapes)}"
    for key in shape.required:
        if key not in value:
            yield at, f"{_called(at)} has no '{key}'"


def _word(shape: Any) -> str:
    if isinstance(shape, list):
        return "a list"
    return "a mapping" if isinstance(shape, (Of, Keys)) else _NAMES[shape]


def _should(at: Location, what: str, value: Any) -> str:
    return f"{_called(at)} should be {what}, and is {_NAMES.get(type(value), type(value).__name__)}"


def _called(at: Location) -> str:
    return f"'{'.'.join(map(str, at))}'" if at else "the file"


_TEXTS = [str]
_COMMAND = (str, [str])
_NOTES = {"desc": str, "type": str, "labels": _TEXTS, "meta": object}
_HASHES = {
    "md5": Md5,
    "etag": object,
    "checksum": object,
    "size": int,
    "nfiles": int,
    "isexec": bool,
    "version_id": str,
}
_CLOUD = Of(Keys(_HASHES))
_FILE = Keys({**_HASHES, "relpath": str, "cloud": _CLOUD}, required=("relpath",))
_KEPT = {**_HASHES, "path": str, "hash": str, "cloud": _CLOUD, "files": [_FILE]}
_SOURCES = {"repo": object, "db": object, "dataset": object, "fs_config": object, "params": object}
_OUT = Keys(
    {**_KEPT, **_NOTES, "cache": bool, "remote": str, "push": bool, "persist": bool, "fs_config": object,
     "metric": object, "plot": object},
    required=("path",),
)  # fmt: skip
_DEP = Keys({**_KEPT, **_SOURCES, **_NOTES})

POINTER = Keys(
    {
        "md5": Md5, "wdir": (str, type(None)), "deps": ([_DEP], type(None)), "outs": ([_OUT], type(None)),
        "cmd": object, "locked": bool, "frozen": bool, "meta": object, "always_changed": bool, "desc": str,
    }
)  # fmt: skip

_OPTIONS = {**_NOTES, "cache": bool, "persist": bool, "checkpoint": bool, "remote": str, "push": bool}
_PLOT = Keys(
    {**_OPTIONS, "template": str, "x": str, "y": str, "x_label": str, "y_label": str, "title": str, "header": bool}
)
_MADE = [(str, Of(Keys(_OPTIONS)))]
_STAGE = {
    "cmd": _COMMAND, "wdir": str, "deps": _TEXTS, "params": [(str, Of((_TEXTS, type(None))))],
    "vars": [(str, Of(object))], "frozen": bool, "meta": object, "desc": str, "always_changed": bool,
    "outs": _MADE, "metrics": _MADE, "plots": [(str, Of((_PLOT, [_PLOT])))],
    "matrix": (Of((str, [object])), str), "live": object,
}  # fmt: skip
_TOP_PLOT = Keys(
    {
        "x": (str, Of(str)), "y": (str, _TEXTS, Of((str, _TEXTS))), "x_label": str, "y_label": str, "title": str,
        "template": str,
    }
)  # fmt: skip
STAGE = Keys(_STAGE, required=("cmd",))
FOREACH = Keys({"foreach": (Of(object), [object], str), "do": STAGE}, required=("foreach", "do"))
PIPELINE = Keys(
    {
        "stages": (Of(object), type(None)), "vars": [(str, Of(object))], "params": _TEXTS, "metrics": _TEXTS,
        "plots": [(str, Of((_TOP_PLOT, type(None))))], "datasets": object,
        "artifacts": Of(Keys({"path": str, **_NOTES}, required=("path",))),
    }
)  # fmt: skip

_LOCKED = Keys({**_KEPT, **_SOURCES}, required=("path",))
LOCKED_STAGE = Keys(
    {"cmd": (str, [object]), "deps": [_LOCKED], "params": Of(Of(object)), "outs": [_LOCKED]}, required=("cmd",)
)
LOCK = Keys({"schema": str, "datasets": object, "stages": Of(LOCKED_STAGE)}, required=("schema",))
