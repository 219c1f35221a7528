"""What can go wrong, by what it means for the caller: each family carries its exit code.

| code | meaning |
|---|---|
| 0 | done; the gate passed |
| 1 | the gate failed; `verify` found a link that does not hold; or `monitor` a limit |
| 2 | usage or configuration |
| 3 | could not be carried out: network, registry, data missing, timeout |
| 4 | the gate is inconclusive and the policy blocks; or `monitor` had too little to judge |
| 5 | deployment failed and every host was rolled back |
| 6 | deployment failed and a host could not be rolled back |
| 130 | interrupted; locks released, nothing half done |
"""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST_NAME = 200  # characters; what is longer is no name but somebody's data


class HeadgateError(Exception):
    """An outcome that ends the command: what happened, why, and what to do next.

    Args:
        message: what happened and why, in one or two sentences; may have several lines.
        hint: what to do next, as a command or a setting where one exists.
    """

    exit_code = 3
    title = "could not be carried out"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class GateFailed(HeadgateError):
    """The candidate is worse than the policy allows."""

    exit_code = 1
    title = "the gate refused the candidate"


class UsageError(HeadgateError):
    """The command line or the configuration is wrong: names file, line, key and the nearest valid key."""

    exit_code = 2
    title = "usage"


class CouldNotCarryOut(HeadgateError):
    """A part headgate needs did not do its work: network, registry, data, engine, time."""

    exit_code = 3


class GateInconclusive(HeadgateError):
    """The rows at hand decide nothing, and the policy says to block then."""

    exit_code = 4
    title = "the gate is inconclusive"


class DeploymentFailed(HeadgateError):
    """A host failed and every host runs what it ran before."""

    exit_code = 5
    title = "the deployment failed and was rolled back"


class RollbackFailed(HeadgateError):
    """A host failed and could not be put back: names it, what runs there, and the command to finish by hand."""

    exit_code = 6
    title = "the deployment failed and a host needs a hand"


class Interrupted(HeadgateError):
    """Ctrl-C, or a job cancelled by CI."""

    exit_code = 130
    title = "interrupted"


class MissingExtra(CouldNotCarryOut):
    """An optional library is not installed.

    Args:
        purpose: what needs it, e.g. "the MLflow registry".
        extra: the extra of headgate that brings it.
    """

    title = "an optional part is not installed"

    def __init__(self, purpose: str, extra: str) -> None:
        super().__init__(
            f"{purpose} needs libraries that the base install leaves out.",
            hint=f"pip install 'headgate[{extra}]'",
        )


def innermost(error: BaseException) -> str:
    """What lies at the bottom of an error with a chain of others around it: what a person can act on."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__


def first_line(error: BaseException) -> str:
    """What a library's error says, without the pages that some put behind it; its kind where it says nothing."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def listing(names: Iterable[object], *, most: int = 5) -> str:
    """The first names joined by commas, then how many more: for messages that must stay one line."""
    every = [text if len(text := str(name)) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…" for name in names]
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most} more"
