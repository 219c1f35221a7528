"""What GitHub refuses, in words that say what to change and where."""

from __future__ import annotations

from headgate.errors import CouldNotCarryOut

_HAND_IT_ON = "In the workflow's step: env: {GITHUB_TOKEN: ${{ github.token }}}"


class GitHubTrouble(CouldNotCarryOut):
    """GitHub did not do what it was asked."""

    title = "GitHub did not do it"
    refused = False
    """Whether it is the token that stands in the way."""


class NotAuthenticated(GitHubTrouble):
    """401: the token is none, or none any more."""

    title = "GitHub does not know this token"
    refused = True


class NoToken(GitHubTrouble):
    """GitHub is to be asked, and nobody gave a token to ask with."""

    title = "there is no token"
    refused = True

    def __init__(self) -> None:
        super().__init__("GITHUB_TOKEN is not set, and GitHub takes nothing without it.", hint=_HAND_IT_ON)


class NotPermitted(GitHubTrouble):
    """403: the token may not do this.

    Args:
        what: what was to be done, as the end of "may not …".
        permission: the line that is missing, e.g. `pull-requests: write`.
        said: GitHub's own words.
    """

    title = "the token may not do this"
    refused = True

    def __init__(self, what: str, permission: str, said: str) -> None:
        self.permission = permission
        super().__init__(f"GITHUB_TOKEN may not {what}: GitHub says {said!r}.", hint=_where(permission))


class NotThere(GitHubTrouble):
    """404: not there, or not to be seen with this token; GitHub does not say which."""

    title = "GitHub has no such thing, or does not show it"
    refused = True

    def __init__(self, what: str, permission: str, url: str) -> None:
        self.permission = permission
        super().__init__(
            f"GitHub answers 404 when asked to {what} ({url}): it is not there, or the token may not see it.",
            hint=f"{_where(permission)}\nGITHUB_REPOSITORY and GITHUB_API_URL must name the right repository too.",
        )


class RateLimited(GitHubTrouble):
    """The limit lasts longer than anybody should wait."""

    title = "GitHub's rate limit"


class Unreachable(GitHubTrouble):
    """No answer, or none that GitHub would give."""

    title = "GitHub cannot be reached"


def _where(permission: str) -> str:
    """The workflow's key, as it is to be written."""
    return (
        f"In the workflow, in the job: permissions: {{contents: read, {permission}}}   (what is not named is not "
        "granted; a fork's pull request never gets more than read)"
    )


def refusal(status: int, said: str, *, what: str, permission: str, url: str) -> GitHubTrouble:
    """The error for an answer that asking again will not change."""
    if status == 401:
        return NotAuthenticated(
            f"GitHub says {said!r}: GITHUB_TOKEN is not a token of this GitHub, or has expired.",
            hint=_HAND_IT_ON,
        )
    if status == 403:
        return NotPermitted(what, permission, said)
    if status == 404:
        return NotThere(what, permission, url)
    return GitHubTrouble(f"GitHub would not {what}: {status}, {said!r} ({url}).")
