"""Every host asked the same thing: one that does not answer is an answer too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from headgate.config.address import SCHEME, SshAddress
from headgate.deploy.service import Service
from headgate.deploy.target import Target
from headgate.deploy.targets import open_targets
from headgate.deploy.together import together
from headgate.errors import CouldNotCarryOut
from headgate.hosts import Access

Said = TypeVar("Said")


@dataclass(frozen=True)
class Answer(Generic[Said]):
    """What one host said; or, with `said` None, why it said nothing. `host` is what messages and journal call it."""

    host: str
    said: Said | None
    trouble: CouldNotCarryOut | None = None


def survey(
    hosts: Sequence[str],
    service: Service,
    ask: Callable[[Target], Said],
    environ: Mapping[str, str],
    access: Access,
) -> list[Answer[Said]]:
    """Ask all hosts at once, each over a connection of its own; the answers come in the order of `hosts`.

    Raises:
        UsageError: a host that no transport knows.
    """

    def answer(host: str) -> Answer[Said]:
        name = SshAddress.parse(host).name if host.startswith(SCHEME) else host
        try:
            with open_targets([host], service, environ, access) as (target,):
                return Answer(name, ask(target))
        except CouldNotCarryOut as trouble:
            return Answer(name, None, trouble)

    return together(answer, list(dict.fromkeys(hosts)))
