"""How every hook talks: `path:line: message` with the fix, silence on success, and an exit code that says which it was.

| code | meaning |
|---|---|
| 0 | nothing to complain of; with a network failure before a push, a warning |
| 1 | something is wrong, or was rewritten by `--fix` |
| 2 | the command line is wrong |
| 3 | could not check; a network failure before a push only with `--strict` |
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from headgate.errors import HeadgateError

PRAGMA = "headgate: allow"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong.

    Args:
        path: relative to where the hook runs.
        line: from 1.
        message: what is wrong and why, as one sentence without its full stop.
        fix: what to do: a command or a change.
    """

    path: str
    line: int
    message: str
    fix: str = ""

    def __str__(self) -> str:
        end = "" if self.message.endswith("?") else "."
        return f"{self.path}:{self.line}: {self.message}{end}" + (f" Fix: {self.fix}" if self.fix else "")


class CouldNotCheck(Exception):
    """The hook cannot tell right from wrong: exit 3.

    Args:
        message: what happened and why.
        passing: whether a push goes on with a warning, as with a remote that does not answer.
    """

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


Check = Callable[[argparse.Namespace], Iterable[Finding]]


def parser_of(name: str, description: str) -> argparse.ArgumentParser:
    """The command line that all hooks share: the files to check."""
    parser = argparse.ArgumentParser(prog=name, description=description)
    parser.add_argument("files", nargs="*", metavar="FILE", help="as pre-commit passes them; read from git's index")
    return parser


def allow_files(parser: argparse.ArgumentParser) -> None:
    """The option for files that cannot say themselves that they are meant as they are."""
    parser.add_argument("--allow", action="append", default=[], metavar="GLOB", help="files that are meant; repeatable")


def run(parser: argparse.ArgumentParser, check: Check, argv: Sequence[str] | None) -> int:
    """Check what `argv` says (default: this process's arguments), print what is wrong and return the exit code."""
    arguments = parser.parse_args(argv)
    findings: set[Finding] = set()
    code = 0
    try:
        for finding in check(arguments):
            findings.add(finding)
    except CouldNotCheck as failure:
        passes = failure.passing and not getattr(arguments, "strict", False)
        print(f"{parser.prog}: {'not checked' if passes else 'could not check'}: {failure}", file=sys.stderr)
        code = 0 if passes else 3
    except HeadgateError as failure:
        print(f"{parser.prog}: could not check: {failure.message} {failure.hint or ''}".rstrip(), file=sys.stderr)
        code = 3
    for finding in sorted(findings):
        print(finding)
    return 1 if findings else code


def is_allowed(line: str, rule: str) -> bool:
    """Whether a line of a file says itself that what `rule` finds there is meant: `headgate: allow <rule>`."""
    _, pragma, allowed = line.partition(PRAGMA)
    return bool(pragma) and rule in allowed.replace(",", " ").split()


def is_allowed_at(lines: Sequence[str], number: int, rule: str) -> bool:
    """Whether the line of this number allows it, or a comment alone on the line above."""
    here, above = lines[number - 1 : number], lines[max(0, number - 2) : number - 1]
    return any(is_allowed(line, rule) for line in (*here, *(line for line in above if line.lstrip().startswith("#"))))


def unless_allowed(findings: Iterable[Finding], lines: Sequence[str], rule: str) -> list[Finding]:
    """The findings in a file of these lines, without those that the file allows."""
    return [finding for finding in findings if not is_allowed_at(lines, finding.line, rule)]
