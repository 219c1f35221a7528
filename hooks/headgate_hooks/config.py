"""`headgate-config`: every headgate.yaml that is committed can be loaded.

Prints `path:line: message` for each mistake and exits 1; says nothing and exits 0 when there is none.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from headgate.config import ConfigError, load

_VARIABLE = re.compile(rb"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def main(argv: Sequence[str] | None = None) -> int:
    """Check the files named in `argv` (default: this process's arguments) and return the exit code."""
    parser = argparse.ArgumentParser(prog="headgate-config", description="Check headgate.yaml files.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    mistakes = [mistake for path in parser.parse_args(argv).files for mistake in mistakes_in(path)]
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


def mistakes_in(path: Path) -> list[str]:
    """Every mistake in `path`, as `path:line: message`."""
    try:
        with _variables_set(path):
            load(path)
    except ConfigError as error:
        return [_placed(path, line) for line in error.message.splitlines()]
    return []


@contextmanager
def _variables_set(path: Path) -> Iterator[None]:
    """Give each `${VAR}` of the file a value: the real ones are set where releases run, not where people commit."""
    text = path.read_bytes() if path.is_file() else b""
    missing = {name.decode() for name in _VARIABLE.findall(text)} - os.environ.keys()
    os.environ.update(dict.fromkeys(missing, "set-when-it-runs"))
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


def _placed(path: Path, mistake: str) -> str:
    """A mistake that concerns the file as a whole stands on its first line."""
    if re.match(rf"{re.escape(str(path))}:\d+: ", mistake):
        return mistake
    return f"{path}:1: {mistake.removeprefix(str(path)).lstrip(': ')}"


if __name__ == "__main__":
    sys.exit(main())
