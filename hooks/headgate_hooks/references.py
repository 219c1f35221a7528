"""What a headgate.yaml names: files, stages, remotes, reported metrics. Each exists in git, or DVC knows of it.

Only what the file says itself is checked, not defaults. What a training makes without a dvc.yaml nobody can know.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from headgate.config import Config
from headgate.config.suggestion import nearest
from headgate_hooks.dvc.params import ParamsUnreadable, value_at, values_in
from headgate_hooks.dvc.records import PIPELINE, POINTER, Project, folder_of, root_of
from headgate_hooks.dvc.stages import placed
from headgate_hooks.dvc.yaml12 import parse
from headgate_hooks.outcome import Finding
from headgate_hooks.staged import Tree

Location = tuple[str | int, ...]


def broken_in(tree: Tree, path: str, content: bytes, config: Config) -> Iterator[Finding]:
    """What the headgate.yaml at `path` names and nobody has."""
    known = _Known(tree, folder_of(path))
    document = parse(content)
    for location, message, fix in _broken(known, config):
        yield Finding(tree.shown(path), document.line(*location), f"'{_dotted(location)}' {message}", fix)


class _Known:
    """What git and DVC have, seen from the folder of a headgate.yaml."""

    def __init__(self, tree: Tree, folder: str) -> None:
        self.tree = tree
        self.folder = folder
        self._project = Project(tree)

    def has_file(self, name: str) -> bool:
        """Whether git has the file or folder, staged."""
        place = self.place(name)
        return place is not None and (place == "." or place in self.tree or place in self.tree.folders)

    def has(self, name: str) -> bool:
        """Whether git has it, or DVC does, or one lies in the other."""
        place = self.place(name)
        if place is None or self.has_file(name):
            return True
        return any(_related(place, out) for out in self._outs)

    def is_only_here(self, name: str) -> bool:
        """Whether the working tree has it, and nobody else."""
        place = self.place(name)
        return place is not None and (self.tree.top / place).exists()

    def place(self, name: str) -> str | None:
        """From the top of the repository."""
        return placed(self.folder, name)

    def content(self, name: str) -> bytes | None:
        """A file's content, staged or on disk."""
        place = self.place(name)
        return None if place is None else self.tree.content(place)

    @property
    def has_pipeline(self) -> bool:
        """Whether there is a dvc.yaml, so that what is made is known."""
        return posixpath.join(self.folder, PIPELINE) in self.tree

    @property
    def stages(self) -> set[str]:
        """What `dvc repro` takes by name from here."""
        names = {stage.name for stage in self._stages if stage.folder_of_plan == self.folder}
        return names | {name.partition("@")[0] for name in names}

    @cached_property
    def _stages(self) -> list[_Planned]:
        pipelines = self.tree.named([PIPELINE])
        self.tree.keep(pipelines)
        return [
            _Planned(stage.name, folder_of(path), [place for out, _ in stage.outs if (place := stage.place(out))])
            for path in pipelines
            for stage in self._project.stages(path)
        ]

    @cached_property
    def _outs(self) -> list[str]:
        pointers = self.tree.named([POINTER])
        self.tree.keep(pointers)
        added = [out.path for out in self._project.outs(pointers, []) if out.path]
        return [*added, *(place for stage in self._stages for place in stage.outs)]

    @cached_property
    def remotes(self) -> set[str]:
        """The DVC remotes of the nearest DVC project: of its committed configuration and this machine's."""
        from headgate.lineage.dvc_config import read_config
        from headgate_hooks.secrets_of_dvc import options_in

        folder = root_of(self.tree, posixpath.join(self.folder, "headgate.yaml")) or ""
        staged = self.tree.content(posixpath.join(folder, ".dvc/config")) or b""
        names = {option.remote for option in options_in(staged.decode(errors="replace")) if option.remote}
        return names | read_config(self.tree.top / folder / ".dvc").remotes.keys()


class _Planned:
    """A stage by name, the folder of its dvc.yaml, and what it makes."""

    def __init__(self, name: str, folder: str, outs: list[str]) -> None:
        self.name = name
        self.folder_of_plan = folder
        self.outs = outs


Broken = Iterator[tuple[Location, str, str]]


def _broken(known: _Known, config: Config) -> Broken:
    yield from _of_data(known, config)
    yield from _of_training(known, config)
    yield from _of_gate(known, config)
    yield from _of_delivery(known, config)


def _of_data(known: _Known, config: Config) -> Broken:
    for index, target in enumerate(config.data.targets):
        stage = target.partition(":")[2] or target
        if not known.has(target) and stage not in known.stages:
            yield (
                ("data", "targets", index),
                f"names '{target}', which is no file of DVC and no stage",
                "dvc stage list",
            )
    remote = config.data.remote
    if remote is not None and remote not in known.remotes:
        message = f"names '{remote}', which is no DVC remote{nearest(remote, known.remotes) if known.remotes else ''}"
        yield ("data", "remote"), message, f"dvc remote add {remote} URL"


def _of_training(known: _Known, config: Config) -> Broken:
    train = config.train
    said = train.model_fields_set
    if "params" in said:
        for index, name in enumerate(train.params):
            yield from _missing(known, ("train", "params", index), name)
    if "command" in said and train.command:
        yield from _of_command(known, train.command)
    if not known.has_pipeline:
        return
    for key, names in (("metrics", train.metrics), ("model", [train.model]), ("predictions", [train.predictions])):
        if key in said:
            for index, made in enumerate(names):
                location: Location = ("train", key, index) if key == "metrics" else ("train", key)
                if made is not None and not known.has(made):
                    yield location, f"names {made}, which no stage of dvc.yaml makes", f"outs: [{made}]  (in dvc.yaml)"


def _of_command(known: _Known, command: str) -> Broken:
    """The stages that `dvc repro` is asked for."""
    try:
        words = shlex.split(command)
    except ValueError:
        return
    if words[:2] != ["dvc", "repro"] or not known.has_pipeline:
        return
    for word in words[2:]:
        if word.startswith("-"):
            return  # what follows may be the option's value
        if word not in known.stages and not known.has(word.partition(":")[0]):
            yield (
                ("train", "command"),
                f"asks for the stage '{word}', which is not there{nearest(word, known.stages)}",
                "",
            )


def _of_gate(known: _Known, config: Config) -> Broken:
    kind, _, name = config.gate.baseline.partition(":")
    if kind == "file" and not known.has(name):
        yield from _missing(known, ("gate", "baseline"), name)
    if config.gate.reported:
        reported = _reported(known, config.train.metrics)
        for metric in config.gate.reported if reported is not None else ():
            if not any(value_at(values, metric)[0] for values in reported or ()):
                files = ", ".join(config.train.metrics)
                yield ("gate", "reported", metric), f"is not in {files}", "name it as it is there, with dots"


def _reported(known: _Known, names: Iterable[str]) -> list[Any] | None:
    """The values of the metrics files; None where one of them is not here, so that nobody can know."""
    found = []
    for name in names:
        content = known.content(name)
        if content is None:
            return None
        try:
            found.append(values_in(name, content))
        except ParamsUnreadable:
            return None
    return found


def _of_delivery(known: _Known, config: Config) -> Broken:
    for key in sorted(config.image.model_fields_set & {"dockerfile", "context"}):
        yield from _missing(known, ("image", key), str(getattr(config.image, key)))
    places: list[tuple[Location, Any]] = [(("deploy",), config.deploy)]
    places += [(("environments", name, "deploy"), one.deploy) for name, one in config.environments.items()]
    for location, deploy in places:
        if "known_hosts" in deploy.model_fields_set and deploy.known_hosts:
            yield from _missing(known, (*location, "known_hosts"), str(deploy.known_hosts))


def _missing(known: _Known, location: Location, name: str) -> Broken:
    """A file that git should have."""
    if known.has(name):
        return
    if known.is_only_here(name):
        yield location, f"names {name}, which is here and not staged", f"git add {shlex.quote(name)}"
    else:
        yield location, f"names {name}, which does not exist", ""


def _related(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/")


def _dotted(location: Location) -> str:
    return ".".join(str(part) for part in location if not isinstance(part, int))
