"""The proxy's configuration as text, made from the routes alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headgate.deploy.handling import PLAIN, Handling
from headgate.deploy.haproxy_text import (
    CERTIFICATES,
    DIGEST,
    LISTENS_ON,
    LOGGING,
    NOBODY,
    PREAMBLE,
    SIGNATURE,
    SIGNED,
    TLS,
    WHO_SERVES,
)
from headgate.wire import CONTAINER_HEADER, PROBE_HEADER, RELEASE_HEADER

_ALL = 100
_SHARE = re.compile(r"use_backend (?P<container>\S+) if .*\{ rand\(100\) lt (?P<share>\d+) \}")
_ASKED = f"{{ path {WHO_SERVES} }}"
_BODILESS = "{ method GET HEAD OPTIONS DELETE }"


@dataclass(frozen=True)
class Route:
    """The way to one container.

    Args:
        address: the name by which the proxy finds the container; port: where it listens.
        domain: serve requests for this domain alone; None: those that no domain claims.
        share: percent of these requests that get here; at less than 100 the rest go to the route that has all. Those
            that ask for the release by header get here in any case.
        handling: what the proxy does with them on their way.
    """

    release: str
    container: str
    address: str
    port: int
    domain: str | None = None
    share: int = _ALL
    handling: Handling = PLAIN

    @property
    def candidate(self) -> bool:
        """Whether another release serves beside it."""
        return self.share < _ALL


def configuration(routes: Sequence[Route], *, drain: float) -> str:
    """What HAProxy runs with.

    A request with `X-Headgate-Release` goes to that release alone, or nowhere. Every answer names release and
    container. Idle connections are closed after their next answer when a worker leaves, so that no client finds its
    connection gone; a worker is ended after `drain` seconds. Connections to containers are closed after every answer:
    an application that closes an idle one at the wrong moment would cost a request.

    A share of the traffic is drawn anew for each request, so that it is in this text alone, whatever restarts; a
    candidate that is down gets none of it.

    Args:
        routes: at most one for each domain (None included) that is not a candidate.
        drain: seconds.
    """
    candidates_first = sorted(routes, key=lambda route: not route.candidate)
    text = "\n".join(
        [
            PREAMBLE.format(drain=max(1, round(drain))),
            *_frontend(candidates_first),
            "",
            *map(_backend, routes),
            NOBODY,
            *([TLS] if any(route.handling.tls for route in routes) else []),
        ]
    )
    return _signed(text)


def marked_anew(text: str) -> str:
    """The same configuration under another digest."""
    return _signed(f"{text.replace(digest_of(text) or DIGEST, DIGEST)}#\n")


def digest_of(text: str) -> str | None:
    """The digest that a configuration says it has; None where it is not one of headgate's."""
    first = text.partition("\n")[0]
    return first.removeprefix(SIGNATURE) if first.startswith(SIGNATURE) else None


def untouched(text: str) -> bool:
    """Whether a configuration is as headgate wrote it."""
    said = digest_of(text)
    return bool(said) and hashlib.sha256(text.replace(str(said), DIGEST).encode()).hexdigest()[:16] == said


def shares(text: str) -> dict[str, int]:
    """Percent of the traffic by container, of those that a configuration sends a share to."""
    return {found["container"]: int(found["share"]) for found in _SHARE.finditer(text)}


def _signed(text: str) -> str:
    return text.replace(DIGEST, hashlib.sha256(text.encode()).hexdigest()[:16])


def _frontend(routes: Sequence[Route]) -> Iterator[str]:
    serving = [route for route in routes if not route.candidate]
    sharing = [route for route in routes if route.candidate and route.share]
    encrypted = any(route.handling.tls for route in routes)
    yield "frontend port"
    if encrypted:
        yield "    bind abns@headgate-plain accept-proxy"
        yield f"    bind abns@headgate-tls accept-proxy ssl crt {CERTIFICATES}/ alpn h2,http/1.1 ssl-min-ver TLSv1.2"
        yield "    http-request set-header X-Forwarded-Proto https if { ssl_fc }"
        yield "    http-request set-header X-Forwarded-Proto http unless { ssl_fc }"
    else:
        yield f"    bind :{LISTENS_ON}"
    yield from LOGGING
    yield from (f"    http-request redirect scheme https code 308 if {_to_redirect(route)}" for route in serving
                if route.handling.redirect)  # fmt: skip
    yield from (f"    use_backend {route.container} if {_asks_for(route)}" for route in routes)
    yield f"    use_backend not-here if {{ req.hdr({RELEASE_HEADER}) -m found }}"
    yield from (f"    use_backend {route.container} if {_for_domain(route)} {_drawn(route)}" for route in sharing
                if route.domain)  # fmt: skip
    yield from (f"    use_backend {route.container} if {_for_domain(route)}" for route in serving if route.domain)
    yield from (f"    use_backend {route.container} if {_drawn(route)}" for route in sharing if not route.domain)
    yield f"    default_backend {next((route.container for route in serving if not route.domain), 'nothing')}"


def _asks_for(route: Route) -> str:
    by_name = f"{{ req.hdr({RELEASE_HEADER}) -m str {route.release} }}"
    return f"{_for_domain(route)} {by_name}" if route.domain else by_name


def _for_domain(route: Route) -> str:
    return f"{{ req.hdr(host),host_only -i -m str {route.domain} }}"


def _drawn(route: Route) -> str:
    return f"{{ rand(100) lt {route.share} }} {{ nbsrv({route.container}) gt 0 }}"


def _to_redirect(route: Route) -> str:
    """Not the deployer's and the prober's requests, which are plain HTTP through the SSH connection or on the host."""
    ours = f"!{{ path {WHO_SERVES} }} !{{ req.hdr({PROBE_HEADER}) -m found }} !{{ req.hdr({RELEASE_HEADER}) -m found }}"
    return f"!{{ ssl_fc }} {ours}" + (f" {_for_domain(route)}" if route.domain else "")


def _backend(route: Route) -> str:
    return "\n".join(
        [
            f"backend {route.container}",
            f"    http-request return status 200 content-type text/plain string {route.release} {SIGNED} if {_ASKED}",
            *_limits(route.handling),
            f"    http-after-response set-header {RELEASE_HEADER} {route.release}",
            f"    http-after-response set-header {CONTAINER_HEADER} {route.container}",
            f"    server app {route.address}:{route.port}"
            + (f" maxconn {route.handling.max_connections}" if route.handling.max_connections else "")
            + (" check inter 1s fall 2 rise 1" if 0 < route.share < _ALL else ""),
            "",
        ]
    )


def _limits(handling: Handling) -> Iterator[str]:
    yield f"    timeout server {_milliseconds(handling.timeout)}"
    yield f"    timeout queue {_milliseconds(handling.queue)}"
    yield '    http-error status 503 content-type text/plain string "Too busy, or not up.\\n" hdr Retry-After 5'
    if handling.max_body is not None:
        said = f'content-type text/plain string "At most {handling.max_body} bytes, and the length in advance.\\n"'
        yield f"    http-request return status 411 {said} if !{_BODILESS} !{{ req.hdr(content-length) -m found }}"
        yield f"    http-request return status 413 {said} if {{ req.body_size gt {handling.max_body} }}"


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
