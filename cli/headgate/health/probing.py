"""Probes: asked again and again until they hold, until they cannot hold any more, or until time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from headgate.config.health import Health as HealthConfig
from headgate.config.health import HealthCheck
from headgate.console import Step
from headgate.errors import CouldNotCarryOut
from headgate.health.endpoint import Endpoint, open_session
from headgate.health.judging import Round, ask_around
from headgate.lineage import source
from headgate.masking import mask
from headgate.record import Health, Probe

if TYPE_CHECKING:
    from requests import Session

_EVERY = 0.5  # seconds between two rounds
_LAST_WORD = 3  # rounds after which an application that is up and answers wrongly will not get better
_ONE_ANSWER = 30.0  # seconds


class Unhealthy(CouldNotCarryOut):
    """The endpoint did not answer as it must: not in time, or wrongly."""

    title = "the endpoint is not healthy"


@dataclass(frozen=True)
class Patience:
    """How long to go on.

    Args:
        until: when time is up, on `timer`.
        timer: seconds, monotonic.
        sleep: waits so many seconds.
        meanwhile: called before every round; raises when waiting has become pointless.
    """

    until: float
    timer: Callable[[], float]
    sleep: Callable[[float], None]
    meanwhile: Callable[[], None]

    def rounds(self) -> Iterator[int]:
        """1, 2, … until time is up; the first one always."""
        number = 1
        while True:
            self.meanwhile()
            yield number
            if self.until - self.timer() <= _EVERY:
                return
            self.sleep(_EVERY)
            number += 1

    def for_one_answer(self) -> float:
        """Seconds to wait for one answer: never beyond the end, but never no chance at all."""
        return max(1.0, min(_ONE_ANSWER, self.until - self.timer()))


def check(
    config: HealthConfig,
    url: str,
    *,
    host: str | None = None,
    headers: Mapping[str, str] | None = None,
    release: str | None = None,
    step: Step,
    session: Session | None = None,
    clock: Callable[[], datetime] = source.now,
    timer: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Health:
    """Probe `url` for the section `health` of the record, and say of each probe which `host` of the deployment it is.

    The other arguments are those of `probe`; `clock` gives the time at which all was well.

    Raises:
        Unhealthy: time was up, or the answers were wrong.
    """
    probes = probe(config, url, headers, release=release, step=step, session=session, timer=timer, sleep=sleep)
    on_host = tuple(one.model_copy(update={"host": host}) for one in probes)
    return Health(url=mask(url), release=release, probes=on_host, checked_at=clock())


def probe(
    config: HealthConfig,
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    release: str | None = None,
    step: Step,
    session: Session | None = None,
    timer: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[Probe, ...]:
    """Wait until `config.path` and then every check holds, and measure how long the answers take.

    Args:
        config: the section `health` of headgate.yaml.
        url: where the application answers, without the path.
        headers: sent with every request, e.g. what routes it to one release.
        release: the release that must answer; None: any.
        step: told what is under way.
        session: HTTP; default: one for this call. Left open, its idle connection would hold up the proxy's drain.
        timer: seconds, monotonic.
        sleep: waits so many seconds.
        meanwhile: called before every round; raises to end the waiting, e.g. for a container that died.

    Raises:
        Unhealthy: time was up, or the answers were wrong; shows the last one.
    """
    began = timer()
    patience = Patience(began + config.timeout, timer, sleep, meanwhile)
    with open_session(url) if session is None else nullcontext(session) as http:
        endpoint = Endpoint(url, http, headers or {}, timer)
        return tuple(_hold(endpoint, check, release, patience, began, step) for check in checks_of(config))


def checks_of(config: HealthConfig) -> tuple[HealthCheck, ...]:
    """The path that says whether the application is ready, then the checks."""
    return (HealthCheck(path=config.path), *config.checks)


def _hold(
    endpoint: Endpoint, check: HealthCheck, release: str | None, patience: Patience, began: float, step: Step
) -> Probe:
    """One check, as soon as it holds."""
    name, settled = f"{check.method} {check.path}", 0
    for number in patience.rounds():
        step.doing(f"asking {name}" if number == 1 else f"waiting for {name}")
        last = ask_around(endpoint, check, release, patience.for_one_answer)
        if last.complaint is None:
            return Probe(name=name, ok=True, status=last.answer.status, latency=last.latency)
        settled += last.complaint.settled
        if settled == _LAST_WORD:
            break
    raise _unhealthy(f"{name} at {endpoint.url}", last, patience.timer() - began)


def _unhealthy(what: str, last: Round, seconds: float) -> Unhealthy:
    complaint = last.complaint
    assert complaint is not None  # noqa: S101  (a round without one has returned)
    lines = [f"{what}: {complaint.why}.", f"Given up after {seconds:.0f} s."]
    if last.answer.status is not None:
        lines.append(f"Last answer: {last.answer.shown}")
    return Unhealthy("\n".join(lines), hint=complaint.hint)
