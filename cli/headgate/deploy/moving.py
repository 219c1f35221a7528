"""One host on its way from what it serves to a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from headgate.console import Step
from headgate.deploy.fitness import Unfit
from headgate.deploy.journal import Entry
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Plan, Release
from headgate.deploy.target import Probe, Target
from headgate.deploy.together import Halt, Halted
from headgate.deploy.walk import Walk
from headgate.errors import CouldNotCarryOut
from headgate.masking import mask

Start = Callable[[Target, Release, Plan], Placement]
Clock = Callable[[], datetime]
Result = Literal["deployed", "rolled back", "failed", "canary"]


@dataclass
class Move:
    """One host on its way from `previous` to what was `started` there."""

    target: Target
    previous: Placement | None
    begun: bool = False
    changed: bool = False
    started: Placement | None = None
    switched_at: datetime | None = None
    switch_seconds: float = 0.0


@dataclass(frozen=True)
class Way:
    """What the moves of one rollout have in common."""

    release: Release
    plan: Plan
    start: Start
    probe: Probe
    step: Step
    clock: Clock
    halt: Halt


def arrive(move: Move, *, way: Way, result: Result, why: str | None) -> None:
    """Bring one host to the release, and say so in its journal."""
    way.halt.check()
    move.begun = True
    advance(move, way)
    note(move, way, result, serves=move.started, why=why)


def advance(move: Move, way: Way) -> None:
    """Bring one host from what it serves to the release. Where it stops, `move` says how far it came."""
    target, plan, step, release = move.target, way.plan, way.step, way.release.id
    if plan.strategy == "recreate" and move.previous:
        step.doing(f"stopping {move.previous.release} on {target.host}")
        move.changed = True
        target.stop(move.previous, plan)
    step.doing(f"starting {release} on {target.host}")
    move.started = way.start(target, way.release, plan)
    move.changed = True
    step.doing(f"waiting until {release} is fit on {target.host}")
    target.probe(move.started, plan, _heeding(way.probe, way.halt))
    if plan.strategy == "canary" and move.previous:
        remark = partial(note, move, way, "canary", serves=move.previous)
        Walk(target, move.previous, move.started, plan, way.halt, step, lambda line: remark(why=line)).go()
    way.halt.check()
    step.doing(f"switching {target.host}")
    move.switch_seconds = target.switch(move.started, plan)
    move.switched_at = way.clock()
    step.detail(f"{target.host}: {release} serves, switched in {move.switch_seconds:.2f} s")


def settle(move: Move, *, way: Way) -> None:
    """Wait for the requests on what served before, and see that the release outlives them.

    It serves by now: a host that cannot say how it is fails nothing.

    Raises:
        Unfit: the release ended.
    """
    try:
        if move.started:
            move.target.settle(move.started, way.plan, way.halt.check)
    except (Unfit, Halted):
        raise
    except CouldNotCarryOut as trouble:
        way.step.warn(f"{trouble.message}\n{move.target.host}: how {way.release.id} bears up there is not known.")


def retire(move: Move, *, way: Way) -> None:
    """Stop what served before. The release serves by now, so that a host that cannot do it fails nothing."""
    try:
        move.target.retire(way.plan)
    except CouldNotCarryOut as trouble:
        way.step.warn(
            f"{trouble.message}\n{move.target.host} serves {way.release.id}; "
            "what it served before may still run there, until the next deployment clears it away."
        )


def note(move: Move, way: Way, result: Result, *, serves: Placement | None, why: str | None = None) -> None:
    """An entry in the journal of one host."""
    previous = release_in(move.previous)
    move.target.note(
        entry_for(way.release, way.plan, result, at=way.clock(), previous=previous, serves=serves, why=why)
    )


def _heeding(probe: Probe, halt: Halt) -> Probe:
    """`probe`, given up when another host has failed."""

    def ask(url: str, headers: Mapping[str, str], meanwhile: Callable[[], None]) -> object:
        def still_wanted() -> None:
            halt.check()
            meanwhile()

        return probe(url, headers, still_wanted)

    return ask


def entry_for(
    release: Release,
    plan: Plan,
    result: Result,
    *,
    at: datetime,
    previous: str | None,
    serves: Placement | None,
    why: str | None = None,
) -> Entry:
    """What the journal says of one host: `release` came or did not, instead of `previous`, and now `serves` does."""
    return Entry(
        result=result,
        at=at,
        environment=plan.environment,
        model=release.model,
        release=release.id,
        image=release.image,
        pushed=release.pushed,
        model_version=release.model_version,
        labels=release.labels,
        previous=previous,
        serves=serves.container if serves else None,
        actor=plan.actor,
        run_url=plan.run_url,
        why=mask(why) if why else None,
    )


def release_in(placement: Placement | None) -> str | None:
    """The release that is placed there, if any."""
    return placement.release if placement else None
