"""`headgate-dvc-lock`: dvc.lock says what dvc.yaml, the parameters and the tracked dependencies say.

A project without a dvc.lock is not judged. What a stage was run with is compared with what is staged; what neither git
nor DVC tracks cannot be compared, and is not. Entries that DVC itself pays no heed to (stages, deps or outs that are no
longer in dvc.yaml) are no mistake here either.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

from headgate_hooks.dvc.contents import Contents
from headgate_hooks.dvc.params import ParamsUnreadable, same, value_at
from headgate_hooks.dvc.records import LOCK, PIPELINE, Project, entry_at, folder_of, is_legacy
from headgate_hooks.dvc.stages import Stage, Unknown, stages_in
from headgate_hooks.dvc.yaml12 import Document, NotYaml, parse
from headgate_hooks.outcome import Finding, allow_files, is_allowed_at, parser_of, run, unless_allowed
from headgate_hooks.staged import Tree, without

RULE = "dvc-lock"


def main(argv: Sequence[str] | None = None) -> int:
    """Check every pipeline of the repository and return the exit code."""
    parser = parser_of("headgate-dvc-lock", "Check that dvc.lock is in step with what is staged.")
    allow_files(parser)
    return run(parser, check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """What is out of step in any of the repository's pipelines."""
    project = Project(Tree.staged())
    pipelines = [path for path in project.tree.named([PIPELINE]) if _lock_of(path) in project.tree]
    pipelines = without(pipelines, arguments.allow)
    project.tree.keep([*pipelines, *map(_lock_of, pipelines)])
    planned: dict[str, list[Stage]] = {}
    for path in pipelines:
        broken = yield from _unreadable(project, path)
        if not broken:
            planned[path] = yield from _resolved(project, path)
    contents = Contents(project)
    everything = [stage for stages in planned.values() for stage in stages]
    contents.hash_at_once(filter(None, (stage.place(path) for stage in everything for path, _ in _compared(stage))))
    for path, stages in planned.items():
        yield from _Pipeline(project, contents, path).findings(stages)


class _Pipeline:
    """One dvc.yaml beside its dvc.lock."""

    def __init__(self, project: Project, contents: Contents, path: str) -> None:
        self._project = project
        self._contents = contents
        self._path = path
        document = project.document(path)
        assert document is not None  # noqa: S101  (it was read before)
        self._document: Document = document
        self._lines = (project.tree.content(path) or b"").decode().splitlines()
        self._locked = project.locked(_lock_of(path))

    def findings(self, stages: Sequence[Stage]) -> list[Finding]:
        """What is out of step, but for what the file allows."""
        found: list[Finding] = []
        for stage in stages:
            if not stage.plan.get("frozen") and not self._is_allowed(stage):
                found += self._of(stage)
        return unless_allowed(found, self._lines, RULE)

    def _of(self, stage: Stage) -> Iterator[Finding]:
        locked = self._locked.get(stage.name)
        if locked is None:
            if any(kind in stage.plan for kind in ("deps", "params")) or stage.outs:
                yield self._finding(stage, (), "has no entry in dvc.lock: it was never run, or that was not staged")
            return
        if locked.get("cmd") != stage.plan.get("cmd"):
            yield self._finding(stage, ("cmd",), "was run with another `cmd` than dvc.yaml has now")
        yield from self._of_params(stage, locked.get("params"))
        for path, kind in _compared(stage):
            yield from self._of_path(stage, kind, path, locked)

    def _of_path(self, stage: Stage, kind: str, path: str, locked: Mapping[str, Any]) -> Iterator[Finding]:
        entry = entry_at(stage, locked.get("deps" if kind == "deps" else "outs"), path)
        place = stage.place(path)
        verb = "reads" if kind == "deps" else "makes"
        where = (kind, self._index(stage, kind, path))
        if entry is None:
            if "://" not in path or kind != "deps":
                yield self._finding(stage, where, f"{verb} {path}, which dvc.lock does not name")
        elif place is not None and self._contents.is_deleted(place):
            yield self._finding(stage, where, f"{verb} {path}, which the commit deletes")
        elif place is not None and (md5 := entry.get("md5")):
            other = self._contents.other_than(place, str(md5), legacy=is_legacy(entry), lock=_lock_of(self._path))
            if other is not None:
                says = "was run with another" if kind == "deps" else "made another"
                yield self._finding(stage, where, f"{says} {path} than {other}")

    def _of_params(self, stage: Stage, locked: Any) -> Iterator[Finding]:
        files = locked if isinstance(locked, dict) else {}
        by_place = {stage.place(str(file)): values for file, values in files.items() if isinstance(values, dict)}
        for file, names in stage.params.items():
            place = stage.place(file)
            if place is None:
                continue
            try:
                values = self._project.values(place)
            except ParamsUnreadable as problem:
                yield Finding(
                    self._shown(place), 1, f"the parameters of stage '{stage.name}' cannot be read: {problem}"
                )
                continue
            if values is None:
                continue
            before = by_place.get(place)
            if before is None:
                yield self._finding(stage, ("params",), f"reads {file}, of which dvc.lock has no values")
                continue
            for name, found in _read_of(values, names, before):
                yield from self._of_param(stage, file, name, found, before)

    def _of_param(
        self, stage: Stage, file: str, name: str, now: tuple[bool, Any], before: Mapping[str, Any]
    ) -> Iterator[Finding]:
        there, value = now
        if not there:
            yield self._finding(stage, ("params",), f"reads '{name}', which {file} does not have")
        elif name not in before:
            yield self._finding(stage, ("params",), f"reads '{name}' of {file}, which dvc.lock does not have")
        elif not same(value, before[name]):
            yield self._finding(stage, ("params",), f"was run with another '{name}' than {file} has now")

    def _finding(self, stage: Stage, where: tuple[str | int, ...], says: str) -> Finding:
        folder = folder_of(self._path)
        target = f"{folder}/{PIPELINE}:{stage.name}" if folder else stage.name
        return Finding(
            self._shown(self._path),
            self._document.line(*stage.written, *where),
            f"stage '{stage.name}' {says}",
            f"dvc repro {quote(target)} && git add {quote(self._shown(_lock_of(self._path)))}",
        )

    def _shown(self, path: str) -> str:
        return self._project.tree.shown(path)

    def _is_allowed(self, stage: Stage) -> bool:
        return is_allowed_at(self._lines, self._document.line(*stage.written[:2]), RULE)

    @staticmethod
    def _index(stage: Stage, kind: str, path: str) -> int:
        return next((place for place, (name, _) in enumerate(stage.paths(kind)) if name == path), 0)


def _compared(stage: Stage) -> Iterator[tuple[str, str]]:
    """The paths of a stage whose hashes are compared: what it reads, and what it makes, with their kind."""
    for kind in ("deps", "outs", "metrics", "plots"):
        yield from ((path, kind) for path, _ in stage.paths(kind))


def _read_of(values: Any, names: Sequence[str], before: Mapping[str, Any]) -> Iterator[tuple[str, tuple[bool, Any]]]:
    """What a stage reads of a parameter file: each name with its value, or, of a whole file, every key of it."""
    if names:
        yield from ((name, value_at(values, name)) for name in names)
    elif isinstance(values, dict):
        for key in dict.fromkeys([*values, *before]):
            yield str(key), (key in values, values.get(key))


def _unreadable(project: Project, pipeline: str) -> Generator[Finding, None, bool]:
    """What keeps a dvc.yaml or its dvc.lock from being read; returns whether anything does."""
    broken = False
    for path in (pipeline, _lock_of(pipeline)):
        try:
            parse(project.tree.content(path) or b"")
        except NotYaml as problem:
            broken = True
            yield Finding(
                project.tree.shown(path),
                problem.line,
                problem.why,
                f"git checkout HEAD -- {quote(project.tree.shown(path))}",
            )
    return broken


def _resolved(project: Project, pipeline: str) -> Generator[Finding, None, list[Stage]]:
    """The stages that can be compared; what is wrong with the templates of others."""
    stages: list[Stage] = []
    document = project.document(pipeline)
    try:
        for found in stages_in(folder_of(pipeline), project.mapping(pipeline), project.values):
            if isinstance(found, Stage):
                stages.append(found)
            elif document is not None:
                where, problem = found
                shown = project.tree.shown(pipeline)
                yield Finding(shown, document.line(*where), f"'{'.'.join(where)}' cannot be resolved: {problem}")
    except Unknown:
        return []
    except ParamsUnreadable as problem:
        yield Finding(project.tree.shown(pipeline), 1, f"its templates cannot be resolved: {problem}")
    return stages


def _lock_of(pipeline: str) -> str:
    return pipeline.removesuffix(PIPELINE) + LOCK


if __name__ == "__main__":
    sys.exit(main())
