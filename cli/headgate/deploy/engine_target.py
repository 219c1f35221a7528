"""A host with a container engine, as a target: release containers beside each other, a proxy before them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count

from headgate.console import Step
from headgate.deploy import lock, preflight
from headgate.deploy.fitness import ask_while_it_runs
from headgate.deploy.journal import Entry, Journal, serving
from headgate.deploy.plan import Plan, Release
from headgate.deploy.proxy import IMAGE as PROXY_IMAGE
from headgate.deploy.proxy import Proxy
from headgate.deploy.routing import RELEASE_HEADER, Route
from headgate.deploy.service import (
    CONTAINER_PORT,
    DOMAIN,
    ENVIRONMENT,
    IMAGE,
    MODEL,
    NETWORK,
    RELEASE,
    Service,
    address_of,
    releases_on,
)
from headgate.deploy.target import HostStatus, Instance, Probe, Serving
from headgate.errors import CouldNotCarryOut
from headgate.hosts.connection import Connection
from headgate.hosts.containers import Container, Wanted
from headgate.hosts.trouble import EngineRefused, NameTaken
from headgate.process import await_until

# What images that start as root and then step down to a user of their own need; everything else is dropped.
_CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID")
_COMES_BACK_WITHIN = 180.0  # seconds a stopped release may take to load its model again
_JOURNAL_TAIL = 10


class NotBack(CouldNotCarryOut):
    """The release before was started again and does not answer."""

    title = "the release before does not answer"


class EngineTarget:
    """The service on the host behind `connection`. Implements `Target`.

    A container that has passed its checks is marked by its restart policy: what the mark is missing on was never in
    production, and is removed when it is found without a deployer.
    """

    def __init__(self, connection: Connection, service: Service) -> None:
        self.host = connection.host
        self.url = connection.url(service.port)
        self._connection = connection
        self._engine = connection.engine
        self._service = service
        self._proxy = Proxy(connection, service.port)
        self._journal = Journal(connection.engine, service.port)
        self._routed: Serving | None = None
        self._lock: lock.Lock | None = None

    def preflight(self, release: Release, plan: Plan) -> None:
        """Disk, port, domain and image; changes nothing."""
        preflight.check_disk(self._connection)
        preflight.check_port(self._connection, self._service.port)
        claimed = {model: one.domain for model, one in self._neighbours().items()}
        preflight.check_domain(self.host, self._service, plan.domain, claimed)
        preflight.check_image(self._engine, release)

    @contextmanager
    def locked(self, plan: Plan, doing: str, step: Step) -> Iterator[None]:
        """Hold the port's lock. Its container needs an image that is sure to be there: the proxy's."""
        self._proxy.ensure_image(lambda done, total: step.doing(f"pulling {PROXY_IMAGE}", done, total))
        holder = lock.Holder(plan.actor, doing, plan.run_url)
        with lock.locked(
            self._engine,
            self._service.port,
            PROXY_IMAGE,
            holder,
            timeout=plan.lock_timeout,
            lease=plan.lease,
            say=step.doing,
        ) as self._lock:
            self._routed = self.current()
            yield

    def prepare(self, release: Release, plan: Plan, step: Step) -> None:
        """Pull the image, have the proxy running, and clear away what a killed deployer left."""
        if release.pushed and self._engine.images.find(release.image) is None:
            self._engine.images.pull(
                release.image, lambda done, total: step.doing(f"pulling on {self.host}", done, total)
            )
            self._engine.images.tag(release.image, release.image.partition("@")[0], release.id)
        self._proxy.ensure_container()
        self._routed = self.current()
        self._proxy.ensure_running(self._routes(self._routed), plan.drain)
        if strays := self._strays(self._routed):
            step.detail(f"{self.host}: a deployment was cut short here; clearing up after it")
            self._settle(strays, plan)

    def current(self) -> Serving | None:
        """What serves, by the journal; where that is lost, the newest container that runs and passed its checks."""
        return self._serving(self._service)

    def start(self, release: Release, plan: Plan) -> Serving:
        """Create and start a container; a second one of the same release gets a number."""
        container = next(filter(None, (self._created(name, release, plan) for name in _names(release.container))))
        try:
            return _as_serving(self._engine.start(container.id))
        except CouldNotCarryOut:
            self._engine.remove(container.id)
            raise

    def kept(self, release: str) -> Serving | None:
        """The newest container of the release that once passed its checks."""
        found = (one for one in self._containers() if one.labels.get(RELEASE) == release and one.restarts)
        return next(map(_as_serving, found), None)

    def start_kept(self, release: str) -> Serving | None:
        """Start the release's container again; one that cannot be started counts as gone."""
        kept = self.kept(release)
        if kept:
            with suppress(EngineRefused):
                self._engine.start(kept.container)
                return kept
        return None

    def probe(self, started: Serving, plan: Plan, probe: Probe) -> None:
        """Route the release by header alone, and have it asked for as long as its container runs."""
        candidate = _route(started, candidate=True)
        self._proxy.route([*self._routes(self._routed), candidate], plan.drain)
        self._proxy.confirm(candidate)
        headers = {RELEASE_HEADER: started.release, **({"Host": started.domain} if started.domain else {})}
        ask_while_it_runs(lambda meanwhile: probe(self.url, headers, meanwhile), self._engine, started.container)

    def switch(self, started: Serving, plan: Plan) -> float:
        """Mark it as fit, and send everything to it."""
        if self._lock:
            self._lock.assure()
        began = time.monotonic()
        self._engine.restart_from_now_on(started.container)
        self._route(started, plan)
        return time.monotonic() - began

    def stop(self, serving: Serving, plan: Plan) -> None:
        """Route nothing, drain, stop."""
        self._route(None, plan)
        self._proxy.drained(plan.drain)
        self._engine.stop(serving.container)

    def restore(self, previous: Serving | None, plan: Plan) -> None:
        """Have `previous` serve again. Waits for requests on what came after it, if that had any traffic."""
        had_traffic = self._routed not in (None, previous)
        brought_up = previous is not None and self._bring_up(previous)
        self._route(previous, plan)
        if previous and brought_up:
            self._await_answer(previous)
        if had_traffic:
            self._proxy.drained(plan.drain)
        self._clear_away(self._strays(previous))

    def retire(self, plan: Plan) -> None:
        """Drain, stop what does not serve any more, and remove the oldest of what is stopped."""
        self._proxy.drained(plan.drain)
        self._clear_away(self._strays(self._routed))
        stopped = [one for one in self._containers() if not one.running and one.name != _name(self._routed)]
        for container in stopped[plan.retain :]:
            self._engine.remove(container.id)
            self._forget_image(container)

    def note(self, entry: Entry) -> None:
        """Add to the journal."""
        self._journal.append(entry)

    def history(self) -> Sequence[Entry]:
        """The journal of this model behind this port."""
        return self._journal.read(self._service.model)

    def status(self) -> HostStatus:
        """What engine, proxy, journal and lock say."""
        facts, proxy, journal = self._engine.facts(), self._proxy.container(), self.history()
        current, containers = self.current(), self._containers()
        asked = {"Host": current.domain} if current and current.domain else {}
        answered_by = self._proxy.who_serves(asked) if proxy and proxy.running else None
        return HostStatus(
            host=self.host,
            url=self.url,
            engine=facts.version,
            proxy=proxy.state if proxy else "missing",
            journaled=serving(journal),
            routed=next((one.name for one in containers if one.name == answered_by), None),
            instances=tuple(
                Instance(
                    release=one.labels.get(RELEASE, ""),
                    container=one.name,
                    image=one.labels.get(IMAGE, one.image),
                    state=one.state,
                    health=one.health,
                    uptime=facts.time - one.started_at if one.running and one.started_at else None,
                )
                for one in containers
            ),
            lock=lock.held(self._engine, self._service.port),
            journal=tuple(journal[-_JOURNAL_TAIL:]),
            asked_at=facts.time,
        )

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _created(self, name: str, release: Release, plan: Plan) -> Container | None:
        """A container of that name; None when the name is taken."""
        labels = {
            **release.labels,
            **self._service.labels,
            RELEASE: release.id,
            IMAGE: release.image,
            ENVIRONMENT: plan.environment,
            CONTAINER_PORT: str(plan.container_port),
            **({DOMAIN: plan.domain} if plan.domain else {}),
        }
        with suppress(NameTaken):
            return self._engine.create(
                Wanted(
                    name=name,
                    image=release.image,
                    labels=labels,
                    environment={**plan.variables, **release.variables},
                    network=NETWORK,
                    answers_to=address_of(name),
                    memory=plan.resources.memory,
                    cpus=plan.resources.cpus,
                    capabilities=_CAPABILITIES,
                )
            )
        return None

    def _settle(self, strays: Sequence[Container], plan: Plan) -> None:
        """What serves by the journal serves alone again. It may be beyond help, and about to be replaced for that."""
        if self._routed:
            with suppress(EngineRefused):
                self._bring_up(self._routed)
        self._route(self._routed, plan)  # before anything is stopped: requests under way on a stray must not be cut
        self._proxy.drained(plan.drain)
        self._clear_away(strays)

    def _bring_up(self, wanted: Serving) -> bool:
        """Have its container run for good; whether it did not."""
        container = self._engine.find(wanted.container)
        if container and container.running and container.restarts:
            return False
        self._engine.start(wanted.container)
        self._engine.restart_from_now_on(wanted.container)
        return True

    def _await_answer(self, wanted: Serving) -> None:
        if not await_until(lambda: self._proxy.reaches(_route(wanted)), timeout=_COMES_BACK_WITHIN, every=0.5):
            raise NotBack(
                f"{self.host}: {wanted.container} was started again and does not answer after {_COMES_BACK_WITHIN:g} s."
            )

    def _route(self, wanted: Serving | None, plan: Plan) -> None:
        self._proxy.route(self._routes(wanted), plan.drain)
        if wanted:
            self._proxy.confirm(_route(wanted))
        self._routed = wanted

    def _routes(self, own: Serving | None) -> list[Route]:
        """The proxy serves all models behind the port: its configuration is always the whole of it."""
        return [_route(one) for one in (*self._neighbours().values(), own) if one]

    def _neighbours(self) -> dict[str, Serving]:
        """What serves for the other models behind this port."""
        containers = self._engine.containers(releases_on(self._service.port))
        models = {one.labels[MODEL] for one in containers} - {self._service.model}
        found = {model: self._serving(Service(model, self._service.port)) for model in sorted(models)}
        return {model: one for model, one in found.items() if one}

    def _serving(self, service: Service) -> Serving | None:
        entries, containers = self._journal.read(service.model), self._engine.containers(service.labels)
        if entries:
            return next((_as_serving(one) for one in containers if one.name == serving(entries)), None)
        return next((_as_serving(one) for one in containers if one.running and one.restarts), None)

    def _containers(self) -> list[Container]:
        return self._engine.containers(self._service.labels)

    def _strays(self, wanted: Serving | None) -> list[Container]:
        """What runs, or was never fit to, beside `wanted`."""
        others = (one for one in self._containers() if one.name != _name(wanted))
        return [one for one in others if one.running or not one.restarts]

    def _clear_away(self, strays: Sequence[Container]) -> None:
        """Stop what may be gone back to; remove what was never fit to serve."""
        for container in strays:
            if container.restarts:
                self._engine.stop(container.id)
            else:
                self._engine.remove(container.id)

    def _forget_image(self, container: Container) -> None:
        """Give the space of a removed container's image free, if it was pulled and nothing else here runs it."""
        reference = container.labels.get(IMAGE, "")
        repository, pulled, _ = reference.partition("@")
        still_used = {one.image for one in self._engine.containers({})}
        if pulled and container.image not in still_used:
            self._engine.images.forget(f"{repository}:{container.labels[RELEASE]}")
            self._engine.images.forget(reference)


def _names(first: str) -> Iterator[str]:
    return chain([first], (f"{first}-{number}" for number in count(2)))


def _name(wanted: Serving | None) -> str | None:
    return wanted.container if wanted else None


def _as_serving(container: Container) -> Serving:
    labels = container.labels
    return Serving(labels[RELEASE], container.name, int(labels[CONTAINER_PORT]), labels.get(DOMAIN))


def _route(one: Serving, *, candidate: bool = False) -> Route:
    return Route(one.release, one.container, address_of(one.container), one.port, one.domain, candidate)
