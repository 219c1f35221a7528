"""The section `health` of the record: what the endpoint answered once the release was in place."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from headgate.config.models import Health as HealthConfig
from headgate.console import Step
from headgate.health.probing import probe
from headgate.lineage import source
from headgate.masking import mask
from headgate.record import Health

if TYPE_CHECKING:
    from requests import Session


def check(
    config: HealthConfig,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    release: str | None = None,
    step: Step,
    session: Session | None = None,
    clock: Callable[[], datetime] = source.now,
    timer: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Health:
    """Probe `url` until the path and every check of `config` hold; the arguments are those of `probe`.

    Raises:
        Unhealthy: time was up, or the answers were wrong.
    """
    probes = probe(config, url, headers, release=release, step=step, session=session, timer=timer, sleep=sleep)
    return Health(url=mask(url), release=release, probes=probes, checked_at=clock())
