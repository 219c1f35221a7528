"""`${…}` in dvc.yaml, resolved as DVC does.

Source: DVC's user guide, "Templating", and the behaviour of DVC 3.67: names are looked up in params.yaml, in the files
and mappings of `vars`, and in `item` and `key` of a `foreach` or `matrix`; a name may be defined once only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_EXPRESSION = re.compile(r"(?<!\\)\$\{(?P<inner>.*?)\}")
_WORDS = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[[^.\[\]]+\])*")
_PRIMITIVE = (str, int, float, bool)


class Unresolved(ValueError):
    """A template that DVC could not resolve either; the message says why."""


def merged(into: Mapping[str, Any], other: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Both mappings in one.

    Raises:
        Unresolved: a name is defined in both.
    """
    both = dict(into)
    for key, value in other.items():
        inside = both.get(key)
        if isinstance(inside, dict) and isinstance(value, dict):
            both[key] = merged(inside, value, f"{path}{key}.")
        elif key in both:
            raise Unresolved(f"'{path}{key}' is defined twice")
        else:
            both[key] = value
    return both


def reachable(value: Any) -> Any:
    """What templates can reach of `value`: names are texts, so that other keys do not count."""
    if isinstance(value, dict):
        return {key: reachable(inside) for key, inside in value.items() if isinstance(key, str)}
    if isinstance(value, list):
        return [reachable(inside) for inside in value]
    return value


def resolve(source: Any, names: Mapping[str, Any], key: str | None = None) -> Any:
    """`source` with every expression in it replaced; `key` is the key of the stage it stands under.

    Raises:
        Unresolved: an expression is no expression, or names nothing, or something that does not fit in a text.
    """
    if isinstance(source, dict):
        return {resolve(name, names, key): resolve(value, names, key) for name, value in source.items()}
    if isinstance(source, list):
        return [resolve(value, names, key) for value in source]
    return _text(source, names, key) if isinstance(source, str) else source


def has_expression(text: str) -> bool:
    """Whether there is something to resolve."""
    return bool(_EXPRESSION.search(text))


def spelt(value: Any) -> str:
    """A value as it stands in a text, or in the name of a generated stage."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _as_options(value) if isinstance(value, dict) else str(value)


def _text(text: str, names: Mapping[str, Any], key: str | None) -> Any:
    first = _EXPRESSION.match(text)
    if first and first.end() == len(text):
        return _selected(first["inner"], names, key)  # alone, it keeps its type
    replaced = _EXPRESSION.sub(lambda found: spelt(_selected(found["inner"], names, key)), text)
    return replaced.replace(r"\${", "${")


def _selected(expression: str, names: Mapping[str, Any], key: str | None) -> Any:
    if not _WORDS.fullmatch(expression):
        raise Unresolved(f"'${{{expression}}}' is not a name")
    value: Any = names
    for word in (part.strip() for part in expression.replace("[", ".").replace("]", "").split(".")):
        try:
            value = value[int(word)] if isinstance(value, list) else value[word]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise Unresolved(f"'${{{expression}}}' is in no file of `vars` and not in params.yaml") from error
    fits = value is None or isinstance(value, _PRIMITIVE) or key in (None, "foreach", "matrix")
    if not fits and not (isinstance(value, dict) and key == "cmd"):
        raise Unresolved(f"'${{{expression}}}' is a {type(value).__name__}, which does not fit in a text")
    return value


def _as_options(mapping: Mapping[str, Any]) -> str:
    """A mapping in a command, as options of it: `--lr 0.1 --verbose`."""
    from shlex import quote

    def option(name: str, value: Any) -> str:
        if isinstance(value, bool):
            return f"--{name}" if value else ""
        if isinstance(value, str):
            return f"--{name} {quote(value)}"
        if isinstance(value, list):
            words = (quote(item) if isinstance(item, str) else str(item) for item in value)
            return f"--{name} {' '.join(words)}"
        return f"--{name} {value}"

    return " ".join(filter(None, (option(name, value) for name, value in _flat(mapping))))


def _flat(mapping: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, value in mapping.items():
        flat += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return flat
