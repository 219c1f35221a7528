"""A host with a container engine, as a target: release containers beside each other, a proxy before them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from headgate.console import Step
from headgate.deploy import lock, preflight
from headgate.deploy.fitness import ask_while_it_runs, mark_fit, must_run, must_run_on, stand_down, was_fit
from headgate.deploy.journal import Entry, Journal, serving
from headgate.deploy.leftovers import clear_away, prune_images, remove_oldest, strays
from headgate.deploy.placement import Placement, container_spec, names_for
from headgate.deploy.plan import Plan, Release
from headgate.deploy.proxy import IMAGE as PROXY_IMAGE
from headgate.deploy.proxy import Proxy
from headgate.deploy.routing import Route
from headgate.deploy.service import RELEASE, Service
from headgate.deploy.standing import Standing
from headgate.deploy.target import HostStatus, Instance, Probe
from headgate.deploy.telemetry import file_lines
from headgate.errors import CouldNotCarryOut
from headgate.hosts.connection import Connection
from headgate.hosts.containers import Container
from headgate.hosts.trouble import EngineRefused, NameTaken
from headgate.process import await_until
from headgate.wire import RELEASE_HEADER

_COMES_BACK_WITHIN = 180.0  # seconds a stopped release may take to load its model again
_JOURNAL_TAIL = 10


class NotBack(CouldNotCarryOut):
    """The release before was started again and does not answer."""

    title = "the release before does not answer"


class NothingServes(CouldNotCarryOut):
    """No release of the model serves on the host."""

    title = "nothing is in production there"


class EngineTarget:
    """The service on the host behind `connection`. Implements `Target`."""

    def __init__(self, connection: Connection, service: Service) -> None:
        self.host = connection.host
        self.url = connection.url(service.port)
        self._connection = connection
        self._engine = connection.engine
        self._service = service
        self._proxy = Proxy(connection, service.port)
        self._journal = Journal(connection.engine, service.port)
        self._standing = Standing(connection.engine, service, self._journal)
        self._routed: Placement | None = None
        self._beside: tuple[Placement, ...] = ()  # what serves for the other models behind the port
        self._shared = False  # whether what does not serve yet has had a share of the traffic
        self._runs_since: datetime | None = None  # what is on its way into production
        self._pulled = False
        self._log_read_until = ""
        self._lock: lock.Lock | None = None

    def reach(self) -> str:
        """Through the connection."""
        return self._connection.reach(self._service.port)

    def preflight(self, release: Release, plan: Plan) -> None:
        """Disk, port, domain and image; changes nothing."""
        preflight.check_disk(self._connection, self._proxy.free_space)
        preflight.check_port(self._connection, self._service.port)
        claimed = {model: one.domain for model, one in self._standing.neighbours().items()}
        preflight.check_domain(self.host, self._service, plan.domain, claimed)
        preflight.check_image(self._engine, release)

    @contextmanager
    def locked(self, plan: Plan, doing: str, step: Step) -> Iterator[None]:
        """Hold the port's lock. Its container needs an image that is sure to be there: the proxy's."""
        self._proxy.ensure_image(lambda done, total: step.doing(f"pulling {PROXY_IMAGE}", done, total))
        holder = lock.Holder(plan.actor, doing, plan.run_url)
        terms = lock.Terms(plan.lock_timeout, plan.lease, plan.break_lock)
        with lock.locked(
            self._engine, self._service.port, PROXY_IMAGE, holder, terms, say=step.doing, warn=step.warn
        ) as held:
            self._lock = held
            self._journal.hold()
            self._look()
            if held.broken:
                self._note_broken(held.broken, plan)
            try:
                yield
            finally:
                self._journal.release()
                self._lock = None

    def prepare(self, release: Release, plan: Plan, step: Step) -> None:
        """Pull the image, have the proxy running as it should, and clear away what a killed deployer left."""
        if release.pushed and self._engine.images.find(release.image) is None:
            self._engine.images.pull(
                release.image, lambda done, total: step.doing(f"pulling on {self.host}", done, total)
            )
            self._pulled = True
            preflight.check_image(self._engine, release)  # not every engine can tell before it has it
        damage = self._proxy.condition().damage if self.history() or self._standing.containers() else None
        self._proxy.ensure_container()
        self._look()
        self._proxy.ensure_running(self._routes(self._routed), plan.drain)
        if damage:
            step.warn(f"{self.host}: {damage}. Mended.")
            self._route(self._routed, plan)
        if self._proxy.ensure_current(plan.drain):
            step.detail(f"{self.host}: the proxy runs {PROXY_IMAGE} as it is now")
        if plan.certificate:
            self._proxy.certify(self._service.model, plan.certificate)
        if left := strays(self._standing.containers(), self._routed):
            step.detail(f"{self.host}: a deployment was cut short here; clearing up after it")
            self._settle(left, plan)

    def current(self) -> Placement | None:
        """What serves, by the journal; where that is lost, the newest container that runs and passed its checks."""
        return self._standing.serving()

    def start(self, release: Release, plan: Plan) -> Placement:
        """Create and start a container; a second one of the same release gets a number."""
        self._assure()
        container = next(filter(None, (self._created(name, release, plan) for name in names_for(release))))
        try:
            return Placement.of(self._engine.start(container.name))
        except CouldNotCarryOut:
            self._engine.remove(container.id)
            raise

    def kept(self, release: str) -> Placement | None:
        """The newest container of the release that once passed its checks."""
        found = (one for one in self._standing.containers() if one.labels.get(RELEASE) == release and was_fit(one))
        return next(map(Placement.of, found), None)

    def start_kept(self, release: str) -> Placement | None:
        """Start the release's container again; one that cannot be started counts as gone."""
        kept = self.kept(release)
        if kept:
            with suppress(EngineRefused):
                self._engine.start(kept.container)
                return kept
        return None

    def probe(self, started: Placement, plan: Plan, probe: Probe) -> None:
        """Route the release by header alone, and have it asked for as long as its container runs."""
        self._assure()
        candidate = started.route(share=0)
        self._proxy.route([*self._routes(self._routed), candidate], plan.drain)
        self._proxy.confirm(candidate)
        headers = {RELEASE_HEADER: started.release, **({"Host": started.domain} if started.domain else {})}
        ask_while_it_runs(
            lambda meanwhile: probe(self.reach(), headers, meanwhile),
            self._engine,
            started.container,
            lambda: self.must_run(started),
        )

    def share(self, started: Placement, percent: int, plan: Plan) -> None:
        """Route a share to it: drawn by the proxy's configuration, which outlives whatever restarts."""
        self._assure()
        self._shared = True
        self._proxy.route([*self._routes(self._routed), started.route(percent)], plan.drain)

    def answered(self) -> Sequence[str]:
        """The lines since the last that was given."""
        began = self._log_read_until or f"{self._engine.clock():%Y-%m-%dT%H:%M:%S.%f}"
        lines = self._proxy.lines_since(began)
        self._log_read_until = lines[-1].partition(" ")[0] if lines else began
        return lines

    def must_run(self, started: Placement) -> None:
        """By the engine."""
        self._assure()
        self._runs_since = must_run(self._engine, started.container).started_at

    def switch(self, started: Placement, plan: Plan) -> float:
        """Mark it as fit, and send everything to it."""
        self._assure()
        began = time.monotonic()
        mark_fit(self._engine, started.container)
        self._route(started, plan)
        return time.monotonic() - began

    def stop(self, placement: Placement, plan: Plan) -> None:
        """Route nothing, drain, stop."""
        self._assure()
        self._route(None, plan)
        self._proxy.await_drained(plan.drain)
        stand_down(self._engine, placement.container)

    def restore(self, previous: Placement | None, plan: Plan) -> None:
        """Have `previous` serve again. Waits for requests on what came after it, if that had any traffic."""
        self._assure()
        self._proxy.ensure_running(self._routes(previous), plan.drain)  # it may be what failed
        had_traffic = self._shared or self._routed not in (None, previous)
        brought_up = previous is not None and self._bring_up(previous)
        self._route(previous, plan)
        if previous and brought_up:
            self._await_answer(previous)
        if had_traffic:
            self._proxy.await_drained(plan.drain)
        clear_away(self._engine, strays(self._standing.containers(), previous))

    def settle(self, started: Placement, plan: Plan, meanwhile: Callable[[], None]) -> None:
        """By the moment at which its process began: the engine starts what ends in production again."""

        def still_well() -> None:
            meanwhile()
            must_run_on(self._engine, started.container, since=self._runs_since)

        self._assure()
        self._proxy.await_drained(plan.drain, still_well)
        still_well()

    def retire(self, plan: Plan) -> None:
        """Stop what does not serve any more, and remove the oldest of what is stopped."""
        self._assure()
        clear_away(self._engine, strays(self._standing.containers(), self._routed))
        remove_oldest(self._engine, self._standing.containers(), self._routed, self.history(), retain=plan.retain)

    def prune(self, release: Release, plan: Plan) -> None:
        """By the journal, which has the failed releases too."""
        prune_images(self._engine, self.history(), release, retain=plan.retain)

    def note(self, entry: Entry) -> None:
        """Add to the journal; and name the image, as one that is known by its digest alone counts as dangling.

        Not before: a name that no journal knows would be left by a deployer that is killed in between.
        """
        self._assure()
        self._journal.append(entry)
        if self._pulled and entry.arrived:
            self._engine.images.tag(entry.image, entry.image.partition("@")[0], entry.release)  # `Release.tag`

    def history(self) -> Sequence[Entry]:
        """The journal of this model behind this port."""
        return self._journal.read(self._service.model)

    def status(self) -> HostStatus:
        """What engine, proxy, journal and lock say."""
        time_there, proxy, journal = self._engine.clock(), self._proxy.container(), self.history()
        current, containers = self.current(), self._standing.containers()
        condition = self._proxy.condition()
        own = {one.name for one in containers}
        condition = replace(condition, shares={name: share for name, share in condition.shares.items() if name in own})
        asked = {"Host": current.domain} if current and current.domain else {}
        answered_by = self._proxy.who_serves(asked) if proxy and proxy.running else None
        return HostStatus(
            host=self.host,
            url=self.url,
            proxy=condition,
            journaled=serving(journal),
            routed=next((one.name for one in containers if one.name == answered_by), None),
            instances=tuple(Instance.of(one, time_there) for one in containers),
            lock=lock.held(self._engine, self._service.port),
            journal=tuple(journal[-_JOURNAL_TAIL:]),
        )

    def telemetry(self, since: datetime, file: str | None = None) -> Iterator[bytes]:
        """From the engine's own log of the container, or from the file and what was rotated out of it just before."""
        serving = self.current()
        if serving is None:
            raise NothingServes(
                f"{self.host}: no release of {self._service.model} serves on port {self._service.port}."
            )
        if file is None:
            return self._engine.log(serving.container, since=since)
        return file_lines(self._engine, serving.container, file)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _assure(self) -> None:
        """Whoever has lost the lock leaves the host alone: somebody else is at work on it."""
        if self._lock:
            self._lock.assure()

    def _note_broken(self, broken: lock.Held, plan: Plan) -> None:
        """Who broke whose lock, and why. What serves stays what it was."""
        self._proxy.ensure_container()  # the journal is written through it
        serves = self._routed
        self._journal.append(
            Entry(
                result="lock broken",
                at=self._engine.clock(),
                environment=plan.environment,
                model=self._service.model,
                release=serves.release if serves else "",
                serves=serves.container if serves else None,
                actor=plan.actor,
                run_url=plan.run_url,
                why=f"the lock of {broken}: {plan.break_lock}",
            )
        )

    def _created(self, name: str, release: Release, plan: Plan) -> Container | None:
        """A container of that name; None when the name is taken."""
        with suppress(NameTaken):
            return self._engine.create(container_spec(name, release, plan, self._service))
        return None

    def _settle(self, left: Sequence[Container], plan: Plan) -> None:
        """What serves by the journal serves alone again. It may be beyond help, and about to be replaced for that."""
        if self._routed:
            with suppress(EngineRefused):
                self._bring_up(self._routed)
        self._route(self._routed, plan)  # before anything is stopped: requests under way on a stray must not be cut
        self._proxy.await_drained(plan.drain)
        clear_away(self._engine, left)

    def _bring_up(self, wanted: Placement) -> bool:
        """Have its container run for good; whether it did not."""
        container = self._engine.find(wanted.container)
        runs = container is not None and container.running and was_fit(container)
        if not runs:
            self._engine.start(wanted.container)
        mark_fit(self._engine, wanted.container)
        return not runs

    def _await_answer(self, wanted: Placement) -> None:
        if not await_until(lambda: self._proxy.reaches(wanted.route()), timeout=_COMES_BACK_WITHIN, every=0.5):
            raise NotBack(
                f"{self.host}: {wanted.container} was started again and does not answer after {_COMES_BACK_WITHIN:g} s."
            )

    def _route(self, wanted: Placement | None, plan: Plan) -> None:
        self._proxy.route(self._routes(wanted), plan.drain)
        if wanted:
            self._proxy.confirm(wanted.route())
        self._routed, self._shared = wanted, False

    def _routes(self, own: Placement | None) -> list[Route]:
        """The proxy serves all models behind the port: its configuration is always the whole of it."""
        return [one.route() for one in (*self._beside, own) if one]

    def _look(self) -> None:
        """What serves here, for this service and its neighbours: nobody else changes that while the lock is held."""
        serving = self._standing.by_model()
        self._routed = serving.pop(self._service.model, None)
        self._beside = tuple(serving.values())
