"""Where hosts differ that should be the same, and where a host is not as headgate left it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from headgate.deploy.target import HostStatus, Instance

Kind = Literal["release", "image", "environment", "settings", "proxy", "journal", "canary"]


@dataclass(frozen=True)
class Drift:
    """One difference: its kind, the host where it is (None: between hosts), and what it is in words."""

    kind: Kind
    host: str | None
    text: str


def drift(hosts: Sequence[HostStatus]) -> list[Drift]:
    """Every difference, those on single hosts first. Values of variables are compared, and not told."""
    return [*(one for host in hosts for one in _on(host)), *_between(hosts)]


def _on(host: HostStatus) -> Iterator[Drift]:
    if host.proxy.damage and (host.instances or host.journal):
        yield Drift("proxy", host.host, f"{host.host}: {host.proxy.damage}. The next deployment mends it.")
    elif host.journaled != host.routed:
        said, does = host.journaled or "nothing", host.routed or "nothing"
        yield Drift("journal", host.host, f"{host.host} serves {does}, and its journal says {said}.")
    for container, percent in host.proxy.shares.items():
        words = "under way" if host.lock else "left by a deployment that was cut short; the next one ends it"
        yield Drift(
            "canary", host.host, f"{host.host}: {percent}% of the traffic go to {container}: a canary, {words}."
        )


def _between(hosts: Sequence[HostStatus]) -> Iterator[Drift]:
    serving = [(host.host, host.serving) for host in hosts]
    releases = _groups(serving, lambda one: one.release)
    if len(releases) > 1:
        told = "; ".join(f"{', '.join(where)}: {release or 'nothing'}" for release, where in releases.items())
        yield Drift("release", None, f"The hosts serve different releases: {told}.")
        return
    compared: tuple[tuple[Kind, str, Callable[[Instance], str]], ...] = (
        ("image", "images", lambda one: one.image),
        ("environment", "environment variables", lambda one: one.variables),
        ("settings", "limits, mounts or privileges", lambda one: one.settings),
    )
    for kind, words, value in compared:
        if len(groups := _groups(serving, value)) > 1:
            told = " | ".join(", ".join(where) for where in groups.values())
            yield Drift(kind, None, f"The hosts serve the same release with different {words}: {told}.")


def _groups(
    serving: Sequence[tuple[str, Instance | None]], value: Callable[[Instance], str]
) -> dict[str | None, list[str]]:
    groups: dict[str | None, list[str]] = {}
    for host, instance in serving:
        groups.setdefault(value(instance) if instance else None, []).append(host)
    return groups
