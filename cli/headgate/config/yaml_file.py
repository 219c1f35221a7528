"""YAML with places: the values of a file, and for each key the line it stands on.

Stricter than YAML itself: duplicate keys, aliases and anything but plain values are errors, because a configuration
that reads differently from what it says is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from headgate.errors import UsageError, first_line

Location = tuple[str | int, ...]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGEST = 1_000_000  # bytes; a configuration is a page of text


class ConfigError(UsageError):
    """headgate.yaml is wrong: file, line, key, why, and the nearest valid key."""

    title = "the configuration is wrong"


@dataclass(frozen=True)
class YamlFile:
    """A parsed file: plain values, and the line (from 1) of each location in it."""

    path: Path
    values: dict[str, Any]
    lines: dict[Location, int]

    def line(self, location: Location) -> int:
        """The line of `location`, or of the nearest thing around it that has one."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def value(self, location: Location) -> Any:
        """What stands at `location`, which is one of the file's."""
        found: Any = self.values
        for part in location:
            found = found[part]
        return found


def read(path: Path, content: bytes | None = None) -> YamlFile:
    """Parse `path`, or what is given as its content.

    Raises:
        ConfigError: not there, not YAML, not a mapping, a duplicate key, or an alias.
    """
    text = _text(path, content)
    try:
        _refuse_aliases(path, text)
        root = yaml.compose(text, Loader=_Loader)
        if not isinstance(root, yaml.MappingNode):
            raise ConfigError(f"{path}:1: must be a mapping of keys to values.", hint="Start with `version: 1`.")
        return YamlFile(path, yaml.load(text, Loader=_Loader), dict(_places(path, root, ())))  # noqa: S506  (both are safe)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise ConfigError(f"{path}:{line}: not valid YAML: {error.problem or error.context}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid YAML: {first_line(error)}.") from error


def _text(path: Path, content: bytes | None) -> str:
    try:
        raw = path.read_bytes() if content is None else content
    except FileNotFoundError as error:
        raise ConfigError(f"{path} does not exist.", hint="Write one: see docs/configuration.md.") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    if len(raw) > _LARGEST:
        raise ConfigError(f"{path} has {len(raw):,} bytes; a configuration has at most {_LARGEST:,}.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}.") from error


def _refuse_aliases(path: Path, text: str) -> None:
    """Nested aliases multiply without bound, and an override by reference hides what a key is."""
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            line = 1 if event.start_mark is None else event.start_mark.line + 1
            raise ConfigError(f"{path}:{line}: aliases (*{event.anchor}) are not allowed; write the value out.")


def _places(path: Path, node: yaml.Node, location: Location) -> Iterator[tuple[Location, int]]:
    """Every location below `node` with its line; refuses a key that stands twice."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                raise ConfigError(f"{path}:{line}: '{name}' is already on line {seen[name]}; keep one of them.")
            seen[name] = line
            yield (*location, name), line
            yield from _places(path, value, (*location, name))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*location, index), value.start_mark.line + 1
            yield from _places(path, value, (*location, index))
