"""`headgate-no-secrets`: what opens a door stays out of git. The secret itself is never printed.

`--fix` moves what .dvc/config has too much to .dvc/config.local. What was once pushed is known: change it as well.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from shlex import quote

from headgate_hooks import known_hosts, tokens
from headgate_hooks.outcome import Finding, allow_files, is_allowed_at, parser_of, run
from headgate_hooks.staged import Tree, git

RULE = "no-secrets"
_KNOWN_HOSTS = re.compile(r"\.?(?:[\w-]+[_.-])?known_hosts2?(?:[_.-](?!py$|md$|sh$|ya?ml$|j2$|tmpl$)[\w-]+)?")
_LARGEST = 2_000_000  # bytes; what is larger is data, and another hook's business
_PRAGMA = "pragma: allowlist secret"  # of detect-secrets, which may be in use already
_ROTATE = "take it out, and change it if it was ever pushed"
_RUNS = (".yml", ".yaml", ".sh", ".bash", "Dockerfile", "Makefile", "/config", "/ssh_config")


def main(argv: Sequence[str] | None = None) -> int:
    """Check the files named in `argv` and return the exit code."""
    parser = parser_of("headgate-no-secrets", "Keep credentials out of git.")
    parser.add_argument("--fix", action="store_true", help="move options of .dvc/config to .dvc/config.local")
    allow_files(parser)
    return run(parser, check, argv)


def check(arguments: argparse.Namespace) -> Iterator[Finding]:
    """The credentials found, by file and line."""
    tree = Tree.staged()
    named = tree.at(arguments.files, arguments.allow)
    sizes = tree.sizes(named)
    suspects: list[tokens.Line] = []
    for path, content in tree.read(path for path in named if sizes.get(path, 0) <= _LARGEST):
        if b"\0" in content[:8000]:
            continue
        found = list(_in(tree, path, content, fix=arguments.fix))
        told = {finding.line for finding in found}
        maybe = [line for line in tokens.suspects_in(path, content) if line.number not in told]
        if found or maybe:
            lines = content.decode(errors="replace").splitlines()
            yield from (finding for finding in found if not _is_meant(lines, finding.line))
            suspects += [line for line in maybe if not _is_meant(lines, line.number)]
    for line, kind in tokens.judged(suspects):
        yield Finding(
            tree.shown(line.path), line.number, f"this looks like a credential ({kind})", _where_to(line.path)
        )


def _in(tree: Tree, path: str, content: bytes, *, fix: bool) -> Iterator[Finding]:
    """What this file says that needs no engine."""
    shown = tree.shown(path)
    name = path.rpartition("/")[2]
    of_dvc = list(_of_dvc(tree, path, content, fix=fix)) if f"/{path}".endswith("/.dvc/config") else []
    yield from of_dvc
    told = {finding.line for finding in of_dvc}
    for number, kind in tokens.known_in(content):
        if number not in told:
            yield Finding(shown, number, f"this is {kind}", _where_to(path))
    if f"/{path}".endswith("/.dvc/config.local"):
        yield Finding(shown, 1, "this file is for one machine, with its passwords", f"git rm --cached {quote(shown)}")
    elif _KNOWN_HOSTS.fullmatch(name):
        for number, why in known_hosts.mistakes_in(content.decode(errors="replace")):
            yield Finding(
                shown, number, why, "ssh-keyscan HOST on a network you trust, compared with the host's own keys"
            )
    elif f"/{path}".endswith(_RUNS) and (b"KnownHosts" in content or b"HostKey" in content or b"keyscan" in content):
        for number, why in known_hosts.unchecked_in(content.decode(errors="replace")):
            yield Finding(shown, number, why, "commit a known_hosts with the hosts' keys, and name that")


def _of_dvc(tree: Tree, path: str, content: bytes, *, fix: bool) -> Iterator[Finding]:
    from headgate_hooks.secrets_of_dvc import move_to_local, options_in

    wrong = [
        option
        for option in options_in(content.decode(errors="replace"))
        if option.is_secret or option.is_of_one_machine
    ]
    shown = tree.shown(path)
    clean = fix and bool(wrong) and not git("diff", "--name-only", "-z", "--", path, cwd=tree.top)
    if clean:
        move_to_local(tree.top / path, wrong)
    for option in wrong:
        what = f"'{option.key}' of the remote '{option.remote}'" if option.remote else f"'{option.key}'"
        why = "is a credential" if option.is_secret else "is a path that only one machine has"
        yield Finding(shown, option.line, f"{what} {why}", _fix_of(option.key, option.remote, shown, moved=clean))


def _fix_of(key: str, remote: str | None, shown: str, *, moved: bool) -> str:
    if moved and key != "url":
        return f"it is in config.local now; git add {quote(shown)}"
    if key == "url":
        return f"dvc remote modify --local {remote} password …, and the URL without it"
    return f"headgate-no-secrets --fix {quote(shown)}  (moves it to config.local; CI has secrets, and ssh's agent)"


def _where_to(path: str) -> str:
    if "/workflows/" in f"/{path}":
        return "keep it as a secret of the repository, and name it: ${{ secrets.NAME }}"
    return _ROTATE


def _is_meant(lines: Sequence[str], number: int) -> bool:
    return is_allowed_at(lines, number, RULE) or any(_PRAGMA in line for line in lines[number - 1 : number])


if __name__ == "__main__":
    sys.exit(main())
