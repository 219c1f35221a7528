"""What is rolled out, and how: plain values, made from the record and the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from headgate import masking, wire
from headgate.config.canary import Canary
from headgate.config.container import Container, Resources
from headgate.config.models import Config
from headgate.deploy.handling import PLAIN, Handling
from headgate.deploy.service import Service
from headgate.errors import UsageError
from headgate.lineage.source import actor, run_url
from headgate.record import Image, Record
from headgate.record.facts import LABEL, labels

Strategy = Literal["start-first", "canary", "recreate"]
Item = TypeVar("Item")
LOCK_TIMEOUT = 300.0  # seconds a second deployer waits
LEASE = 60.0  # seconds after its last sign of life that a lock's holder counts as dead
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Release:
    """What is rolled out.

    Args:
        model: the model's name.
        id: `YYYYMMDDhhmmss-<sha7>`, the image's tag.
        image: `repository@sha256:…`; the image's id where it was not pushed.
        pushed: whether a registry has the image; else the host's engine must have it.
        labels: the lineage, as labels for the container.
    """

    model: str
    id: str
    image: str
    pushed: bool
    model_version: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.id):
            raise UsageError(f"{self.id!r} cannot name a release: letters, digits, '.', '_' and '-' can.")

    @property
    def container(self) -> str:
        """What its container is called, where that name is free."""
        return f"{self.model}-{self.id}"

    @property
    def tag(self) -> str | None:
        """The name that a pulled image is given, `repository:id`; None for one that was not pushed."""
        repository, by_digest, _ = self.image.partition("@")
        return f"{repository}:{self.id}" if self.pushed and by_digest else None

    @property
    def variables(self) -> dict[str, str]:
        """What the application is told of itself: `headgate.serving` answers with it."""
        told = {
            wire.RELEASE: self.id,
            wire.MODEL: self.model,
            wire.MODEL_VERSION: self.model_version,
            wire.MODEL_DIGEST: self.labels.get(f"{LABEL}.model-digest"),
            wire.COMMIT: self.labels.get(f"{LABEL}.commit"),
        }
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Plan:
    """How a release is rolled out.

    Args:
        domain: the only one it serves; None: all that no other model behind the port claims.
        container_port: where the application listens inside.
        variables: for the container, secrets among them: never shown, never written down.
        container: how it is confined, and what of the host it sees.
        handling: what the proxy does with its requests.
        certificate: certificate, chain and key as PEM, for HTTPS: a secret.
        canary: the steps of a canary.
        max_parallel: hosts that move at the same time.
        drain: seconds that requests in flight may take to finish on the old release.
        retain: stopped releases that stay on a host.
        actor, run_url: who deploys, for the lock and the journal.
        break_lock: why another deployer's lock is not waited for; None: it is.
    """

    environment: str
    strategy: Strategy
    domain: str | None
    container_port: int
    variables: Mapping[str, str] = field(repr=False)
    resources: Resources
    drain: float
    retain: int
    actor: str
    run_url: str | None = None
    lock_timeout: float = LOCK_TIMEOUT
    lease: float = LEASE
    break_lock: str | None = None
    container: Container = field(default_factory=Container)
    handling: Handling = PLAIN
    certificate: str | None = field(default=None, repr=False)
    canary: Canary = field(default_factory=Canary)
    max_parallel: int = 1


def batches(of: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """`of` in pieces of at most `size`, in order."""
    return [of[start : start + size] for start in range(0, len(of), size)]


def release_of(record: Record, image: Image) -> Release:
    """The release that the record describes; `image` is the record's own section, once it is sure to be there.

    An image named by hand keeps the lineage of its own labels: the record knows nothing of it.
    """
    return Release(
        model=record.name,
        id=image.release,
        image=image.reference,
        pushed=image.pushed,
        model_version=record.model.version if record.model else None,
        labels={} if image.by_hand else labels(record),
    )


def plan_of(
    config: Config,
    environment: str,
    environ: Mapping[str, str],
    *,
    lock_timeout: float = LOCK_TIMEOUT,
    break_lock: str | None = None,
) -> Plan:
    """How the configuration says to deploy; `lock_timeout` and `break_lock` as in a `Plan`.

    Raises:
        UsageError: a secret it names is not in the environment, or no certificate with its key.
    """
    deploy = config.deploy
    return Plan(
        environment=environment,
        strategy=deploy.strategy,
        domain=deploy.domain,
        container_port=deploy.container_port,
        variables={name: _written(value) for name, value in deploy.env.items()} | secrets(deploy.secrets, environ),
        resources=deploy.resources,
        drain=deploy.drain,
        retain=deploy.retain,
        actor=actor(environ),
        run_url=run_url(environ),
        lock_timeout=lock_timeout,
        break_lock=break_lock,
        container=deploy.container,
        handling=Handling.of(deploy),
        certificate=certificate(deploy.tls.certificate, environ) if deploy.tls else None,
        canary=deploy.canary,
        max_parallel=deploy.max_parallel,
    )


def service_of(config: Config) -> Service:
    """The service that the configuration deploys."""
    return Service(config.model, config.deploy.port)


def secrets(names: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, str]:
    """The values of the named secrets, masked from now on.

    Raises:
        UsageError: one is not set; an empty value would be found out by the application, in production.
    """
    missing = [name for name in names if not environ.get(name)]
    if missing:
        raise UsageError(
            f"deploy.secrets names {', '.join(missing)}, which the environment of this command does not have.",
            hint=f"In a workflow: env: {{{missing[0]}: ${{{{ secrets.{missing[0]} }}}}}}",
        )
    for name in names:
        masking.register(environ[name])
    return {name: environ[name] for name in names}


def certificate(name: str, environ: Mapping[str, str]) -> str:
    """Certificate, chain and private key as PEM, from the environment variable `name`; masked from now on.

    Raises:
        UsageError: it is not set, or one of them is missing: which one, and nothing of what it holds.
    """
    text = environ.get(name, "")
    masking.register(text)
    missing = [
        what
        for what, pattern in (
            ("certificate", r"-----BEGIN CERTIFICATE-----"),
            ("private key", r"-----BEGIN .*PRIVATE KEY-----"),
        )
        if not re.search(pattern, text)
    ]
    if missing:
        raise UsageError(
            f"deploy.tls.certificate names {name}, which holds no {' and no '.join(missing)} as PEM."
            if text
            else f"deploy.tls.certificate names {name}, which the environment of this command does not have.",
            hint=f"In a workflow: env: {{{name}: ${{{{ secrets.{name} }}}}}} with the certificate, chain and key.",
        )
    return text.strip() + "\n"


def _written(value: str | float | bool) -> str:
    """As YAML has it: true and false are lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)
