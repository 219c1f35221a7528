"""What deployments leave on a host: containers beside the one that serves, and images that nothing needs any more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from headgate.deploy.fitness import stand_down, was_fit
from headgate.deploy.journal import Entry, arrivals
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Release
from headgate.hosts.containers import Container
from headgate.hosts.engine import Engine


def strays(containers: Iterable[Container], serving: Placement | None) -> list[Container]:
    """Those of a service's containers that are up beside what serves, or that were never fit to."""
    return [one for one in _others(containers, serving) if one.up or not was_fit(one)]


def clear_away(engine: Engine, found: Iterable[Container]) -> None:
    """Stop what may be gone back to; remove what was never fit to serve."""
    for container in found:
        if was_fit(container):
            stand_down(engine, container.id)
        else:
            engine.remove(container.id)


def remove_oldest(
    engine: Engine, containers: Iterable[Container], serving: Placement | None, entries: Sequence[Entry], *, retain: int
) -> None:
    """Remove all but the newest `retain` of a service's stopped containers, which come newest first.

    Before all others stay those that served for good: a newer one of a deployment that was killed is no way back.
    """
    served = {one.serves for one in arrivals(entries)}
    stopped = [one for one in _others(containers, serving) if not one.up]
    for container in sorted(stopped, key=lambda one: one.name not in served)[retain:]:
        engine.remove(container.id)


def prune_images(engine: Engine, entries: Sequence[Entry], arrived: Release, *, retain: int) -> None:
    """Remove the images that deployments of this model pulled and that nothing here needs any more.

    Ours alone is an image that bears no name but those a deployment gave it; or none at all, and comes from where this
    model's images come from: a deployment was killed before it could name it. Kept are the images of all containers,
    running or not, and those of the release that came last and the `retain` before it.

    Args:
        engine: the host's.
        entries: the model's journal, the oldest entry first.
        arrived: the release just deployed, or not: one that failed early is in no journal.
        retain: releases that may be gone back to.
    """
    kept = _last_releases(entries, 1 + retain)
    releases = [arrived, *(one.as_release for one in entries if one.image)]
    unneeded = {one.tag: one.image for one in releases if one.tag and one.id not in kept}
    wanted = {one.image for one in releases if one.id in kept}
    repositories = {one.image.partition("@")[0] for one in releases if one.tag}
    used = engine.images_in_use()
    for image in engine.images.every():
        named_by_us = image.tags and image.tags <= unneeded.keys()
        left_unnamed = not image.tags and image.digests and image.repositories <= repositories
        if image.id in used or not (named_by_us or left_unnamed) or image.digests & wanted:
            continue
        for name in (*image.tags, *(unneeded[tag] for tag in image.tags), *image.digests):
            engine.images.forget(name)


def _others(containers: Iterable[Container], serving: Placement | None) -> list[Container]:
    return [one for one in containers if serving is None or one.name != serving.container]


def _last_releases(entries: Sequence[Entry], count: int) -> set[str]:
    newest_first = dict.fromkeys(one.release for one in reversed(arrivals(entries)))
    return set(islice(newest_first, count))
