"""The proxy's configuration as text, made from the routes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headgate.wire import CONTAINER_HEADER, RELEASE_HEADER

LISTENS_ON = 8080  # inside the proxy's container
WHO_SERVES = "/.well-known/headgate"  # answered by the proxy itself


@dataclass(frozen=True)
class Route:
    """The way to one container.

    Args:
        address: the name by which the proxy finds the container; port: where it listens.
        domain: serve requests for this domain alone; None: those that no domain claims.
        candidate: only requests that ask for the release by header get here.
    """

    release: str
    container: str
    address: str
    port: int
    domain: str | None = None
    candidate: bool = False


def configuration(routes: Sequence[Route], *, drain: float) -> str:
    """What HAProxy runs with.

    A request with `X-Headgate-Release` goes to that release alone, or nowhere. Every answer names release and
    container. Idle connections are closed after their next answer when a worker leaves, so that no client finds its
    connection gone; a worker is ended after `drain` seconds. Connections to containers are closed after every answer:
    an application that closes an idle one at the wrong moment would cost a request.

    Args:
        routes: at most one for each domain (None included) that is not a candidate.
        drain: seconds.
    """
    candidates_first = sorted(routes, key=lambda route: not route.candidate)
    serving = [route for route in routes if not route.candidate]
    return "\n".join(
        [
            _PREAMBLE.format(drain=max(1, round(drain))),
            "frontend port",
            f"    bind :{LISTENS_ON}",
            *(f"    use_backend {route.container} if {_asks_for(route)}" for route in candidates_first),
            f"    use_backend not-here if {{ req.hdr({RELEASE_HEADER}) -m found }}",
            *(f"    use_backend {route.container} if {_for_domain(route)}" for route in serving if route.domain),
            f"    default_backend {next((route.container for route in serving if not route.domain), 'nothing')}",
            "",
            *(_backend(route) for route in routes),
            _NOBODY,
        ]
    )


def _asks_for(route: Route) -> str:
    by_name = f"{{ req.hdr({RELEASE_HEADER}) -m str {route.release} }}"
    return f"{_for_domain(route)} {by_name}" if route.domain else by_name


def _for_domain(route: Route) -> str:
    return f"{{ req.hdr(host),host_only -i -m str {route.domain} }}"


def _backend(route: Route) -> str:
    return f"""\
backend {route.container}
    http-request return status 200 content-type text/plain string {route.release} if {{ path {WHO_SERVES} }}
    http-after-response set-header {RELEASE_HEADER} {route.release}
    http-after-response set-header {CONTAINER_HEADER} {route.container}
    server app {route.address}:{route.port}
"""


_PREAMBLE = """\
# Written by headgate, and written anew by every deployment: what is changed here by hand is lost.
global
    log stdout format raw local0
    maxconn 8000
    no strict-limits
    hard-stop-after {drain}s

defaults
    mode http
    log global
    option httplog
    option dontlognull
    option forwardfor
    option http-server-close
    option idle-close-on-response
    timeout connect 5s
    timeout http-request 10s
    timeout http-keep-alive 60s
    timeout client 60s
    timeout server 300s
    timeout queue 30s
    timeout tunnel 1h
    default-server resolvers engine init-addr last,libc,none

resolvers engine
    nameserver engine 127.0.0.11:53
    accepted_payload_size 8192
    timeout resolve 1s
    timeout retry 1s
    hold valid 1s
"""

_NOBODY = f"""\
backend not-here
    http-request return status 503 content-type text/plain string "This release is not running here.\\n"

backend nothing
    http-request return status 503 content-type text/plain string "No release is deployed here.\\n" \
hdr {RELEASE_HEADER} none
"""
