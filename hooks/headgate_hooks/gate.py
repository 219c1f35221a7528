"""`headgate-gate`: the candidate that is already here would pass the gate. Nothing is trained.

The predictions that headgate.yaml names are judged as `headgate gate --candidate` judges them, by the headgate of the
project's own environment: a hook's environment has no polars. Where there are no predictions there is nothing to judge.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate_hooks.dvc.cache import kept
from headgate_hooks.dvc.digests import md5_of
from headgate_hooks.dvc.records import LOCK, Out, Project
from headgate_hooks.dvc.yaml12 import Document, NotYaml, parse
from headgate_hooks.outcome import CouldNotCheck, Finding, parser_of, run
from headgate_hooks.staged import Tree, git

_OF_THIS_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


@dataclass(frozen=True)
class _Candidate:
    """One headgate.yaml, and the predictions that it names, which are here.

    Args:
        config: the headgate.yaml, from the top.
        folder: where it is.
        predictions: relative to `folder`.
        baseline: `registry`, `git:<rev>` or `file:<path>`.
        warns: whether an undecided check lets the candidate pass.
        reported: the numbers that only a run has.
        line: of `gate`.
    """

    config: str
    folder: Path
    predictions: str
    baseline: str
    warns: bool
    reported: frozenset[str]
    line: int


def main(argv: Sequence[str] | None = None) -> int:
    """Judge the candidate of every headgate.yaml and return the exit code."""
    parser = parser_of("headgate-gate", "Judge the candidate whose predictions are already here.")
    parser.add_argument("--strict", action="store_true", help="a gate that cannot be asked stops the push: exit 3")
    parser.add_argument("--timeout", type=float, default=300.0, metavar="SECONDS", help="for the gate; default: 300")
    return run(parser, check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """The checks that the candidates do not pass."""
    tree = Tree.staged()
    for path, content in tree.read(tree.named(["headgate.yaml", "headgate.yml"])):
        candidate = _candidate(tree, path, content)
        if candidate is not None:
            _insist_on_the_commits_own(tree, candidate)
            with _baseline(tree, candidate) as baseline:
                yield from _judged(tree, candidate, baseline, arguments.timeout)


def _candidate(tree: Tree, path: str, content: bytes) -> _Candidate | None:
    """What there is to judge; None without predictions. A broken headgate.yaml is for another hook."""
    try:
        document = parse(content)
    except NotYaml:
        return None
    gate, train = _section(document, "gate"), _section(document, "train")
    predictions = train.get("predictions")
    folder = (tree.top / path).parent
    if not isinstance(predictions, str) or not (folder / predictions).is_file() or not gate:
        return None
    return _Candidate(
        config=path,
        folder=folder,
        predictions=predictions,
        baseline=str(gate.get("baseline", "registry")),
        warns=gate.get("inconclusive") == "warn",
        reported=frozenset(map(str, gate.get("reported") or ())),
        line=document.line("gate"),
    )


def _insist_on_the_commits_own(tree: Tree, candidate: _Candidate) -> None:
    """The predictions on disk are those that dvc.lock names, or this would judge another model."""
    place = (candidate.folder / candidate.predictions).relative_to(tree.top).as_posix()
    out = _recorded(tree, place)
    if out is not None and md5_of((tree.top / place).read_bytes(), legacy=out.legacy) != out.md5:
        raise CouldNotCheck(f"{tree.shown(place)} is not the one that {out.named_by} names: dvc checkout", passing=True)


@contextmanager
def _baseline(tree: Tree, candidate: _Candidate) -> Iterator[list[str]]:
    """The option that names what the candidate is compared with; the registry is asked without one."""
    kind, _, where = candidate.baseline.partition(":")
    if kind == "file":
        yield ["--baseline", where]
    elif kind == "git":
        place = (candidate.folder / candidate.predictions).relative_to(tree.top).as_posix()
        with tempfile.TemporaryDirectory(prefix="headgate-") as scratch:
            file = Path(scratch) / Path(candidate.predictions).name
            file.write_bytes(_of_commit(tree, where, place))
            yield ["--baseline", str(file)]
    else:
        yield []


def _of_commit(tree: Tree, revision: str, place: str) -> bytes:
    """The predictions of another commit: from git, or from this machine's DVC cache."""
    before = Tree.of_commit(revision)
    if place in before:
        return git("show", f"{revision}:{place}", cwd=tree.top)
    out = _recorded(before, place)
    if out is not None and out.md5 and (file := _cached(tree, out)).is_file():
        return file.read_bytes()
    raise CouldNotCheck(f"{tree.shown(place)} of {revision} is not in this machine's DVC cache", passing=True)


def _recorded(tree: Tree, place: str) -> Out | None:
    locks = tree.named([LOCK])
    return next((out for out in Project(tree).outs([], locks) if out.path == place and out.md5), None)


def _cached(tree: Tree, out: Out) -> Path:
    from headgate.lineage.dvc import root_of
    from headgate.lineage.dvc_config import read_config

    root = root_of((tree.top / out.named_by).parent) or tree.top
    return kept(out, read_config(root / ".dvc").cache)


def _judged(tree: Tree, candidate: _Candidate, baseline: Sequence[str], timeout: float) -> Iterator[Finding]:
    from headgate.errors import HeadgateError
    from headgate.process import run as run_program

    arguments = ["gate", "--candidate", candidate.predictions, *baseline, "--format", "json", "--quiet"]
    for name in _OF_THIS_REPOSITORY:  # git sets them for a hook, relative to where the hook runs
        os.environ.pop(name, None)
    config = ["--config", Path(candidate.config).name]
    try:
        done = run_program([*_headgate(), *arguments, *config], cwd=candidate.folder, timeout=timeout)
    except HeadgateError as error:
        raise CouldNotCheck(error.message, passing=True) from error
    try:
        verdict = json.loads(done.stdout)
    except ValueError as error:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise CouldNotCheck(f"the gate could not be asked: {said}", passing=done.returncode != 2) from error
    checks = [one for one in verdict["checks"] if one["metric"] not in candidate.reported]
    for one in checks:
        if _stops(one, warns=candidate.warns):
            yield Finding(
                tree.shown(candidate.config),
                candidate.line,
                f"the candidate in {tree.shown(candidate.predictions)} would not pass '{one['id']}': {_because(one)}",
                f"headgate gate --candidate {candidate.predictions} --explain '{one['id']}'",
            )
    unanswered = [str(one["reason"]) for one in checks if one["verdict"] == "error"]
    if unanswered:
        raise CouldNotCheck(f"the gate could not be asked: {'; '.join(unanswered)}", passing=True)


def _headgate() -> list[str]:
    """The project's own headgate on PATH; that of the hook's environment only where it has what the gate needs."""
    own = str(Path(sys.executable).parent)
    elsewhere = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if part != own)
    if found := shutil.which("headgate", path=elsewhere):
        return [found]
    if importlib.util.find_spec("polars"):
        return [sys.executable, "-m", "headgate"]
    raise CouldNotCheck("there is no headgate on PATH that can gate: pip install 'headgate[gate]'", passing=True)


def _stops(one: Mapping[str, Any], *, warns: bool) -> bool:
    if one.get("overridden_by"):
        return False
    return one["verdict"] == "fail" or (one["verdict"] == "inconclusive" and not warns)


def _because(one: Mapping[str, Any]) -> str:
    reason = str(one.get("reason") or one["verdict"]).rstrip(".")
    return f"inconclusive: {reason}" if one["verdict"] == "inconclusive" else reason


def _section(document: Document, name: str) -> Mapping[str, Any]:
    values = document.values if isinstance(document.values, dict) else {}
    inside = values.get(name)
    return inside if isinstance(inside, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
