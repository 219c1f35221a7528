"""What git knows of the project."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headgate import masking
from headgate.errors import CouldNotCarryOut
from headgate.process import Completed, Runner, run


class GitFailed(CouldNotCarryOut):
    """git did not do what it was asked."""

    title = "git failed"

    def __init__(self, completed: Completed, *, hint: str | None = None) -> None:
        super().__init__(f"`{' '.join(completed.argv)}`: {completed.last_words}", hint=hint)


class NotARepository(CouldNotCarryOut):
    """There is no commit to tie a release to."""

    title = "no commit"


@dataclass(frozen=True)
class Git:
    """The repository that holds `project`.

    Args:
        project: the folder of headgate.yaml.
        run: how git is run.
    """

    project: Path
    run: Runner = run

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """The stripped output of `git ARGUMENTS`.

        Raises:
            GitFailed: it exited non-zero.
        """
        completed = self.try_(*arguments, stdin=stdin)
        if not completed.ok:
            raise GitFailed(completed)
        return completed.stdout.strip()

    def try_(self, *arguments: str, stdin: str | None = None, timeout: float | None = None) -> Completed:
        """`git ARGUMENTS`, whatever its exit code. Never asks for a password."""
        return self.run(
            ["git", *arguments],
            cwd=self.project,
            stdin=stdin,
            timeout=timeout,
            env={"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **credentials(os.environ)},
        )

    def commit(self) -> str:
        """The full hash of HEAD.

        Raises:
            NotARepository: no repository, or no commit in it yet.
        """
        completed = self.try_("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if not completed.ok:
            raise NotARepository(
                f"{self.project} is not a git repository with a commit, and a release belongs to a commit.",
                hint="git init && git add . && git commit",
            )
        return completed.stdout.strip()

    def branch(self) -> str | None:
        """The branch checked out, or None on a detached HEAD."""
        completed = self.try_("symbolic-ref", "--short", "--quiet", "HEAD")
        return completed.stdout.strip() or None

    def dirty(self) -> bool:
        """Whether a tracked file of the project differs from HEAD; dvc.lock, which trainings write, does not count."""
        return bool(self("status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude,glob)**/dvc.lock"))

    def remote_url(self, remote: str = "origin") -> str | None:
        """The URL of `remote`, or None where there is no such remote."""
        completed = self.try_("remote", "get-url", remote)
        return completed.stdout.strip() or None if completed.ok else None

    def last_commit_of(self, path: str) -> str | None:
        """`3f2c1ab by octocat` for the last commit that changed `path`; None when no commit did."""
        completed = self.try_("log", "-1", "--format=%h by %an", "--", path)
        return completed.stdout.strip() or None if completed.ok else None


def credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """What lets one git command talk to the server of the workflow's own repository: nothing, outside of a workflow.

    A checkout with `persist-credentials: false` leaves no token in the working copy, where anything the job runs could
    read it. git takes the header from its environment just as well. The empty value in front drops the header of a
    checkout that did leave one: a server refuses two.
    """
    token, server = environ.get("GITHUB_TOKEN"), environ.get("GITHUB_SERVER_URL")
    if not token or not server or environ.get("GITHUB_ACTIONS") != "true":
        return {}
    header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    masking.register(header)
    key, first = f"http.{server.rstrip('/')}/.extraheader", int(environ.get("GIT_CONFIG_COUNT") or 0)
    values = ("", f"AUTHORIZATION: basic {header}")
    settings = {"GIT_CONFIG_COUNT": str(first + len(values))}
    for number, value in enumerate(values, first):
        settings |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return settings
