"""`headgate status`: what runs on every host, at a glance and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from headgate.errors import CouldNotCarryOut
from headgate.workflow.job import Job
from headgate.workflow.table import Table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from headgate.deploy import Answer, Drift, HostStatus
    from headgate.deploy.lock import Held
    from headgate.deploy.target import Instance

SCHEMA = "headgate/status/1"
_DIGEST_SHOWN = 12  # characters


@dataclass(frozen=True)
class Status:
    """All hosts of an environment.

    Args:
        title: the heading on a page.
        hosts: what each said, or why it said nothing.
        drift: where they differ, and where one is not as it was left.
        alias, version: the name of Production, and the version it points at; None: no version yet.
        trouble: why the registry could not be asked.
    """

    title: str
    hosts: Sequence[Answer[HostStatus]]
    drift: Sequence[Drift]
    alias: str
    version: str | None
    trouble: str | None

    def to_json(self) -> dict[str, Any]:
        """As JSON values: times as RFC 3339, durations in seconds."""
        return {
            "schema": SCHEMA,
            "hosts": [_host(one) for one in self.hosts],
            "drift": [{"kind": one.kind, "host": one.host, "text": one.text} for one in self.drift],
            "production": {"alias": self.alias, "version": self.version, "trouble": self.trouble},
        }

    def text(self) -> RenderableType:
        """As a table of at most 100 columns, for names of usual length."""
        return self._table().text()

    def markdown(self) -> str:
        """As a table for a page."""
        return self._table().markdown()

    def _table(self) -> Table:
        return Table(
            schema=SCHEMA,
            title=self.title,
            columns=("host", "release", "traffic", "state", "up", "image"),
            rows=tuple(row for one in self.hosts for row in _rows(one)),
            below=tuple(self._remarks()),
        )

    def _remarks(self) -> Iterator[str]:
        for one in self.hosts:
            if one.trouble:
                yield f"{one.host} does not answer: {one.trouble.message}"
            elif one.said and one.said.lock:
                yield f"{one.host} is locked by {_lock_words(one.said.lock)}"
        yield from (one.text for one in self.drift)
        if self.trouble:
            yield f"{self.alias}: unknown. {self.trouble}"
        else:
            yield f"{self.alias}: {f'v{self.version}' if self.version else 'no version yet'}"


def status(job: Job) -> Status:
    """Every host's releases, lock and drift, and the version that Production is. A host that is away is a row."""
    from headgate.deploy import drift

    hosts = job.survey(lambda target: target.status())
    version, trouble = None, None
    try:
        production = job.registry.production()
        version = production.version if production else None
    except CouldNotCarryOut as silent:
        trouble = silent.message
    return Status(
        title=f"{job.config.model} in {job.environment}",
        hosts=hosts,
        drift=drift([one.said for one in hosts if one.said]),
        alias=job.config.registry.alias,
        version=version,
        trouble=trouble,
    )


def _rows(answer: Answer[HostStatus]) -> Iterator[tuple[str, ...]]:
    """A row for each release that the host has; one that says so where it has none, or does not answer."""
    if answer.said is None:
        yield (answer.host, "?", "?", "does not answer", "", "")
    elif not answer.said.instances:
        yield (answer.host, "nothing deployed", "", "", "", "")
    else:
        yield from (_row(answer.host, one, answer.said) for one in answer.said.instances)


def _row(name: str, one: Instance, host: HostStatus) -> tuple[str, ...]:
    share = _share(one, host)
    state = one.state if one.health is None else f"{one.state}, {one.health}"
    traffic = "" if share == 0 else "all" if share == 100 else f"{share}%"
    digest = one.image.rpartition(":")[2][:_DIGEST_SHOWN]
    return (name, one.release, traffic, state, span(one.uptime), digest)


def _share(one: Instance, host: HostStatus) -> int:
    """Percent of the service's requests that get to a container."""
    shares = host.proxy.shares
    return 100 - sum(shares.values()) if one.container == host.routed else shares.get(one.container, 0)


def _host(answer: Answer[HostStatus]) -> dict[str, Any]:
    if answer.said is None:
        return {"host": answer.host, "reachable": False, "error": answer.trouble and answer.trouble.message}
    host = answer.said
    return {
        "host": answer.host,
        "reachable": True,
        "error": None,
        "url": host.url,
        "serves": host.serving.release if host.serving else None,
        "releases": [_instance(one, host) for one in host.instances],
        "proxy": {
            "container": host.proxy.container,
            "state": host.proxy.state,
            "configuration": host.proxy.configuration,
            "damage": host.proxy.damage,
        },
        "lock": _lock(host.lock) if host.lock else None,
    }


def _instance(one: Instance, host: HostStatus) -> dict[str, Any]:
    return {
        "release": one.release,
        "container": one.container,
        "image": one.image,
        "state": one.state,
        "health": one.health,
        "uptime_seconds": None if one.uptime is None else round(one.uptime.total_seconds()),
        "traffic_percent": _share(one, host),
    }


def _lock(lock: Held) -> dict[str, Any]:
    return {
        "holder": lock.holder.actor,
        "doing": lock.holder.doing,
        "run_url": lock.holder.run_url,
        "since": lock.since.isoformat(),
        "expires_at": lock.expires_at.isoformat(),
    }


def _lock_words(lock: Held) -> str:
    return f"{lock}; it expires at {_clock(lock.expires_at)} UTC unless its holder is alive by then."


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def span(uptime: timedelta | None) -> str:
    """`3 d`, `4 h`, `12 min` or `5 s`."""
    if uptime is None:
        return ""
    seconds = int(uptime.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
