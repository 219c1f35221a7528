"""What every verb works with: the project, its configuration, the record of the commit at hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from headgate import masking
from headgate.config import DEFAULT_PATH, Config, load
from headgate.console import Console
from headgate.github.event import Here, here
from headgate.lineage.git import Git
from headgate.lineage.source import now, source_of
from headgate.process import Completed, Runner, run, withhold
from headgate.record import Record, RecordStore
from headgate.workflow.connections import Connections
from headgate.workflow.restricted import without_secrets

if TYPE_CHECKING:
    from headgate.deploy import Answer, Target
    from headgate.hosts import Access
    from headgate.registry.base import Registry
    from headgate.workflow.announcing import Announcer

Said = TypeVar("Said")

PRODUCTION = "production"
RECORD_PATH = Path(".headgate/release.json")
_CREDENTIALS = (
    "HEADGATE_SSH_KEY",
    "HEADGATE_REGISTRY_PASSWORD",
    "HEADGATE_TELEMETRY_TOKEN",
    "GITHUB_TOKEN",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "WANDB_API_KEY",
)


def _secrets(config: Config) -> tuple[str, ...]:
    """The variables of the environment whose values the configuration hands on, and nobody may read."""
    tls = config.deploy.tls
    return (*config.deploy.secrets, *((tls.certificate,) if tls else ()))


def keep_secret(console: Console, environ: Mapping[str, str], names: Iterable[str] = _CREDENTIALS) -> None:
    """Take the values of the variables `names` out of everything that is printed, by headgate and by the job."""
    before = set(masking.registered())
    for name in names:
        masking.register(environ.get(name))
    console.hide(secret for secret in masking.registered() if secret not in before)


def _shown(run: Runner, console: Console) -> Runner:
    """`run`, with every command shown to those who asked for details."""

    @wraps(run)
    def shown(argv: Sequence[str], **how: Any) -> Completed:
        console.command(argv)
        return run(argv, **how)

    return shown


@dataclass(frozen=True)
class Job:
    """One verb at work in one project.

    Args:
        project: the folder of headgate.yaml; all its paths are relative to it.
        config: with the environment's values in place.
        environment: the environment's name, `production` where none was named.
        record_path: where the record is.
        console: where the verb talks.
        environ, run, clock: the outside world; `run` shows its commands with -v.
        skipped: what the configuration asks for and this job must do without, a sentence each.
    """

    project: Path
    config: Config
    environment: str
    record_path: Path
    console: Console
    environ: Mapping[str, str]
    run: Runner
    clock: Callable[[], datetime] = now
    skipped: tuple[str, ...] = ()

    @classmethod
    def open(
        cls,
        console: Console,
        *,
        config: Path = DEFAULT_PATH,
        record: Path | None = None,
        environment: str | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Job:
        """Read the configuration, and make sure no credential it names can be shown.

        Raises:
            ConfigError: exit 2.
        """
        keep_secret(console, environ)
        loaded, skipped = load(config, environment), tuple[str, ...]()
        keep_secret(console, environ, _secrets(loaded))
        if loaded.deploy.tls:
            withhold(loaded.deploy.tls.certificate)
        github = here(environ)
        if github is not None and github.pull is not None and github.pull.restricted:
            loaded, skipped = without_secrets(loaded, github.pull.restricted)
        project = config.resolve().parent
        return cls(
            project,
            loaded,
            environment or PRODUCTION,
            record or project / RECORD_PATH,
            console,
            environ,
            _shown(run, console),
            skipped=skipped,
        )

    @property
    def in_production(self) -> bool:
        """Whether the environment is the one that users get."""
        return self.environment == PRODUCTION

    @cached_property
    def here(self) -> Here | None:
        """The job of GitHub Actions that this is, if it is one."""
        return here(self.environ)

    @cached_property
    def announcer(self) -> Announcer:
        """Who is told how the gate and the deployments stand."""
        from headgate.github.deployments import Place
        from headgate.workflow.announcing import announcer_for

        return announcer_for(self.here, Place(self.config.model, self.environment, self.in_production), self.console)

    @cached_property
    def git(self) -> Git:
        """The project's repository."""
        return Git(self.project, self.run)

    @cached_property
    def records(self) -> RecordStore:
        """The record of the commit at hand.

        Raises:
            NotARepository: there is no commit.
        """
        head = self.here.pull.head_sha if self.here and self.here.pull else None
        source = source_of(self.git, head=head, environ=self.environ, clock=self.clock)
        return RecordStore(self.record_path, self.config.model, source)

    @property
    def record(self) -> Record:
        """The record as it stands."""
        return self.records.record

    @cached_property
    def registry(self) -> Registry:
        """The registry that the configuration names."""
        from headgate.registry import open_registry

        return open_registry(self.config, project=self.project, run=self.run, environ=self.environ)

    @property
    def access(self) -> Access:
        """How the environment's hosts are reached."""
        from headgate.hosts import Access

        deploy, image = self.config.deploy, self.config.image
        return Access(
            known_hosts=self.path(deploy.known_hosts) if deploy.known_hosts else None,
            jump=deploy.jump,
            repository=image.repository if image else None,
        )

    @cached_property
    def connections(self) -> Connections:
        """The ways to the environment's hosts."""
        from headgate.hosts import connected

        return Connections(lambda: connected(self.config.deploy.hosts, self.access, self.environ))

    @contextmanager
    def targets(self) -> Iterator[list[Target]]:
        """The environment's hosts, connected to inside a `with` block."""
        from headgate.deploy import service_of, targets_on

        with self.connections.opened() as connections:
            yield targets_on(connections, service_of(self.config))

    def survey(self, ask: Callable[[Target], Said]) -> list[Answer[Said]]:
        """What each of the environment's hosts answers, each over a connection of its own; one may be away."""
        from headgate.deploy import service_of, survey

        return survey(self.config.deploy.hosts, service_of(self.config), ask, self.environ, self.access)

    def path(self, relative: str) -> Path:
        """A path of the configuration, on disk."""
        return self.project / relative
