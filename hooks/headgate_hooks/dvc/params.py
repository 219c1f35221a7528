"""Parameter files as DVC reads them: YAML, JSON, TOML, and the assignments of a Python file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from headgate_hooks.dvc.yaml12 import NotYaml, parse

if TYPE_CHECKING:
    import ast


class ParamsUnreadable(ValueError):
    """The file is not what its name says; the message says why."""


def values_in(path: str, content: bytes) -> Any:
    """What the file holds, read as its ending says: .json, .toml, .py, else YAML; an empty file holds nothing.

    Raises:
        ParamsUnreadable: it cannot be read.
    """
    ending = path.rpartition(".")[2].lower()
    try:
        if ending == "json":
            import json

            return json.loads(content)
        if ending == "toml":
            return _toml(content.decode())
        if ending == "py":
            import ast

            return _assigned(ast.parse(content).body)
        return parse(content).values or {}
    except NotYaml as error:
        raise ParamsUnreadable(f"line {error.line}: {error.why}") from error
    except (ValueError, SyntaxError, RecursionError) as error:
        raise ParamsUnreadable(" ".join(str(error).split())) from error


def value_at(values: Any, name: str) -> tuple[bool, Any]:
    """Whether there is something at the dotted `name`, and what."""
    found = values
    for word in name.split("."):
        if isinstance(found, dict):
            key = word if word in found else next((key for key in found if str(key) == word), None)
            if key is None:
                return False, None
            found = found[key]
        elif isinstance(found, (list, tuple)) and word.isdigit() and int(word) < len(found):
            found = found[int(word)]
        else:
            return False, None
    return True, found


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal once written to dvc.lock: tuples are lists there."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other) or (one != one and other != other)


def _toml(text: str) -> Any:
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib.loads(text)
    raise ValueError("TOML can be read from Python 3.11 on")


def _assigned(body: Iterable[ast.stmt], *, of_self: bool = False) -> dict[str, Any]:
    """The literals that are given names: at the top, in classes, and to `self` in `__init__`."""
    import ast

    values: dict[str, Any] = {}
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            values[statement.name] = _assigned(statement.body)
        elif isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            values.update(_assigned(statement.body, of_self=True))
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            values.update(_literal(statement.targets[0], statement.value, of_self=of_self))
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            values.update(_literal(statement.target, statement.value, of_self=of_self))
    return values


def _literal(target: ast.expr, value: ast.expr, *, of_self: bool) -> dict[str, Any]:
    import ast

    if isinstance(target, ast.Name) and not of_self:
        name = target.id
    elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        name = target.attr
    else:
        return {}
    try:
        return {name: ast.literal_eval(value)}
    except (ValueError, TypeError, SyntaxError):
        return {}
