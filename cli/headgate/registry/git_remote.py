"""Talking to the git remote that a team shares, and what its refusals mean."""

from __future__ import annotations

from headgate.lineage.git import Git
from headgate.masking import mask
from headgate.process import Completed, TimedOut
from headgate.registry.base import RegistryUnreachable

PATIENCE = 120.0  # seconds for one conversation with the remote


def talk(git: Git, remote: str, *arguments: str) -> Completed:
    """`git ARGUMENTS`, which talks to `remote`, whatever its exit code.

    Raises:
        RegistryUnreachable: no answer in time.
    """
    try:
        return git.try_(*arguments, timeout=PATIENCE)
    except TimedOut as error:
        raise RegistryUnreachable(
            f"The git remote '{remote}' did not answer in time: {error}",
            hint=f"git ls-remote {remote}  (has to work here: check network and address)",
        ) from error


def identity(git: Git) -> str:
    """Name, address and time as git writes them; a CI machine often has no user.name, and needs none."""
    known = git.try_("var", "GIT_COMMITTER_IDENT")
    if known.ok:
        return known.stdout.strip()
    return git("-c", "user.name=headgate", "-c", "user.email=headgate@localhost", "var", "GIT_COMMITTER_IDENT")


def lines(text: str) -> list[str]:
    """The lines that say something."""
    return [line for line in text.splitlines() if line.strip()]


def refusal(pushed: Completed) -> str:
    """Why a push was refused: the remote's mark on the ref, and what it said beside it."""
    marks = [line.split("\t")[-1] for line in lines(pushed.stdout) if line.startswith("!")]
    said = [line.removeprefix("remote:").strip() for line in lines(pushed.stderr) if line.startswith("remote:")]
    reasons = [mask(reason) for reason in (*marks[:1], *said[:2]) if reason]
    return "; ".join(reasons) or words(pushed)


def words(completed: Completed) -> str:
    """The first complaint of git: the last lines are advice that fits every failure."""
    complaints = [line for line in lines(completed.stderr) if not line.lower().startswith(("warning:", "hint:"))]
    return mask(complaints[0].strip()) if complaints else completed.last_words
