"""headgate.yaml from disk, checked, with errors that name file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from headgate.config import yaml_file
from headgate.config.expansion import as_written
from headgate.config.models import Config
from headgate.config.suggestion import nearest
from headgate.config.yaml_file import ConfigError, Location, YamlFile

DEFAULT_PATH = Path("headgate.yaml")


def load(path: Path = DEFAULT_PATH, environment: str | None = None, *, content: bytes | None = None) -> Config:
    """The configuration in `path`, with the values of `environment` in place where one is named.

    Args:
        path: the file.
        environment: a name under `environments`.
        content: in place of what the file on disk holds, as for what is staged.

    Raises:
        ConfigError: exit 2; every mistake found, a line each.
    """
    file = yaml_file.read(path, content)
    try:
        config = Config.model_validate(file.values)
    except ValidationError as error:
        raise _explained(file, error) from error
    if environment is None:
        return config
    if environment not in config.environments:
        raise ConfigError(
            f"{path}:{file.line(('environments',))}: there is no environment {environment!r}"
            f"{nearest(environment, config.environments)}"
        )
    return config.for_environment(environment)


def _explained(file: YamlFile, error: ValidationError) -> ConfigError:
    mistakes = sorted({_mistake(file, details) for details in error.errors()})
    return ConfigError(
        "\n".join(f"{file.path}:{line}: {text}" for line, text in mistakes),
        hint="docs/configuration.md lists every key; the JSON schema beside it lets an editor check the file.",
    )


def _mistake(file: YamlFile, details: ErrorDetails) -> tuple[int, str]:
    """The line and the text of one mistake; unions and the like leave no trace in the key."""
    location = _in_file(file, details["loc"])
    key = ".".join(str(part) for part in location) or "the file"
    if details["type"] == "extra_forbidden":
        *parents, word = location
        return file.line(location), f"unknown key '{key}'{nearest(str(word), _keys_of(Config, parents))}"
    if details["type"] == "missing":
        return file.line(location[:-1]), f"'{'.'.join(map(str, details['loc']))}' is missing"
    return file.line(location), f"'{key}' {as_written(_because(details), file.value(location))}"


def _because(details: ErrorDetails) -> str:
    """The message of pydantic as the rest of a sentence, without its prefix."""
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if details["type"] == "string_pattern_mismatch":
        return f"is {details['input']!r}, which does not fit the pattern {details['ctx']['pattern']}"
    if message.startswith("Input should be"):
        given = details["input"]
        shown = f" (it is {given!r})" if isinstance(given, (str, int, float, bool)) else ""
        return f"should be{message.removeprefix('Input should be')}{shown}"
    return message


def _in_file(file: YamlFile, location: Location) -> Location:
    """The part of pydantic's location that exists in the file: union members and validators add names of their own."""
    found: list[str | int] = []
    for part in location:
        candidate = (*found, part)
        if candidate in file.lines:
            found.append(part)
    return tuple(found)


def _keys_of(model: type[BaseModel], parents: list[str | int]) -> list[str]:
    """The keys that are valid at `parents`, for a suggestion; empty where any key goes."""
    kind: Any = model
    for part in parents:
        kind = _model_in(kind.model_fields[part].annotation) if _has(kind, part) else _model_in(kind)
    return [field.alias or name for name, field in kind.model_fields.items()] if _is_model(kind) else []


def _has(kind: Any, part: str | int) -> bool:
    return _is_model(kind) and part in kind.model_fields


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _model_in(annotation: Any) -> Any:
    """The model inside `dict[str, Model]`, `tuple[Model, ...]` or `Model | None`; else the annotation."""
    if _is_model(annotation):
        return annotation
    return next((found for part in get_args(annotation) if _is_model(found := _model_in(part))), annotation)


__all__ = ["DEFAULT_PATH", "ConfigError", "load"]
