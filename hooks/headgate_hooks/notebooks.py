"""`headgate-notebooks`: a notebook is committed without its outputs and without paths of somebody's machine.

Outputs hold rows of the data, and change with every run; a path of one machine fails on all others. `--fix` takes the
outputs out; paths are for people. Without `--all`, only notebooks that belong to the pipeline are judged: those that a
stage reads or runs. One that a stage makes is a report, and keeps its outputs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Any

from headgate_hooks.outcome import Finding, allow_files, is_allowed, parser_of, run
from headgate_hooks.staged import Tree, git

RULE = "notebooks"
_HOME = re.compile(r"""["'](?:/(?:home|Users|root|mnt|media|content|kaggle|data|scratch|tmp)/|[A-Za-z]:\\|~/)[^"']*""")


def main(argv: Sequence[str] | None = None) -> int:
    """Check, or with `--fix` clean, the notebooks named in `argv` and return the exit code."""
    parser = parser_of("headgate-notebooks", "Keep outputs and absolute paths out of the pipeline's notebooks.")
    parser.add_argument("--fix", action="store_true", help="take the outputs out; the files are to be staged again")
    parser.add_argument("--all", action="store_true", help="judge every notebook, not only those of the pipeline")
    allow_files(parser)
    return run(parser, check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """The outputs and paths found."""
    tree = Tree.staged()
    named = [path for path in tree.at(arguments.files, arguments.allow) if path.endswith(".ipynb")]
    if not arguments.all:
        named = list(_of_the_pipeline(tree, named))
    for path, content in tree.read(named):
        yield from _in(tree, path, content, fix=arguments.fix)


def _in(tree: Tree, path: str, content: bytes, *, fix: bool) -> Iterator[Finding]:
    shown = tree.shown(path)
    try:
        notebook = json.loads(content)
        cells = list(_code(notebook))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        yield Finding(shown, 1, f"it is no notebook: {' '.join(str(error).split())}")
        return
    lines = content.decode().splitlines()
    with_outputs = [number for number, cell in cells if cell.get("outputs") or cell.get("execution_count") is not None]
    if with_outputs:
        cleaned = fix and _clean(tree, path, notebook, content)
        what = f"{len(with_outputs)} of {len(cells)} code cells have outputs or counts"
        done = f"they were taken out; git add {quote(shown)}" if cleaned else f"headgate-notebooks --fix {quote(shown)}"
        yield Finding(shown, _line_of(lines, '"outputs": [', after='"output_type"'), what, done)
    for number, cell in cells:
        for text in _source(cell):
            found = _HOME.search(text)
            if found and not is_allowed(text, RULE):
                where = _line_of(lines, json.dumps(text, ensure_ascii=False)[1:-1])
                message = f"cell {number} has a path of one machine: {found[0][1:]}"
                yield Finding(shown, where, message, "a path relative to the repository, or a parameter")


def _of_the_pipeline(tree: Tree, named: Sequence[str]) -> Iterator[str]:
    """The notebooks that a stage of a dvc.yaml reads or runs, and that none makes."""
    if not named:
        return
    from headgate_hooks.dvc.records import PIPELINE, Project  # costly, and needed only where there are notebooks

    project = Project(tree)
    stages = [stage for pipeline in tree.named([PIPELINE]) for stage in project.stages(pipeline)]
    made = {stage.place(path) for stage in stages for path, _ in stage.outs}
    read = {stage.place(path) for stage in stages for path, _ in stage.paths("deps")}
    commands = [(stage, str(stage.plan.get("cmd", ""))) for stage in stages]
    for path in named:
        runs = any(name in command for stage, command in commands for name in (path.removeprefix(f"{stage.folder}/"),))
        if path not in made and (path in read or runs):
            yield path


def _code(notebook: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The code cells with their numbers, from 1; those of the third format lie in worksheets."""
    cells = notebook.get("cells")
    if cells is None:
        cells = [cell for sheet in notebook.get("worksheets", ()) for cell in sheet.get("cells", ())]
    for number, cell in enumerate(cells, start=1):
        if cell.get("cell_type") == "code":
            yield number, cell


def _source(cell: dict[str, Any]) -> list[str]:
    source = cell.get("source") or cell.get("input") or []
    return source.splitlines() if isinstance(source, str) else [line.rstrip("\n") for line in source]


def _clean(tree: Tree, path: str, notebook: Any, content: bytes) -> bool:
    """Rewrite the file without outputs, unless it has changes that are not staged: they would be mixed in."""
    file = tree.top / path
    if not file.is_file() or git("diff", "--name-only", "-z", "--", path, cwd=tree.top):
        return False
    for _, cell in _code(notebook):
        cell["outputs"] = []
        if "execution_count" in cell:
            cell["execution_count"] = None
    indent = re.search(rb"\n( +)\S", content)
    text = json.dumps(notebook, ensure_ascii=False, indent=len(indent[1]) if indent else None)
    file.write_text(text + ("\n" if content.endswith(b"\n") else ""), encoding="utf-8")
    return True


def _line_of(lines: Sequence[str], text: str, *, after: str | None = None) -> int:
    """The line that has `text`, and, with `after`, is soon followed by it; else the first."""
    for number, line in enumerate(lines, start=1):
        if text in line and (after is None or any(after in follows for follows in lines[number - 1 : number + 3])):
            return number
    return 1


if __name__ == "__main__":
    sys.exit(main())
