"""What a rollout needs of a host. Another kind of host is another implementation of `Target`, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from headgate.console import Step
from headgate.deploy.condition import Condition
from headgate.deploy.journal import Entry
from headgate.deploy.lock import Held
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Plan, Release
from headgate.deploy.service import IMAGE, RELEASE
from headgate.hosts.containers import Container


class Probe(Protocol):
    """Asks a release, at its address and before it gets any traffic, whether it is fit to serve."""

    def __call__(self, url: str, headers: Mapping[str, str], meanwhile: Callable[[], None], /) -> object:
        """Return once it is fit.

        Args:
            url: where this machine reaches the host's port, e.g. http://127.0.0.1:8080.
            headers: to send with every request: they lead to that release alone.
            meanwhile: to call between requests; raises when there is nothing left to wait for.

        Raises:
            CouldNotCarryOut: it is not fit, or did not become so in time.
        """


@dataclass(frozen=True)
class Instance:
    """A container of the service as it stands: state in the engine's words, health where the image checks itself.

    `variables` and `settings` are digests, to compare with those of other hosts and for nothing else.
    """

    release: str
    container: str
    image: str
    state: str
    health: str | None
    uptime: timedelta | None
    variables: str = ""
    settings: str = ""

    @classmethod
    def of(cls, container: Container, at: datetime) -> Instance:
        """A container of the service; `at` is the host's time."""
        return cls(
            release=container.labels.get(RELEASE, ""),
            container=container.name,
            image=container.labels.get(IMAGE, container.image),
            state=container.state,
            health=container.health,
            variables=container.variables,
            settings=container.settings,
            uptime=at - container.started_at if container.running and container.started_at else None,
        )


@dataclass(frozen=True)
class HostStatus:
    """A host at a glance.

    `journaled` is the container that should serve, `routed` the one the proxy sends requests to.
    """

    host: str
    url: str
    proxy: Condition
    journaled: str | None
    routed: str | None
    instances: tuple[Instance, ...]
    lock: Held | None
    journal: tuple[Entry, ...]

    @property
    def serving(self) -> Instance | None:
        """What serves now."""
        return next((one for one in self.instances if one.container == self.routed), None)


class Target(Protocol):
    """One host of a rollout. The methods are listed in the order in which a rollout calls them.

    All raise CouldNotCarryOut when the host does not do what it is asked.
    """

    host: str
    url: str
    """Where people find the service."""

    def reach(self) -> str:
        """Where this machine reaches it, as long as the connection is open: what probes ask."""

    def preflight(self, release: Release, plan: Plan) -> None:
        """Make sure, without changing anything, that the release could run here."""

    def locked(self, plan: Plan, doing: str, step: Step) -> AbstractContextManager[None]:
        """Keep other deployers out while the block runs.

        Raises:
            Locked: another deployer held the lock for all of `plan.lock_timeout`.
        """

    def prepare(self, release: Release, plan: Plan, step: Step) -> None:
        """Have the image and the proxy in place, and nothing left of a deployer that was killed."""

    def current(self) -> Placement | None:
        """What serves now."""

    def start(self, release: Release, plan: Plan) -> Placement:
        """Start a new container of `release`; it gets no traffic."""

    def kept(self, release: str) -> Placement | None:
        """The container of an earlier release, as it is; None when it is gone."""

    def start_kept(self, release: str) -> Placement | None:
        """Start the stopped container of an earlier release again; None when it is gone."""

    def probe(self, started: Placement, plan: Plan, probe: Probe) -> None:
        """Ask the started release through the proxy whether it is fit to serve.

        Raises:
            Unfit: it is not, with the last lines of its log.
        """

    def share(self, started: Placement, percent: int, plan: Plan) -> None:
        """Give it a share of the traffic; the rest stays with what serves."""

    def answered(self) -> Sequence[str]:
        """The proxy's access log since it was last asked for, a JSON object at the end of each line."""

    def must_run(self, started: Placement) -> None:
        """Make sure that its container runs, and that nobody has taken the lock.

        Raises:
            Unfit: it has ended, with the last lines of its log.
        """

    def switch(self, started: Placement, plan: Plan) -> float:
        """Move all traffic to it; the seconds until an answer came from it."""

    def stop(self, placement: Placement, plan: Plan) -> None:
        """Take it out of the traffic, let its requests finish, and stop it."""

    def restore(self, previous: Placement | None, plan: Plan) -> None:
        """Have `previous` serve again, alone; what was started since is removed."""

    def settle(self, started: Placement, plan: Plan, meanwhile: Callable[[], None]) -> None:
        """Let the requests on what served before finish, and see that what was started runs on all the while.

        Raises:
            Unfit: it has ended since it was switched to, even if the engine has started it again.
        """

    def retire(self, plan: Plan) -> None:
        """Stop what served before; of the stopped releases `plan.retain` stay."""

    def prune(self, release: Release, plan: Plan) -> None:
        """Remove the images that no container needs and no rollback may, that of `release` among them if it failed."""

    def note(self, entry: Entry) -> None:
        """Add an entry to the host's journal."""

    def history(self) -> Sequence[Entry]:
        """The host's journal, the oldest entry first."""

    def status(self) -> HostStatus:
        """What the host says of the service; changes nothing."""

    def telemetry(self, since: datetime, file: str | None = None) -> Iterator[bytes]:
        """Lines that the application which serves wrote since a moment: to its log, or to a `file` in its container.

        Raises:
            NothingServes: there is nobody to listen to.
        """

    def close(self) -> None:
        """End the connection."""
