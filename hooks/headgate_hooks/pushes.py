"""Which commits are about to be pushed: from pre-commit's variables, or from what git tells a pre-push hook."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headgate_hooks.outcome import CouldNotCheck
from headgate_hooks.staged import git

_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DVC_FILES = (":(top,glob)**/*.dvc", ":(top,glob)**/dvc.lock", ":(top,glob)**/dvc.yaml")


@dataclass(frozen=True)
class Push:
    """Commits that a remote gets.

    Args:
        tip: the last of them.
        known: a commit that the remote has already, and all before it.
        remote: the remote's name, where it has one.
    """

    tip: str
    known: str | None = None
    remote: str | None = None

    def commits_with_data(self) -> list[str]:
        """Those that change a DVC file, the newest first."""
        known = [f"^{self.known}"] if self.known and _exists(self.known) else []
        remotes = f"--remotes={self.remote}" if self.remote else "--remotes"
        said = git(
            "log", "--format=%H", "--full-history", "-m", self.tip, *known, "--not", remotes, "--", *_DVC_FILES
        ).decode()
        return list(dict.fromkeys(said.split()))


def pushes(*, stdin: bool, environ: Mapping[str, str] = os.environ) -> Iterator[Push]:
    """Every branch or tag that is pushed; by hand, what HEAD has and no remote.

    Args:
        stdin: whether git itself runs the hook, and says on standard input what is pushed.
        environ: where pre-commit says it.
    """
    remote = environ.get("PRE_COMMIT_REMOTE_NAME") or None
    if (remote and "/" in remote) or (remote and not _is_remote(remote)):
        remote = None  # pushed to a URL
    if stdin:
        yield from _told_by_git(sys.stdin.read())
    elif tip := environ.get("PRE_COMMIT_TO_REF"):
        yield Push(tip, environ.get("PRE_COMMIT_FROM_REF"), remote)
    elif branch := environ.get("PRE_COMMIT_LOCAL_BRANCH"):
        yield Push(branch, None, remote)  # pre-commit names no range where all of a history is new
    elif _exists("HEAD"):
        yield Push("HEAD")


def _told_by_git(told: str) -> Iterator[Push]:
    for line in told.splitlines():
        words = line.rsplit(maxsplit=3)
        if len(words) != 4 or not (_HASH.fullmatch(words[1]) and _HASH.fullmatch(words[3])):
            raise CouldNotCheck(f"standard input is not what git tells a pre-push hook: {line[:80]!r}")
        _, tip, _, known = words
        if tip.strip("0"):  # what is deleted has no data
            yield Push(tip, known if known.strip("0") else None)


def _exists(commit: str) -> bool:
    try:
        git("rev-parse", "--quiet", "--verify", f"{commit}^{{commit}}")
    except CouldNotCheck:
        return False
    return True


def _is_remote(name: str) -> bool:
    return name in git("remote").decode().split("\n")
