"""Switching traffic under 24 keep-alive clients that never retry, beside what people do by hand: stop, then run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import docker
from tests.support.deployment import SERVER, Site, free_port, until
from tests.support.load import Load

ROUNDS = 5
CLIENTS = 24
BAR = "at most 1 s from the new container healthy to its first answer, and no failed request"


@dataclass(frozen=True)
class Switch:
    """One switch as the clients saw it: seconds until the first answer of the new release, and what it cost them.

    `gap` is the longest time in seconds that a client went without an answer.
    """

    seconds: float
    requests: int
    failures: int
    gap: float
    whole: float


@contextmanager
def site_of(image: str) -> Iterator[Site]:
    """A port and a model, removed at the end."""
    site = Site(image)
    try:
        yield site
    finally:
        site.clean()


def by_headgate(site: Site) -> Switch:
    """A deployment; the new container counts as healthy once its checks have passed."""
    release, healthy_at = site.release(), 0.0
    prober = site.prober

    def noticing(*of: object) -> object:
        ask = prober(*of)

        def asked(*arguments: object) -> None:
            nonlocal healthy_at
            ask(*arguments)
            healthy_at = time.monotonic()

        return asked

    site.prober = noticing  # type: ignore[method-assign,assignment]
    with Load(site.port, CLIENTS) as load:
        time.sleep(0.5)
        began = time.monotonic()
        site.deploy(release)
        whole = time.monotonic() - began
        until(lambda: release.id in load.switched_at)
    site.prober = prober  # type: ignore[method-assign]
    seconds = load.switched_at[release.id] - healthy_at
    return Switch(seconds, load.requests, len(load.failures), load.longest_gap, whole)


def by_hand(engine: docker.DockerClient, image: str) -> Switch:
    """`docker stop old && docker run new` on the same port; there is no moment at which the new one is only healthy."""
    port = free_port()
    options = {"ports": {"8000/tcp": port}, "detach": True}
    old = engine.containers.run(image, environment={"HEADGATE_RELEASE": "old"}, **options)
    new = None
    try:
        until(lambda: Site(image, port=port).serves() == "old")
        with Load(port, CLIENTS) as load:
            time.sleep(0.5)
            began = time.monotonic()
            old.stop()
            new = engine.containers.run(image, environment={"HEADGATE_RELEASE": "new"}, **options)
            until(lambda: "new" in load.switched_at)
        seconds = load.switched_at["new"] - began
        return Switch(seconds, load.requests, len(load.failures), load.longest_gap, seconds)
    finally:
        for container in filter(None, (old, new)):
            container.remove(force=True)


def row(name: str, switches: Sequence[Switch]) -> str:
    """A line of the table: medians, and failures summed up."""
    failed, asked = sum(one.failures for one in switches), sum(one.requests for one in switches)
    return (
        f"| {name} | {median(one.seconds for one in switches):.3f} s | {max(one.seconds for one in switches):.3f} s "
        f"| {failed} of {asked} | {median(one.gap for one in switches):.3f} s "
        f"| {median(one.whole for one in switches):.1f} s |"
    )


def main() -> None:
    """Print the table."""
    engine = docker.from_env()
    image, _ = engine.images.build(path=str(SERVER), tag="headgate-test/model-server:local", rm=True)
    with site_of(str(image.id)) as site:
        site.deploy()
        sides: dict[str, list[Switch]] = {"headgate deploy": [], "docker stop, docker run": []}
        for _ in range(ROUNDS):
            sides["headgate deploy"].append(by_headgate(site))
            sides["docker stop, docker run"].append(by_hand(engine, str(image.id)))
    print(f"## Switching traffic, {CLIENTS} keep-alive clients, {ROUNDS} switches\n\nBar: {BAR}\n")
    print("| | to the first new answer | slowest | failed requests | longest gap | whole deployment |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, switches in sides.items():
        print(row(name, switches))


if __name__ == "__main__":
    main()
