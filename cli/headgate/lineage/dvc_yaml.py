"""What dvc.yaml plans, and how DVC's YAML files are read: without DVC, with errors that name file and place.

Source of the format: DVC's user guide, "`dvc.yaml` files".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from headgate.errors import CouldNotCarryOut

PIPELINE = "dvc.yaml"
OUT_KINDS = ("outs", "metrics", "plots")


class DvcFileUnreadable(CouldNotCarryOut):
    """A dvc.lock, dvc.yaml or *.dvc does not hold what DVC would have written."""

    title = "a DVC file cannot be read"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}.", hint=f"git checkout -- {path}  (or let DVC write it again)")


class MergeConflictLeft(CouldNotCarryOut):
    """Conflict markers were committed: two versions of the data in one file."""

    title = "a merge conflict was left behind"

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(
            f"{path}:{line} still has the markers of a merge conflict, so it names two versions of the data.",
            hint=f"Choose one side in {path}, then: dvc checkout && git commit {path}",
        )


def plot_files(project: Path) -> tuple[str, ...]:
    """The files that dvc.yaml declares as plots and that exist, relative to the project.

    Raises:
        DvcFileUnreadable: dvc.yaml is malformed.
    """
    path = project / PIPELINE
    if not path.is_file():
        return ()
    content = as_mapping(Path(PIPELINE), load_yaml(project, path))
    plots = [name for stage in read_stages(project, path).values() for name, _ in declared_paths(stage, ("plots",))]
    plots += [name for name, _ in declared_paths(content, ("plots",))]
    return tuple(dict.fromkeys(name for name in plots if (project / name).is_file()))


def read_stages(project: Path, path: Path) -> dict[str, Mapping[str, Any]]:
    """The stages of a dvc.yaml by name; of a `foreach` or `matrix` stage, what its instances share."""
    if not path.is_file():
        return {}
    shown = path.relative_to(project)
    written = as_mapping(shown, as_mapping(shown, load_yaml(project, path)).get("stages") or {}, "stages")
    return {
        str(name): as_mapping(shown, as_mapping(shown, stage, name).get("do", stage), name)
        for name, stage in written.items()
    }


def working_directory(stage: Mapping[str, Any]) -> str:
    """The stage's `wdir`; one that is a template has no value before DVC has resolved it, and stays out."""
    wdir = str(stage.get("wdir", "."))
    return "." if "${" in wdir else wdir


def declared_paths(stage: Mapping[str, Any], kinds: Iterable[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Paths with their options, written as `path`, as `path: {option: …}`, or as one mapping of them."""
    for kind in kinds:
        written = stage.get(kind) or ()
        items = [written] if isinstance(written, (dict, str)) else written
        for item in items:
            if isinstance(item, str):
                yield item, {}
            elif isinstance(item, dict):
                yield from ((str(path), options if isinstance(options, dict) else {}) for path, options in item.items())


def is_uncached(options: Mapping[str, Any]) -> bool:
    """Whether git keeps the file, and DVC only its hash."""
    return options.get("cache") is False


def as_mapping(shown: Path, value: Any, key: object = None) -> dict[str, Any]:
    """`value`, which is all of the file `shown` or its key `key`, as a mapping.

    Raises:
        DvcFileUnreadable: it is something else.
    """
    if not isinstance(value, dict):
        what = "it" if key is None else f"'{key}'"
        raise DvcFileUnreadable(shown, f"{what} should be a mapping, and is {type(value).__name__}")
    return value


def load_yaml(project: Path, path: Path) -> Any:
    """What the file at `path` holds; errors name it relative to the project.

    Raises:
        DvcFileUnreadable: not readable, or not YAML.
        MergeConflictLeft: with the markers of a merge.
    """
    shown = path.relative_to(project)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DvcFileUnreadable(shown, f"it cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise MergeConflictLeft(shown, number)
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  (both are safe)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DvcFileUnreadable(shown, f"not valid YAML: {' '.join(str(error).split())}") from error
