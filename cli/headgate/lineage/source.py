"""The commit at hand, who asked for the release, and where it runs."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from headgate.lineage.git import Git
from headgate.record import Source


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(timezone.utc)


def source_of(
    git: Git,
    *,
    head: str | None = None,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = now,
) -> Source:
    """The record's first section, from git and from GitHub's environment where there is one; `head` as in `Source`.

    Raises:
        NotARepository: there is no commit.
    """
    url = git.remote_url()
    return Source(
        repository=without_credentials(url) if url else None,
        commit=git.commit(),
        head=head,
        branch=git.branch() or environ.get("GITHUB_REF_NAME"),
        dirty=git.dirty(),
        actor=actor(environ),
        run_url=run_url(environ),
        created_at=clock(),
    )


def without_credentials(url: str) -> str:
    """`url` without user and password: the name of a repository needs neither, and a token may stand as a user."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else url


def actor(environ: Mapping[str, str] = os.environ) -> str:
    """Who is doing this: GitHub's actor, or the user of this machine."""
    return environ.get("GITHUB_ACTOR") or getpass.getuser()


def run_url(environ: Mapping[str, str] = os.environ) -> str | None:
    """The page of the workflow run, in GitHub Actions."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    if not all(environ.get(name) for name in names):
        return None
    server, repository, run = (environ[name] for name in names)
    return f"{server}/{repository}/actions/runs/{run}"
