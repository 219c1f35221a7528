"""A service on several of the lab's hosts, reached over SSH; and what can happen in the middle of its rollouts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import StringIO
from typing import Any

from headgate.config.container import Resources
from headgate.console import Console
from headgate.deploy import HostStatus, Plan, Release, Service, open_targets, roll_out, status
from headgate.deploy.service import lock_name, proxy_name
from headgate.errors import HeadgateError
from headgate.health import probe
from headgate.hosts import Access
from headgate.lineage.source import now
from headgate.record import Deployment
from support.deployment import CHECKS
from support.hosts import KNOWN_HOSTS, REGISTRY_USER, Host, identity, registry_password
from support.load import Load, release_at

STEPS = ("preflight", "lock", "pull", "start", "probe", "switch", "journal", "drain", "prune", "unlock")
"""What a rollout does with a host, in order; a fault comes at the beginning of one of them."""


@dataclass
class TroubledFleet:
    """One model behind one port of each host. `images` are in the registry with a password."""

    hosts: Sequence[Host]
    images: list[str]
    model: str
    port: int
    talk: StringIO = field(default_factory=StringIO)
    _heals: list[Callable[[], object]] = field(default_factory=list)
    _made: int = 0

    @property
    def service(self) -> Service:
        return Service(self.model, self.port)

    def release(self, image: str | None = None) -> Release:
        """A new release, of the first image unless told otherwise."""
        self._made += 1
        labels = {"dev.headgate.model": self.model}
        return Release(
            self.model,
            f"20261121{self._made:06}-abcdef0",
            image or self.images[0],
            pushed=True,
            model_version=str(self._made),
            labels=labels,
        )

    def plan(self, **changes: Any) -> Plan:
        usual = Plan(
            environment="production",
            strategy="start-first",
            domain=None,
            container_port=8000,
            variables={"MODE": "well"},
            resources=Resources(),
            drain=3,
            retain=2,
            actor="octocat",
            run_url=None,
            lock_timeout=30,
            lease=6,
        )
        return replace(usual, **changes)

    def deploy(
        self,
        release: Release | None = None,
        *,
        at: str | None = None,
        on: int = -1,
        happens: Callable[[Host], object] | None = None,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = now,
        **changes: Any,
    ) -> Deployment:
        """Roll out; at the beginning of the step `at` of the host number `on` something `happens`."""
        release = release or self.release()
        self.talk.truncate(0)
        self.talk.seek(0)
        with (
            self._targets(release.image, environ or {}) as targets,
            Console(self.talk, environ={}, verbosity=1).step("deploy") as step,
        ):
            if at and happens:
                _before(at, targets[on], lambda: happens(self.hosts[on]), self._heals)

            def ask(url: str, headers: Mapping[str, str], meanwhile: Callable[[], None]) -> object:
                return probe(CHECKS, url, headers, step=step, meanwhile=meanwhile)

            return roll_out(release, targets, self.plan(**changes), probe=ask, step=step, clock=clock)

    def when_given_up(self, heals: Callable[[], object]) -> None:
        """To be called when the step that something happens in has failed."""
        self._heals.append(heals)

    def status(self) -> list[HostStatus]:
        with self._targets(self.images[0], {}) as targets:
            return status(targets)

    def serves(self) -> list[str | None]:
        """The release that answers a prediction on each host, asked as its users do."""
        return [release_at(self.port, host.ip) for host in self.hosts]

    @contextmanager
    def asked(self) -> Iterator[list[Load]]:
        """Every host has clients that ask all the time and never retry, while the block runs."""
        loads = [Load(self.port, clients=2, pause=0.05, host=host.ip) for host in self.hosts]
        with ExitStack() as stack:
            for load in loads:
                stack.enter_context(load)
            yield loads

    def strays(self) -> list[str]:
        """What should not be on the hosts: locks, containers beside what serves, images that nothing needs."""
        return [f"{host.ip}: {one}" for host in self.hosts for one in self._strays(host)]

    def clean(self) -> None:
        """Remove what was made on the hosts."""
        for host in self.hosts:
            host.forget(self.model, self.port)

    @contextmanager
    def _targets(self, image: str, environ: Mapping[str, str]) -> Iterator[list[Any]]:
        credentials = {"HEADGATE_REGISTRY_USERNAME": REGISTRY_USER, "HEADGATE_REGISTRY_PASSWORD": registry_password()}
        access = Access(KNOWN_HOSTS, repository=image.partition("@")[0])
        addresses = [host.address for host in self.hosts]
        with open_targets(addresses, self.service, {**identity(), **credentials, **environ}, access) as targets:
            yield targets

    def _strays(self, host: Host) -> Iterator[str]:
        client = host.engine()
        serves = release_at(self.port, host.ip)
        for one in self._containers(client):
            if one.name == lock_name(self.port):
                yield f"lock {one.name}"
            elif one.name != proxy_name(self.port):
                fit = one.attrs["HostConfig"]["RestartPolicy"]["Name"] not in ("", "no")
                if not fit or (one.status == "running") != (one.labels["dev.headgate.release"] == serves):
                    yield f"container {one.name} ({one.status})"
        used = {one.attrs["Image"] for one in self._containers(client)}
        for image in client.images.list(all=True):
            if self.model in f"{image.tags} {image.attrs['RepoDigests']}" and image.id not in used:
                yield f"image {image.tags or image.id}"
        client.close()

    def _containers(self, client: Any) -> list[Any]:
        label = f"dev.headgate.port={self.port}"
        return list(client.containers.list(all=True, filters={"label": label}, ignore_removed=True))


def cut(host: Host) -> None:
    """End the host's SSH sessions while the next request is under way."""
    host.freeze_sessions()
    threading.Timer(0.3, host.cut_sessions).start()


def _before(step: str, target: Any, happens: Callable[[], object], heals: list[Callable[[], object]]) -> None:
    """Have something happen once, at the beginning of a step; `unlock` is what follows `prune`."""
    owner, name = {
        "preflight": (target, "preflight"),
        "lock": (target, "locked"),
        "pull": (target._engine.images, "pull"),
        "start": (target, "start"),
        "probe": (target, "probe"),
        "switch": (target, "switch"),
        "journal": (target, "note"),
        "drain": (target, "retire"),
        "prune": (target, "prune"),
        "unlock": (target, "prune"),
    }[step]
    real = getattr(owner, name)
    pending = [happens]

    def stepped(*given: Any, **named: Any) -> Any:
        if step != "unlock" and pending:
            pending.pop()()
        try:
            result = real(*given, **named)
        except HeadgateError:
            while heals:
                heals.pop()()
            raise
        if pending:
            pending.pop()()
        return result

    setattr(owner, name, stepped)


def exit_code(work: Callable[[], object]) -> tuple[int, str]:
    """How headgate would end, and what it would say."""
    try:
        work()
    except HeadgateError as failure:
        return failure.exit_code, f"{failure.message}\n{failure.hint}"
    return 0, ""
