"""`headgate-config`: every headgate.yaml that is committed can be loaded, and what it names exists.

Prints `path:line: message` for each mistake and exits 1; says nothing and exits 0 when there is none. What is staged
counts: a file that is only in the working tree does not exist for anybody else.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from headgate_hooks.outcome import Finding, parser_of, run, unless_allowed
from headgate_hooks.staged import Tree

RULE = "config"
_VARIABLE = re.compile(rb"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PLACED = re.compile(r"(?P<path>.*?):(?P<line>\d+): (?P<text>.*)")


def main(argv: Sequence[str] | None = None) -> int:
    """Check the files named in `argv` (default: this process's arguments) and return the exit code."""
    return run(parser_of("headgate-config", "Check headgate.yaml files."), check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """Every mistake in the files."""
    if not arguments.files:
        return
    tree = Tree.staged()
    for path in tree.at(arguments.files):
        content = tree.content(path)
        if content is None:
            yield Finding(tree.shown(path), 1, "it does not exist")
            continue
        lines = content.decode(errors="replace").splitlines()
        yield from unless_allowed(mistakes_in(tree, path, content), lines, RULE)


def mistakes_in(tree: Tree, path: str, content: bytes) -> Iterator[Finding]:
    """Every mistake in `content`: those of its own, and, where there are none, what it names and nobody has."""
    os.environ.setdefault(
        "PYDANTIC_DISABLE_PLUGINS", "1"
    )  # to look for them takes as long as git does for all it is asked
    from headgate.config import ConfigError, load
    from headgate_hooks.references import broken_in

    shown = tree.shown(path)
    try:
        with _variables_set(content):
            config = load(Path(shown), content=content)
    except ConfigError as error:
        for mistake in error.message.splitlines():
            yield _placed(shown, mistake)
        return
    yield from broken_in(tree, path, content, config)


@contextmanager
def _variables_set(content: bytes) -> Iterator[None]:
    """Give each `${VAR}` of the file a value: the real ones are set where releases run, not where people commit."""
    missing = {name.decode() for name in _VARIABLE.findall(content)} - os.environ.keys()
    os.environ.update(dict.fromkeys(missing, "set-when-it-runs"))
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


def _placed(shown: str, mistake: str) -> Finding:
    """A mistake that concerns the file as a whole stands on its first line."""
    found = _PLACED.fullmatch(mistake)
    if found and found["path"] == shown:
        return Finding(shown, int(found["line"]), found["text"].rstrip("."))
    return Finding(shown, 1, mistake.removeprefix(shown).lstrip(": ").rstrip("."))


if __name__ == "__main__":
    sys.exit(main())
