"""Parameters and metrics from the project's own files, flattened with dots."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from headgate.errors import CouldNotCarryOut
from headgate.lineage.digests import digest
from headgate.record import Params

Value = str | int | float | bool | None
_MOST_VALUES = 20_000  # nested YAML aliases multiply without bound; no project has this many parameters
_LONGEST_LIST = 20_000  # tokens of JSON, for the same reason


class ParamsUnreadable(CouldNotCarryOut):
    """A parameter file is missing or is not what its name says."""

    title = "the parameters cannot be read"


class MetricsUnusable(CouldNotCarryOut):
    """A metrics file is missing, is not what its name says, or holds a number that is none."""

    title = "the metrics cannot be used"


def read_params(project: Path, files: Iterable[str], *, optional: bool = False) -> Params:
    """The files' digests and their values by dotted name, e.g. `train.lr`; later files win.

    Lists become JSON text, dates ISO text, and infinities their name: what a tracker can show and the record can hold.

    Args:
        project: the folder that paths are relative to.
        files: YAML, JSON or TOML.
        optional: leave out files that do not exist, as for a default the user never wrote.

    Raises:
        ParamsUnreadable: a file is missing or malformed.
    """
    present = [name for name in files if not optional or (project / name).is_file()]
    values: dict[str, Value] = {}
    for name in present:
        values |= {key: _plain(leaf) for key, leaf in _leaves(project, name, ParamsUnreadable, "params")}
    return Params(files={name: digest(project / name) for name in present}, values=values)


def read_metrics(project: Path, files: Iterable[str]) -> dict[str, float]:
    """Every number in `files` by dotted name, e.g. `eval.f1`. Text, nulls, booleans and lists are left out.

    Raises:
        MetricsUnusable: a file is missing or malformed, two files give one name, or a number is NaN or infinite.
    """
    metrics: dict[str, float] = {}
    for name in files:
        for key, leaf in _leaves(project, name, MetricsUnusable, "metrics"):
            if isinstance(leaf, bool) or not isinstance(leaf, (int, float, str)):
                continue
            if not _finite(leaf):
                raise MetricsUnusable(
                    f"{name}: '{key}' is {leaf}, which is not a number that can be compared.",
                    hint=f"Find out why the pipeline wrote {leaf} for '{key}'; a diverged training is the usual cause.",
                )
            if isinstance(leaf, str):
                continue
            if key in metrics:
                raise MetricsUnusable(f"{name}: '{key}' is in another metrics file too.", hint="Rename one of them.")
            metrics[key] = float(leaf)
    return metrics


def flattened(tree: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings with their dotted names; an empty mapping has none."""
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from flattened(value, f"{name}.")
        else:
            yield name, value


def _leaves(project: Path, name: str, kind: type[CouldNotCarryOut], key: str) -> list[tuple[str, Any]]:
    """The leaves of one file, at most as many as a person could have meant."""
    leaves = list(islice(flattened(_parsed(project / name, name, kind, key)), _MOST_VALUES + 1))
    if len(leaves) > _MOST_VALUES:
        raise kind(f"{name} holds more than {_MOST_VALUES:,} values.", hint=f"Name a smaller file in train.{key}.")
    return leaves


def _finite(leaf: float | str) -> bool:
    """Whether a leaf is no NaN and no infinity, also not one written as text because JSON has no word for it."""
    if isinstance(leaf, str):
        return leaf.strip().lower().lstrip("+-") not in ("nan", "inf", "infinity")
    return math.isfinite(leaf)


def _plain(leaf: Any) -> Value:
    if isinstance(leaf, float) and not math.isfinite(leaf):
        return str(leaf)
    if leaf is None or isinstance(leaf, (str, int, float, bool)):
        return leaf
    if isinstance(leaf, list):
        tokens = json.JSONEncoder(default=str, ensure_ascii=False).iterencode(leaf)
        return "".join(islice(tokens, _LONGEST_LIST)) + ("" if next(tokens, None) is None else "…")
    return str(leaf)


def _parsed(path: Path, name: str, kind: type[CouldNotCarryOut], key: str) -> dict[str, Any]:
    """The mapping in `path`, read as its ending says: .json, .toml, else YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = _read_as(path.suffix, text)
    except FileNotFoundError as error:
        raise kind(
            f"{name} does not exist, and train.{key} names it.",
            hint=f"Let the pipeline write it, or set train.{key} to the files it does write.",
        ) from error
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        language = {".json": "JSON", ".toml": "TOML"}.get(path.suffix, "YAML")
        raise kind(f"{name} is not valid {language}: {' '.join(str(error).split())}.") from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise kind(f"{name} should hold names with values, and holds a {type(tree).__name__}.")
    return tree


def _read_as(suffix: str, text: str) -> Any:
    if suffix == ".json":
        return json.loads(text)
    if suffix == ".toml":
        return _toml(text)
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (both are safe)


def _toml(text: str) -> Any:
    if sys.version_info >= (3, 11):
        import tomllib

        return tomllib.loads(text)
    raise ValueError("TOML can be read from Python 3.11 on; use a newer Python, or write it as YAML")
