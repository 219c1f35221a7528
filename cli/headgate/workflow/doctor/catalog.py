"""The checks, by name, in the order in which a release needs what they look at."""

from __future__ import annotations

from functools import partial

from headgate.config import Config
from headgate.workflow.doctor import (
    clocks,
    configuration,
    data,
    evaluation,
    github,
    hosts,
    images,
    registry,
    surroundings,
    tracking,
)
from headgate.workflow.doctor.examination import Planned

_CHECKS = (
    Planned("tools", surroundings.tools, 12.0),
    Planned("checkout", surroundings.checkout, 10.0),
    Planned("disk", surroundings.disk, 8.0),
    Planned("configuration", configuration.configuration, 8.0),
    Planned("credentials", configuration.credentials, 8.0),
    Planned("secrets", configuration.secrets, 8.0, ships=True),
    Planned("data", data.data, 13.0),
    Planned("tracking", tracking.tracking, 12.0),
    Planned("registry", registry.registry, 13.0),
    Planned("evaluation", evaluation.evaluation, 13.0),
    Planned("builder", images.builder, 12.0, ships=True),
    Planned("image-registry", images.image_registry, 12.0, ships=True),
    Planned("github", github.github, 10.0),
    Planned("clock", clocks.clock, 12.0),
)
_HOSTS = "hosts"
_HOST_LIMIT = 13.0

NAMES = (*(planned.name for planned in _CHECKS[:-2]), _HOSTS, *(planned.name for planned in _CHECKS[-2:]))


def planned(config: Config, *, ships: bool = True) -> list[Planned]:
    """Every check of the project; each host has its own, so that one that hangs hides no other.

    Without `ships` those alone that judging a candidate needs.
    """
    by_host = [Planned(_HOSTS, partial(hosts.host, name=name), _HOST_LIMIT, ships=True) for name in config.deploy.hosts]
    every = [*_CHECKS[:-2], *by_host, *_CHECKS[-2:]]
    return [one for one in every if ships or not one.ships]
