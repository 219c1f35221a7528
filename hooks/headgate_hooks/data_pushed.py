"""`headgate-data-pushed`: what the commits about to be pushed name is on the DVC remote.

All outs that they name are asked for at once, in one query per DVC project; commits that change no DVC file ask
nothing. A remote that does not answer stops nobody: a warning, and the push goes on, unless with `--strict`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headgate_hooks.dvc.records import LOCK, POINTER, Out, Project, root_of
from headgate_hooks.outcome import Finding, parser_of, run
from headgate_hooks.pushes import pushes
from headgate_hooks.staged import Tree

_SHOWN = 3  # names of files inside a folder


@dataclass(frozen=True)
class _Wanted:
    """An out, and the newest commit about to be pushed that names it so.

    Args:
        out: what is asked for.
        commit: that commit.
        line: of the hash in the file that names it.
        blob: that file as the commit has it.
    """

    out: Out
    commit: str
    line: int
    blob: str


def main(argv: Sequence[str] | None = None) -> int:
    """Check the commits about to be pushed and return the exit code."""
    parser = parser_of(
        "headgate-data-pushed", "Check that the DVC remote has what the commits about to be pushed name."
    )
    parser.add_argument("--remote", metavar="NAME", help="the DVC remote; default: DVC's own choice")
    parser.add_argument("--strict", action="store_true", help="a remote that does not answer stops the push: exit 3")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS", help="for the query; default: 120")
    parser.add_argument("--stdin", action="store_true", help="for a plain git hook: git says there what is pushed")
    return run(parser, check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """What is not on the remote."""
    wanted = _wanted(stdin=arguments.stdin)
    if not wanted:
        return
    from headgate_hooks.remote_query import not_there  # costly, and needed only where there is data

    top = Tree.staged()
    for root, group in _by_root(top, wanted).items():
        outs = [one.out for one in group]
        missing = not_there(top.top / root, outs, remote=arguments.remote, timeout=arguments.timeout)
        for place, files in sorted(missing.items()):
            yield _finding(top, root, group[place], files, arguments.remote)


def _wanted(*, stdin: bool) -> list[_Wanted]:
    """Each hash of each path once, as the newest commit has it."""
    found: dict[tuple[str | None, str | None], _Wanted] = {}
    seen: set[tuple[str, str | None]] = set()
    for push in pushes(stdin=stdin):
        for commit in push.commits_with_data():
            project = Project(Tree.of_commit(commit))
            for named_by, outs in _new_in(project, seen):
                content = (project.tree.content(named_by) or b"").decode(errors="replace").splitlines()
                for out in outs:
                    if out.pushes and out.md5:
                        wanted = _Wanted(out, commit, _line_of(content, out.md5), project.tree.entries[named_by].oid)
                        found.setdefault((out.path, out.md5), wanted)
    return list(found.values())


def _new_in(project: Project, seen: set[tuple[str, str | None]]) -> Iterator[tuple[str, list[Out]]]:
    """The *.dvc and dvc.lock of a commit that were not read in a newer one, with what they name."""
    tree = project.tree
    files = []
    for path in tree.named([POINTER, LOCK]):
        plan = tree.entries.get(f"{path.removesuffix(LOCK)}dvc.yaml") if path.endswith(LOCK) else None
        key = (f"{path} {tree.entries[path].oid}", plan and plan.oid)
        if key not in seen:
            seen.add(key)
            files.append(path)
    tree.keep(files)
    for path in files:
        is_lock = path.rpartition("/")[2] == LOCK
        yield path, list(project.outs([] if is_lock else [path], [path] if is_lock else []))


def _by_root(tree: Tree, wanted: Sequence[_Wanted]) -> dict[str, list[_Wanted]]:
    """By the folder of the DVC project they belong to: the nearest with a `.dvc`."""
    groups: dict[str, list[_Wanted]] = {}
    for one in wanted:
        root = root_of(tree, one.out.named_by)
        if root is not None:
            groups.setdefault(root, []).append(one)
    return groups


def _finding(tree: Tree, root: str, one: _Wanted, files: Sequence[tuple[str, bool]], remote: str | None) -> Finding:
    name = tree.shown(one.out.path) if one.out.path else str(one.out.path)
    inside = sorted(file for file, _ in files if file)
    if inside:
        more = f" and {len(inside) - _SHOWN:,} more" if len(inside) > _SHOWN else ""
        name = f"{len(inside):,} file(s) of {name} ({', '.join(inside[:_SHOWN])}{more})"
    here = all(has for _, has in files)
    where = "are" if len(inside) > 1 else "is"
    lost = "" if here else ", nor in this machine's cache"
    message = f"{name} of commit {one.commit[:7]} {where} not on the DVC remote{lost}"
    return Finding(tree.shown(one.out.named_by), one.line, message, _push(tree, root, one, remote, here=here))


def _push(tree: Tree, root: str, one: _Wanted, remote: str | None, *, here: bool) -> str:
    """What to run: for what is not checked out there is no file to name, so DVC looks through all of them."""
    chosen = f" -r {one.out.remote or remote}" if one.out.remote or remote else ""
    folder = f"cd {shlex.quote(tree.shown(root))} && " if root else ""
    target = (one.out.path or "").removeprefix(f"{root}/" if root else "")
    here_too = (entry := tree.entries.get(one.out.named_by)) is not None and entry.oid == one.blob
    what = shlex.quote(target) if here_too else "--all-commits"
    elsewhere = "" if here else "  (on the machine that has the data)"
    return f"{folder}dvc push{chosen} {what}{elsewhere}"


def _line_of(lines: Sequence[str], md5: str) -> int:
    return next((number for number, line in enumerate(lines, start=1) if md5 in line), 1)


if __name__ == "__main__":
    sys.exit(main())
