"""Hosts that were asked and said nothing: an error, once what the others said has been shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from headgate.errors import CouldNotCarryOut, listing

if TYPE_CHECKING:
    from headgate.deploy import Answer


class HostsUnreachable(CouldNotCarryOut):
    """Some hosts did not answer; the others did."""

    title = "a host does not answer"


def insist_on_all(answers: Sequence[Answer[Any]]) -> None:
    """Every host said something.

    Raises:
        HostsUnreachable: one did not.
    """
    silent = [(one.host, one.trouble) for one in answers if one.trouble]
    if silent:
        names = listing(host for host, _ in silent)
        why = "\n".join(dict.fromkeys(trouble.message for _, trouble in silent))
        raise HostsUnreachable(
            f"{len(silent)} of {len(answers)} hosts could not be asked: {names}.\n{why}", hint=silent[0][1].hint
        )
