"""The proxy of one port of a host: an HAProxy container, the only one that publishes a port.

Its configuration lies in a volume, so that it outlives the container; the engine starts it again after a reboot.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Sequence
from urllib.parse import urlsplit

from headgate.deploy.journal import HOME
from headgate.deploy.routing import LISTENS_ON, WHO_SERVES, Route, configuration
from headgate.deploy.service import NETWORK, PORT, ROLE, proxy_name, volume_name
from headgate.errors import CouldNotCarryOut
from headgate.hosts.connection import Connection
from headgate.hosts.containers import Container, ContainerSpec
from headgate.hosts.images import Progress
from headgate.process import await_until
from headgate.record.facts import LABEL
from headgate.wire import CONTAINER_HEADER, RELEASE_HEADER

IMAGE = os.environ.get("HEADGATE_PROXY_IMAGE", "haproxy:3.0")
_CONFIGURATION = f"{HOME}/haproxy.cfg"
_CANDIDATE = f"{HOME}/haproxy.cfg.new"
# A name that does not resolve would hold up every reload for as long as the resolver tries: 20 s by default.
_DNS_OPTIONS = ("timeout:1", "attempts:1")
_COMES_UP_WITHIN = 15.0  # seconds
_SWITCHES_WITHIN = 30.0  # seconds
_ANSWERS_WITHIN = 5.0  # seconds


class ProxyFailed(CouldNotCarryOut):
    """The proxy did not start, did not take its configuration, or does not answer."""

    title = "the proxy failed"


class Proxy:
    """The proxy of `port` on the host behind `connection`."""

    def __init__(self, connection: Connection, port: int) -> None:
        self.name = proxy_name(port)
        self._connection = connection
        self._engine = connection.engine
        self._port = port
        self._leaving: frozenset[int] = frozenset()

    def container(self) -> Container | None:
        """Its container, running or not."""
        return self._engine.find(self.name)

    def ensure_image(self, progress: Progress) -> None:
        """Have the engine pull HAProxy, where it does not have it yet."""
        if self._engine.images.find(IMAGE) is None:
            self._engine.images.pull(IMAGE, progress)

    def ensure_container(self) -> Container:
        """Create the container, its network and its volume, where they are missing. It may not run yet."""
        labels = {ROLE: "proxy", PORT: str(self._port)}
        self._engine.ensure_network(NETWORK, {f"{LABEL}.role": "network"})
        self._engine.ensure_volume(volume_name(self._port), {**labels, ROLE: "volume"})
        return self.container() or self._engine.create(
            ContainerSpec(
                name=self.name,
                image=IMAGE,
                labels=labels,
                entrypoint=("haproxy", "-W", "-db", "-f", _CONFIGURATION),
                network=NETWORK,
                publish={self._port: LISTENS_ON},
                volumes={HOME: volume_name(self._port)},
                restarts=True,
                read_only=True,
                dns_options=_DNS_OPTIONS,
            )
        )

    def ensure_running(self, routes: Sequence[Route], drain: float) -> None:
        """Start the proxy with these routes, where it does not run.

        Raises:
            PortTaken: somebody else listens on its port; no container is left behind.
            ProxyFailed: it does not answer.
        """
        container = self.ensure_container()
        if not container.running:
            self._write(routes, drain, _CONFIGURATION)
            try:
                self._engine.start(self.name)
            except CouldNotCarryOut:
                self._engine.remove(self.name)
                raise
        if not await_until(self._answers, timeout=_COMES_UP_WITHIN):
            raise ProxyFailed(
                f"{self._connection.host}: {self.name} does not answer on {self._connection.url(self._port)}.\n"
                + "\n".join(f"| {line}" for line in self._engine.last_lines(self.name)),
                hint=f"docker logs {self.name}; docker rm -f {self.name} lets the next deployment make a new one.",
            )

    def route(self, routes: Sequence[Route], drain: float) -> None:
        """Move traffic: check the new configuration, put it in place, reload. The old worker finishes its requests.

        Raises:
            ProxyFailed: HAProxy refuses the configuration; the one before stays.
        """
        self._write(routes, drain, _CANDIDATE)
        code, output = self._engine.execute(self.name, ["haproxy", "-c", "-f", _CANDIDATE])
        if code != 0:
            raise ProxyFailed(f"{self._connection.host}: {self.name} refuses its new configuration.\n{output.strip()}")
        self._write(routes, drain, _CONFIGURATION)
        self._leaving |= self._workers()
        self._engine.signal(self.name, "SIGUSR2")

    def confirm(self, route: Route) -> None:
        """Wait until requests for this route get to its container: only an answer's header tells workers apart.

        Raises:
            ProxyFailed: they do not.
        """
        if not await_until(lambda: self.asked(route) == route.container, timeout=_SWITCHES_WITHIN, every=0.02):
            raise ProxyFailed(
                f"{self._connection.host}: {self.name} was told to send requests to {route.container}, "
                f"and sends them to {self.asked(route) or 'nobody'}.",
                hint=f"docker logs {self.name}",
            )

    def await_drained(self, within: float) -> None:
        """Wait until the workers that were replaced have finished their requests, at most `within` seconds."""
        await_until(lambda: not self._leaving & self._workers(), timeout=within, every=0.1)
        self._leaving = frozenset()

    def asked(self, route: Route) -> str | None:
        """The container that the proxy sends requests for `route` to, by its own answer; None when it has none."""
        wanted = {RELEASE_HEADER: route.release} if route.candidate else {}
        return self.who_serves({**({"Host": route.domain} if route.domain else {}), **wanted})

    def who_serves(self, headers: dict[str, str]) -> str | None:
        """The container that a request with these headers would get to."""
        answer = self._ask(headers)
        return answer.getheader(CONTAINER_HEADER) if answer else None

    def reaches(self, route: Route) -> bool:
        """Whether the application itself answers behind the proxy, whatever it says."""
        answer = self._ask({"Host": route.domain} if route.domain else {}, path="/")
        return answer is not None and answer.status not in (502, 503, 504)

    def _answers(self) -> bool:
        return self._ask({}) is not None

    def _ask(self, headers: dict[str, str], path: str = WHO_SERVES) -> http.client.HTTPResponse | None:
        address = urlsplit(self._connection.reach(self._port))
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_ANSWERS_WITHIN)
        try:
            connection.request("GET", path, headers={**headers, "Connection": "close"})
            answer = connection.getresponse()
            answer.read()
            return answer
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _workers(self) -> frozenset[int]:
        """Every process but the master, whose id never changes."""
        master = self.container()
        return self._engine.processes(self.name) - {master.pid if master else 0}

    def _write(self, routes: Sequence[Route], drain: float, path: str) -> None:
        name = path.removeprefix(f"{HOME}/")
        self._engine.write(self.name, HOME, {name: configuration(routes, drain=drain).encode()})
