"""Clocks: locks, tokens and certificates all end at a time that several machines must agree on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from headgate.errors import HeadgateError
from headgate.hosts import Local
from headgate.lineage.source import now
from headgate.masking import mask
from headgate.workflow.doctor.finding import Context, Said, fail, ok, warn

NOTICEABLE = 10.0  # seconds; a lock's end is off by as much
DANGEROUS = 120.0  # seconds; tokens are refused, and a lock may end under its holder
_SOON = 14.0  # days before a certificate ends
_PATIENCE = (3.0, 5.0)  # seconds to connect, and to answer


def clock(context: Context) -> Iterator[Said]:
    """This machine's clock against the engine's and the servers'; certificates that end soon."""
    agreed, asked = [], False
    for name, ask in _others(context).items():
        before = now()
        try:
            theirs = ask()
        except (HeadgateError, OSError):
            continue  # that it does not answer is another check's finding
        if theirs is None:
            continue
        asked = True
        apart = [*skew(name, (theirs - (before + (now() - before) / 2)).total_seconds())]
        agreed += [] if apart else [name]
        yield from apart
    for server in _servers(context):
        if server.startswith("https://"):
            yield from _certificate(server)
    if agreed or not asked:
        yield ok(f"agrees with {', '.join(agreed)}" if agreed else "nothing to compare it with")


def skew(name: str, seconds: float) -> Iterator[Said]:
    """What it means that another clock is `seconds` ahead of ours; behind, where negative."""
    if abs(seconds) < NOTICEABLE:
        return
    way = "ahead of" if seconds > 0 else "behind"
    why = f"{name} is {abs(seconds):.0f} s {way} this machine's clock"
    fix = "timedatectl set-ntp true, on whichever of the two is wrong: timedatectl status"
    yield fail(why, fix, about=name) if abs(seconds) >= DANGEROUS else warn(why, fix, about=name)


def ends(server: str, at: datetime, *, today: datetime) -> Iterator[Said]:
    """Whether a certificate is about to end."""
    days = (at - today).total_seconds() / 86400
    if days < _SOON:
        when = f"ends in {days:.0f} days" if days > 0 else f"ended {-days:.0f} days ago"
        yield warn(f"the certificate of {server} {when}", "Renew it before it does.", about=server)


def _others(context: Context) -> Mapping[str, Callable[[], datetime | None]]:
    asked: dict[str, Callable[[], datetime | None]] = {"the engine": lambda: _engine(context)}
    for server in _servers(context):
        asked[mask(server)] = lambda server=server: _date_of(server)  # type: ignore[misc]
    return asked


def _servers(context: Context) -> list[str]:
    """The servers of tracking and registry, without credentials."""
    config = context.job.config
    uris = dict.fromkeys(uri for uri in (config.tracking.uri, config.registry.uri) if uri.startswith("http"))
    return [f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc.rpartition('@')[2]}" for uri in uris]


def _engine(context: Context) -> datetime:
    local = Local(context.job.environ)
    try:
        return local.engine.clock()
    finally:
        local.close()


def _date_of(server: str) -> datetime | None:
    """The time of the answer, by the server; RFC 9110 gives it in whole seconds."""
    import requests

    answer = requests.head(server, timeout=_PATIENCE, allow_redirects=False)
    said = answer.headers.get("Date")
    return parsedate_to_datetime(said) if said else None


def _certificate(server: str) -> Iterator[Said]:
    import socket
    import ssl

    host, port = urlsplit(server).hostname or "", urlsplit(server).port or 443
    trusted = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=_PATIENCE[0]) as plain,
            trusted.wrap_socket(plain, server_hostname=host) as secure,
        ):
            certificate = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield fail(
            f"the certificate of {server} is not trusted here: {error.verify_message}",
            "MLFLOW_TRACKING_SERVER_CERT_PATH and REQUESTS_CA_BUNDLE name an authority's file",
            about=server,
        )
        return
    except OSError:
        return  # that it does not answer is another check's finding
    ending = ssl.cert_time_to_seconds(str(certificate.get("notAfter")))
    yield from ends(server, datetime.fromtimestamp(ending, timezone.utc), today=now())
