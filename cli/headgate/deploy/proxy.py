"""The proxy of one port of a host: an HAProxy container, the only one that publishes a port.

Its configuration lies in a volume, so that it outlives the container; the engine starts it again after a reboot.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from headgate.deploy.condition import Condition
from headgate.deploy.haproxy_text import ADMIN_SOCKET, CERTIFICATES, CONFIGURATION_HEADER, LISTENS_ON, WHO_SERVES
from headgate.deploy.relief import CONFIGURATION, Front
from headgate.deploy.routing import Route, configuration, digest_of, marked_anew, shares, untouched
from headgate.deploy.service import HOME, NETWORK, PORT, ROLE, proxy_name, volume_name
from headgate.errors import CouldNotCarryOut
from headgate.hosts.connection import Connection
from headgate.hosts.containers import Container
from headgate.hosts.images import Progress
from headgate.hosts.trouble import NotThere
from headgate.process import await_until
from headgate.record.facts import LABEL
from headgate.wire import CONTAINER_HEADER, RELEASE_HEADER

IMAGE = os.environ.get("HEADGATE_PROXY_IMAGE", "haproxy:3.0")
_CANDIDATE = f"{HOME}/haproxy.cfg.new"
_CERTIFICATES = CERTIFICATES.removeprefix(f"{HOME}/")
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
        self._front = Front(connection.engine, port)

    def container(self) -> Container | None:
        """Its container, running or not."""
        return self._engine.find(self.name)

    def free_space(self) -> int | None:
        """Bytes free where the engine keeps volumes, and as a rule images too; None where no proxy runs to be asked."""
        found = self.container()
        if found is None or not found.running:
            return None
        _, told = self._engine.execute(self.name, ["df", "-Pk", HOME])
        fields = told.rstrip().rpartition("\n")[2].split()
        return int(fields[3]) * 1024 if len(fields) > 3 and fields[3].isdigit() else None

    def ensure_image(self, progress: Progress) -> None:
        """Have the engine pull HAProxy, where it does not have it yet."""
        if self._engine.images.find(IMAGE) is None:
            self._engine.images.pull(IMAGE, progress)

    def ensure_container(self) -> Container:
        """Create the container, its network and its volume, where they are missing. It may not run yet."""
        labels = {ROLE: "proxy", PORT: str(self._port)}
        self._engine.ensure_network(NETWORK, {f"{LABEL}.role": "network"})
        self._engine.ensure_volume(volume_name(self._port), {**labels, ROLE: "volume"})
        found = self.container()
        if found and not found.running and self._front.outdated(found, IMAGE):
            self._engine.remove(found.id)  # it is down anyway: no request is lost with it
            found = None
        return found or self._engine.create(
            replace(
                self._front.spec(IMAGE), network=NETWORK, publish={self._port: LISTENS_ON}, dns_options=_DNS_OPTIONS
            )
        )

    def ensure_running(self, routes: Sequence[Route], drain: float) -> None:
        """Start the proxy with these routes, where it does not run.

        Raises:
            PortTaken, PortReserved: the engine cannot have its port; no container is left behind.
            ProxyFailed: it does not answer.
        """
        container = self.ensure_container()
        self._engine.restart_from_now_on(self.name, "always")  # one that an earlier version made would stay down
        if not container.running:
            self._engine.make_folder(self.name, HOME, ADMIN_SOCKET.partition("/")[0])
            self._write(configuration(routes, drain=drain), CONFIGURATION)
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

    def ensure_current(self, drain: float) -> bool:
        """Have a proxy of the image that headgate uses now act, without a dropped request; whether it did not before.

        Raises:
            NotRelieved: it did not come up; the one before goes on.
        """
        self._front.clear()
        acting = self._front.acting()
        if acting is None or not self._front.outdated(acting, IMAGE):
            return False
        text = self._configuration() or ""
        marked = marked_anew(text)  # what tells the two apart that answer on the port for a moment
        self._write(marked, CONFIGURATION)
        try:
            self._front.relieve(IMAGE, drain, lambda: self._runs_with() == digest_of(marked))
        except CouldNotCarryOut:
            self._write(text, CONFIGURATION)
            raise
        return True

    def lines_since(self, moment: str) -> list[str]:
        """The access log after `moment`, as `Engine.lines_since` gives it."""
        return self._engine.lines_since(self._acting, moment)

    def condition(self) -> Condition:
        """What is there, beside what headgate wrote; changes nothing."""
        container = self.container()
        state = container.state if container else "missing"
        text = self._configuration() if container else None
        if container is None or text is None:
            return Condition(self.name, state, "missing")
        loaded = not container.running or self._runs_with() == digest_of(text)
        configured = "edited" if not untouched(text) else "as written" if loaded else "not loaded"
        return Condition(self.name, state, configured, shares(text))

    def certify(self, service: str, certificate: str) -> None:
        """Put the certificate and key of a service where the next reload finds it, for the proxy's eyes alone.

        Raises:
            ProxyFailed: HAProxy cannot use it, e.g. as the key belongs to another one; the one before stays.
        """
        owner = self._user()
        text = certificate.encode()
        check = f"frontend check\n    mode http\n    bind :1 ssl crt {HOME}/check.pem\n    timeout client 1s\n"
        self._engine.write(self.name, HOME, {"check.pem": text}, private_to=owner)
        self._engine.write(self.name, HOME, {"check.cfg": check.encode()})
        code, output = self._engine.execute(self.name, ["haproxy", "-c", "-f", f"{HOME}/check.cfg"])
        self._engine.delete(self.name, [f"{HOME}/check.pem", f"{HOME}/check.cfg"])
        if code != 0:
            raise ProxyFailed(
                f"{self._connection.host}: {self.name} cannot use the certificate.\n{_alerts(output)}",
                hint="Does the key belong to it? First comes the certificate, then its chain, then the key.",
            )
        self._engine.write(self.name, HOME, {f"{_CERTIFICATES}/{service}.pem": text}, private_to=owner)

    def route(self, routes: Sequence[Route], drain: float) -> None:
        """Move traffic: check the new configuration, put it in place, reload. The old worker finishes its requests.

        Raises:
            ProxyFailed: HAProxy refuses the configuration; the one before stays.
        """
        text = configuration(routes, drain=drain)
        self._write(text, _CANDIDATE)
        acting = self._front.acting()
        acts = acting.name if acting else self.name
        for name in {self.name, acts}:  # the port's owner has to serve with it too, after a reboot
            code, output = self._engine.execute(name, ["haproxy", "-c", "-f", _CANDIDATE])
            if code != 0:
                raise ProxyFailed(f"{self._connection.host}: {name} refuses its configuration.\n{_alerts(output)}")
        self._write(text, CONFIGURATION)
        self._leaving |= self._workers_of(acting)
        self._engine.signal(acts, "SIGUSR2")
        if acts != self.name:
            self._front.hush(drain)
        if not await_until(lambda: self._runs_with() == digest_of(text), timeout=_SWITCHES_WITHIN, every=0.02):
            raise ProxyFailed(
                f"{self._connection.host}: {self.name} was told to reload, and does not within {_SWITCHES_WITHIN:g} s.",
                hint=f"docker logs {self.name}",
            )

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

    def await_drained(self, within: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until the workers that were replaced have finished their requests, at most `within` seconds.

        `meanwhile` is called now and then, and ends the waiting by raising.
        """

        def drained() -> bool:
            meanwhile()
            return not self._leaving & self._workers()

        await_until(drained, timeout=within)
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
        return self._workers_of(self._front.acting())

    def _workers_of(self, master: Container | None) -> frozenset[int]:
        """What the master runs, which is the first process of its container."""
        return self._engine.children(master.name) if master else frozenset()

    @property
    def _acting(self) -> str:
        acting = self._front.acting()
        return acting.name if acting else self.name

    def _write(self, text: str, path: str) -> None:
        self._engine.write(self.name, HOME, {path.removeprefix(f"{HOME}/"): text.encode()})

    def _configuration(self) -> str | None:
        """The configuration on disk; None where there is none."""
        try:
            (content,) = self._engine.read(self.name, CONFIGURATION).values()
        except (NotThere, ValueError):
            return None
        return content.decode(errors="replace")

    def _runs_with(self) -> str | None:
        """The digest of the configuration that the answering worker runs with."""
        answer = self._ask({})
        return answer.getheader(CONFIGURATION_HEADER) if answer else None

    def _user(self) -> tuple[int, int]:
        """The user and group that HAProxy runs as, by number: another one in each image."""
        user, group = (self._engine.execute(self.name, ["id", option])[1].strip() for option in ("-u", "-g"))
        return int(user), int(group)


def _alerts(output: str) -> str:
    """What HAProxy has to say, without its greeting and its warnings."""
    lines = output.strip().splitlines()
    return "\n".join([line for line in lines if "[ALERT]" in line] or lines)
