"""`headgate-dvc-format`: dvc.yaml, dvc.lock and *.dvc hold what DVC can read, and no output belongs to two.

What is checked is each file named; an output that two stages or *.dvc make, or that git tracks too, is looked for in
the whole repository.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from shlex import quote

from headgate_hooks.dvc import shapes
from headgate_hooks.dvc.records import LOCK, PIPELINE, POINTER, Project, folder_of, root_of
from headgate_hooks.dvc.yaml12 import Document, NotYaml, parse
from headgate_hooks.outcome import Finding, parser_of, run, unless_allowed
from headgate_hooks.staged import Tree

RULE = "dvc-format"
_NAMES = (POINTER[1:], f"/{LOCK}", f"/{PIPELINE}")


@dataclass(frozen=True)
class _Made:
    """An output: where it is, who makes it, and the place that says so."""

    path: str
    by: str
    file: str
    line: int
    keeps: bool


def main(argv: Sequence[str] | None = None) -> int:
    """Check the DVC files named in `argv` and return the exit code."""
    return run(parser_of("headgate-dvc-format", "Check dvc.yaml, dvc.lock and *.dvc files."), check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """What is wrong in the files, and what they have in common that they should not."""
    tree = Tree.staged()
    project = Project(tree)
    named = [path for path in tree.at(arguments.files) if f"/{path}".endswith(_NAMES)]
    every = tree.named([PIPELINE, LOCK, POINTER])
    tree.keep(dict.fromkeys([*named, *every]))
    for path in named:
        content = tree.content(path)
        if content is not None:
            yield from unless_allowed(_malformed(tree, path, content), _lines(content), RULE)
    for finding in _twice(tree, list(_made(project, every)), set(named)):
        yield from unless_allowed([finding[0]], _lines(tree.content(finding[1]) or b""), RULE)


def _malformed(tree: Tree, path: str, content: bytes) -> Iterator[Finding]:
    shown = tree.shown(path)
    try:
        document = parse(content)
    except NotYaml as problem:
        fix = f"choose one side, then: dvc checkout && git add {quote(shown)}" if "conflict" in problem.why else ""
        yield Finding(shown, problem.line, problem.why, fix)
        return
    for location, why in _mistakes(path.rpartition("/")[2], document):
        yield Finding(shown, document.line(*location), why)


def _mistakes(name: str, document: Document) -> Iterator[tuple[shapes.Location, str]]:
    values = document.values
    if values is None:
        return
    if name == LOCK:
        of_dvc_1 = isinstance(values, dict) and "schema" not in values and "stages" not in values
        yield from shapes.mistakes(values, shapes.Of(shapes.LOCKED_STAGE) if of_dvc_1 else shapes.LOCK)
    elif name == PIPELINE:
        yield from shapes.mistakes(values, shapes.PIPELINE)
        stages = values.get("stages") if isinstance(values, dict) else None
        for stage, plan in stages.items() if isinstance(stages, dict) else ():
            several = isinstance(plan, dict) and ("foreach" in plan or "do" in plan)
            yield from shapes.mistakes(plan, shapes.FOREACH if several else shapes.STAGE, ("stages", stage))
    else:
        yield from shapes.mistakes(values, shapes.POINTER)


def _made(project: Project, files: Iterable[str]) -> Iterator[_Made]:
    """Every output of the repository, as its *.dvc or its dvc.yaml names it."""
    for file in files:
        document = project.document(file)
        if document is None:
            continue
        if file.endswith(PIPELINE):
            for stage in project.stages(file):
                for path, options in stage.outs:
                    if place := stage.place(path):
                        line = document.line(*stage.written)
                        yield _Made(place, f"stage '{stage.name}'", file, line, options.get("cache") is not False)
        elif not file.endswith(LOCK):
            for index, out in enumerate(project.outs([file], [])):
                if out.path:
                    yield _Made(out.path, project.tree.shown(file), file, document.line("outs", index), out.keeps)


def _twice(tree: Tree, made: Sequence[_Made], named: set[str]) -> Iterator[tuple[Finding, str]]:
    """Outputs that two make, that lie in one another, or that git has too; each with the file it is told of."""
    root_in = cache(lambda folder: root_of(tree, f"{folder}/dvc.yaml".lstrip("/")))
    first: dict[tuple[str | None, str], _Made] = {}
    for one in made:
        root = root_in(folder_of(one.file))
        other = first.setdefault((root, one.path), one)
        if other is not one and {one.file, other.file} & named:
            yield _told(tree, one, f"{tree.shown(one.path)} is made by {one.by} and by {other.by}", "keep one of them")
    for (root, path), one in first.items():
        above = next((first[root, folder] for folder in _above(path) if (root, folder) in first), None)
        if above is not None and {one.file, above.file} & named:
            inside = f"{tree.shown(path)} of {one.by} lies in {tree.shown(above.path)} of {above.by}"
            yield _told(tree, one, inside, "let them be beside each other: DVC keeps each as one piece")
        if one.keeps and one.file in named and _is_tracked(tree, path):
            fix = f"git rm -r --cached {quote(tree.shown(path))}"
            yield _told(tree, one, f"{tree.shown(path)} of {one.by} is tracked by git too", fix)


def _is_tracked(tree: Tree, path: str) -> bool:
    """Whether git has the file, or one in the folder that is not about the folder."""
    about = (POINTER[1:], "/.gitignore", "/.gitkeep")
    return path in tree or (path in tree.folders and not all(file.endswith(about) for file in tree.below(path)))


def _told(tree: Tree, made: _Made, message: str, fix: str) -> tuple[Finding, str]:
    return Finding(tree.shown(made.file), made.line, message, fix), made.file


def _above(path: str) -> Iterator[str]:
    while path := folder_of(path):
        yield path


def _lines(content: bytes) -> list[str]:
    return content.decode(errors="replace").splitlines()


if __name__ == "__main__":
    sys.exit(main())
