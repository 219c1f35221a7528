"""YAML as DVC reads it, with the line of everything in it.

DVC reads YAML 1.2, PyYAML knows 1.1: there `1e-3` is a text, `no` is false and `010` is eight. Source of the rules:
YAML 1.2.2, "core schema", with the underscores and dates that ruamel.yaml, which DVC uses, allows besides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_CONFLICT = re.compile(rb"^(<{7}|>{7}|\|{7})( |$)|^={7}$", re.MULTILINE)


class NotYaml(ValueError):
    """The text cannot be read as DVC would.

    Args:
        line: where, from 1.
        why: what is wrong there.
    """

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


class Dvc12Loader(_Loader):  # type: ignore[misc]
    """PyYAML's safe loader with the rules of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  (PyYAML's own)


@dataclass(frozen=True)
class Document:
    """A parsed file: plain values, and the tree they come from."""

    values: Any
    root: yaml.Node | None

    def line(self, *location: str | int) -> int:
        """The line (from 1) of the key or item at `location`, or of the nearest thing around it."""
        node, line = self.root, 1
        for part in location:
            found = _step(node, part)
            if found is None:
                return line
            marked, node = found
            line = marked.start_mark.line + 1
        return line


def parse(content: bytes) -> Document:
    """The one document in `content`.

    Raises:
        NotYaml: a merge conflict was left, it is no UTF-8, no YAML, or a key stands twice.
    """
    if conflict := _CONFLICT.search(content):
        raise NotYaml(content.count(b"\n", 0, conflict.start()) + 1, "the markers of a merge conflict were left behind")
    try:
        loader = Dvc12Loader(content.decode("utf-8"))
        root = loader.get_single_node()
        _refuse_twice(root, set())
        return Document(None if root is None else loader.construct_document(root), root)
    except UnicodeDecodeError as error:
        raise NotYaml(content.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotYaml(
            1 if mark is None else mark.line + 1, f"it is not YAML: {error.problem or error.context}"
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, NotYaml):
            raise
        raise NotYaml(1, f"it is not YAML: {str(error).splitlines()[0]}") from error


def _step(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that names `part` inside `node`, and the one it leads to."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _refuse_twice(node: yaml.Node | None, seen: set[int]) -> None:
    """DVC refuses a key that stands twice; PyYAML would take the last."""
    if node is None or isinstance(node, yaml.ScalarNode) or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twice(value, seen)
        return
    lines: dict[str, int] = {}
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
            line = key.start_mark.line + 1
            if key.value in lines:
                raise NotYaml(line, f"'{key.value}' is already on line {lines[key.value]}")
            lines[key.value] = line
        _refuse_twice(value, seen)


def _whole(loader: Any, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node).replace("_", "").lower()
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    base = {"0b": 2, "0o": 8, "0x": 16}.get(digits[:2], 10)
    return sign * int(digits[2:] if base != 10 else digits, base)


def _real(loader: Any, node: yaml.ScalarNode) -> float:
    text = loader.construct_scalar(node).replace("_", "").lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


for _kind, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    (
        "float",
        (
            r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
            r"|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
        "-+0123456789.",
    ),
    ("int", r"^(?:[-+]?0b[01_]+|[-+]?0o[0-7_]+|[-+]?[0-9][0-9_]*|[-+]?0x[0-9a-fA-F_]+)$", "-+0123456789"),
    ("merge", r"^<<$", "<"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    (
        "timestamp",
        (
            r"^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}"
            r"(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$"
        ),
        "0123456789",
    ),
):
    Dvc12Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(_pattern), list(_first))
Dvc12Loader.add_constructor(f"{_TAG}int", _whole)
Dvc12Loader.add_constructor(f"{_TAG}float", _real)
