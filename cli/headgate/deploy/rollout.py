"""Moving hosts to a release, or leaving them where they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from headgate.console import Step
from headgate.deploy.holding import all_locked
from headgate.deploy.journal import Entry
from headgate.deploy.lock import LockLost
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Plan, Release, batches
from headgate.deploy.target import Probe, Target
from headgate.deploy.together import Halt, together
from headgate.deploy.walk import Walk
from headgate.errors import CouldNotCarryOut, DeploymentFailed, HeadgateError, RollbackFailed
from headgate.lineage.source import now
from headgate.masking import mask
from headgate.record import Deployment, HostRelease

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


def roll_out(
    release: Release,
    targets: Sequence[Target],
    plan: Plan,
    *,
    why: str | None = None,
    probe: Probe,
    step: Step,
    clock: Clock = now,
) -> Deployment:
    """Move every host to `release`, or leave every host where it was; `why` is for the journals.

    Raises:
        CouldNotCarryOut: preflight, lock or pull failed; no host was changed (exit 3).
        DeploymentFailed: a host failed and all were put back (exit 5).
        RollbackFailed: a host could not be put back; names it and what runs there (exit 6).
    """
    return move_all(
        release, targets, plan, start=_new_container, result="deployed", why=why, probe=probe, step=step, clock=clock
    )


def move_all(
    release: Release,
    targets: Sequence[Target],
    plan: Plan,
    *,
    start: Start,
    result: Result,
    why: str | None = None,
    probe: Probe,
    step: Step,
    clock: Clock,
) -> Deployment:
    """The steps that rolling out and rolling back share; `start` says how a host comes by a container of `release`."""
    started_at = clock()
    step.doing(f"checking {_hosts(targets)}")
    together(lambda target: target.preflight(release, plan), targets)
    with all_locked(targets, plan, f"{release.model} {release.id}", step), pruned_after(targets, release, plan):
        together(lambda target: target.prepare(release, plan, step), targets)
        way = Way(release, plan, start, probe, step, clock, Halt())
        moves = together(lambda target: Move(target, target.current()), targets)
        try:
            for batch in batches(moves, plan.max_parallel):
                together(partial(arrive, way=way, result=result, why=why), batch, halt=way.halt)
        except BaseException as failure:
            put_moves_back([move for move in moves if move.begun], way, because=failure)
            raise
        step.doing(f"draining {_hosts(targets)}")
        together(partial(retire, way=way), moves)
    return _deployment(moves, release, plan, started_at, clock())


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
    previous = _release(move.previous)
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


def put_moves_back(moves: Sequence[Move], way: Way, *, because: BaseException) -> None:
    """Have every host serve what it served before.

    Raises:
        DeploymentFailed: done; only where a host was changed and `because` is an error of headgate's.
        RollbackFailed: a host could not be put back.
    """
    way.step.doing(f"putting {_hosts([move.target for move in moves])} back")
    stuck = [told for told in together(partial(put_move_back, way=way, because=because), moves) if told]
    if stuck:
        raise RollbackFailed(
            "\n".join([_words(because), *stuck]),
            hint="headgate status shows what runs; headgate rollback --to RELEASE once the host answers again.",
        ) from because
    if isinstance(because, LockLost):
        return  # what such a host serves is for whoever has its lock now to say
    if isinstance(because, HeadgateError) and any(move.changed for move in moves):
        kept = "; ".join(f"{move.target.host} serves {_release(move.previous) or 'nothing'}" for move in moves)
        raise DeploymentFailed(f"{_words(because)}\nas before: {kept}", hint=because.hint) from because


def put_move_back(move: Move, *, way: Way, because: BaseException) -> str | None:
    """Have one host serve what it served before; what a person has to do where that fails.

    A host whose lock was taken from this deployment is left to whoever has it now.
    """
    try:
        move.target.restore(move.previous, way.plan)
        if move.changed:
            note(move, way, "failed", serves=move.previous, why=_words(because).splitlines()[0])
    except LockLost as lost:
        way.step.warn(lost.message)
    except CouldNotCarryOut as trouble:
        return _needs_a_hand(move, trouble)
    return None


@contextmanager
def pruned_after(targets: Sequence[Target], release: Release, plan: Plan) -> Iterator[None]:
    """Whatever becomes of the block, have every host remove the images it needs no more; one that cannot is left."""

    def prune(target: Target) -> None:
        with suppress(CouldNotCarryOut):
            target.prune(release, plan)

    try:
        yield
    finally:
        together(prune, targets)


def _new_container(target: Target, release: Release, plan: Plan) -> Placement:
    return target.start(release, plan)


def _needs_a_hand(move: Move, trouble: CouldNotCarryOut) -> str:
    was, left = _release(move.previous) or "nothing", _release(move.started) or "unknown"
    by_hand = f"docker start {move.previous.container}" if move.previous else "docker ps"
    return (
        f"{move.target.host} could not be put back to {was} ({trouble.message}); "
        f"what was started there: {left}. By hand: {by_hand}"
    )


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


def _hosts(targets: Sequence[Target]) -> str:
    return targets[0].host if len(targets) == 1 else f"{len(targets)} hosts"


def _words(failure: BaseException) -> str:
    if isinstance(failure, HeadgateError):
        return failure.message
    return "interrupted" if isinstance(failure, KeyboardInterrupt) else f"{type(failure).__name__}: {failure}"


def _release(placement: Placement | None) -> str | None:
    return placement.release if placement else None


def _deployment(
    moves: Sequence[Move], release: Release, plan: Plan, started_at: datetime, ended_at: datetime
) -> Deployment:
    return Deployment(
        environment=plan.environment,
        release=release.id,
        strategy=plan.strategy,
        hosts=tuple(
            HostRelease(
                host=move.target.host,
                release=release.id,
                image=release.image,
                container=move.started.container,
                previous=_release(move.previous),
                switched_at=move.switched_at,
                switch_seconds=round(move.switch_seconds, 3),
                url=move.target.url,
            )
            for move in moves
            if move.started and move.switched_at
        ),
        started_at=started_at,
        ended_at=ended_at,
    )
