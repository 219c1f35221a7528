"""To the registry, and a look at what has arrived there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from headgate.console import Step
from headgate.errors import CouldNotCarryOut
from headgate.hosts import Engine
from headgate.hosts.trouble import EngineRefused, EngineUnreachable
from headgate.image.builder import Builder, push_command
from headgate.image.naming import LATEST
from headgate.process import Runner

_TIMEOUT = 3600.0
_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_NOBODY_THERE = re.compile(
    r"connection refused|no such host|i/o timeout|network is unreachable|deadline exceeded", re.I
)


class PushFailed(CouldNotCarryOut):
    """The registry did not take the image."""

    title = "the image could not be pushed"


class RegistryDisagrees(CouldNotCarryOut):
    """The registry has something else under the name that was pushed."""

    title = "the registry has another image than was pushed"


def check_registry(engine: Engine, repository: str) -> None:
    """Ask the registry before a long build, whether anybody is there. An answer of any kind will do.

    Raises:
        PushFailed: nobody answers.
    """
    try:
        engine.images.offered(f"{repository}:latest")
    except EngineUnreachable:
        raise
    except EngineRefused as refused:
        if _NOBODY_THERE.search(refused.message):
            raise PushFailed(
                f"The registry of {repository} does not answer: {refused.message}", hint=_hint(refused.message)
            ) from refused


def push(builder: Builder, repository: str, tags: Sequence[str], *, engine: Engine, run: Runner, step: Step) -> str:
    """Push every tag of `repository`, then ask the registry which manifest it has. Returns the manifest's digest.

    What the registry has as `latest` is not asked: another release may own that name a moment later.

    Raises:
        PushFailed: the registry did not take it.
        RegistryDisagrees: what it has is not what was pushed.
    """
    pushed = {tag: _push_one(builder, f"{repository}:{tag}", run=run, step=step) for tag in tags}
    for tag in tags:
        found = pushed[tag] if tag == LATEST else engine.images.offered_digest(f"{repository}:{tag}")
        if found != pushed[tag]:
            raise RegistryDisagrees(
                f"{repository}:{tag} was pushed as {pushed[tag]}, and the registry has {found}.",
                hint="Does somebody else push to this repository? Run headgate build once more.",
            )
    return pushed[tags[0]]


def _push_one(builder: Builder, reference: str, *, run: Runner, step: Step) -> str:
    step.doing(f"pushing {reference}")
    completed = run(push_command(builder, reference), timeout=_TIMEOUT, on_line=step.detail)
    pushed = _DIGEST.search("\n".join(completed.tail))
    if not completed.ok or pushed is None:
        raise PushFailed(f"{reference}: {completed.last_words}", hint=_hint(completed.last_words))
    return pushed[1]


def _hint(said: str) -> str:
    if re.search(r"denied|unauthorized|authentication|credentials", said, re.I):
        return "docker login to that registry on this machine, with an account that may write there."
    if "no space left on device" in said:
        return "The registry's disk is full."
    return "Is the registry up, and is image.repository right?"
