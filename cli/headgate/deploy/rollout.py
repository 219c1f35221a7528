"""Moving hosts to a release, or leaving them where they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from headgate.console import Step
from headgate.deploy.journal import Entry
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Plan, Release
from headgate.deploy.target import Probe, Target
from headgate.errors import CouldNotCarryOut, DeploymentFailed, HeadgateError, RollbackFailed
from headgate.lineage.source import now
from headgate.masking import mask
from headgate.record import Deployment, HostRelease

Start = Callable[[Target, Release, Plan], Placement]
Clock = Callable[[], datetime]
Result = Literal["deployed", "rolled back", "failed"]


@dataclass
class Move:
    """One host on its way from `previous` to what was `started` there."""

    target: Target
    previous: Placement | None
    changed: bool = False
    started: Placement | None = None
    switched_at: datetime | None = None
    switch_seconds: float = 0.0


def roll_out(
    release: Release, targets: Sequence[Target], plan: Plan, *, probe: Probe, step: Step, clock: Clock = now
) -> Deployment:
    """Move every host to `release`, or leave every host where it was.

    Raises:
        CouldNotCarryOut: preflight, lock or pull failed; no host was changed (exit 3).
        DeploymentFailed: a host failed and all were put back (exit 5).
        RollbackFailed: a host could not be put back; names it and what runs there (exit 6).
    """
    return move_all(
        release, targets, plan, start=_new_container, result="deployed", probe=probe, step=step, clock=clock
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
    for target in targets:
        step.doing(f"checking {target.host}")
        target.preflight(release, plan)
    with ExitStack() as locks:
        for target in in_order(targets):
            locks.enter_context(target.locked(plan, f"{release.model} {release.id}", step))
        locks.callback(prune, targets, release, plan)  # whatever happens, and before the locks are given back
        for target in targets:
            target.prepare(release, plan, step)
        moves: list[Move] = []
        try:
            for target in targets:
                moves.append(Move(target, target.current()))
                advance(moves[-1], release, plan, start=start, probe=probe, step=step, clock=clock)
                target.note(
                    entry_for(
                        release,
                        plan,
                        result,
                        at=clock(),
                        previous=_release(moves[-1].previous),
                        serves=moves[-1].started,
                        why=why,
                    )
                )
        except BaseException as failure:
            put_moves_back(moves, release, plan, because=failure, step=step, clock=clock)
            raise
        for move in moves:
            step.doing(f"draining {move.target.host}")
            move.target.retire(plan)
    return _deployment(moves, release, plan, started_at, clock())


def advance(move: Move, release: Release, plan: Plan, *, start: Start, probe: Probe, step: Step, clock: Clock) -> None:
    """Bring one host from what it serves to `release`. Where it stops, `move` says how far it came."""
    target = move.target
    if plan.strategy == "recreate" and move.previous:
        step.doing(f"stopping {move.previous.release} on {target.host}")
        move.changed = True
        target.stop(move.previous, plan)
    step.doing(f"starting {release.id} on {target.host}")
    move.started = start(target, release, plan)
    move.changed = True
    step.doing(f"waiting until {release.id} is fit on {target.host}")
    target.probe(move.started, plan, probe)
    step.doing(f"switching {target.host}")
    move.switch_seconds = target.switch(move.started, plan)
    move.switched_at = clock()
    step.detail(f"{target.host}: {release.id} serves, switched in {move.switch_seconds:.2f} s")


def put_moves_back(
    moves: Sequence[Move], release: Release, plan: Plan, *, because: BaseException, step: Step, clock: Clock
) -> None:
    """Have every host serve what it served before, the last one first.

    Raises:
        DeploymentFailed: done; only where a host was changed and `because` is an error of headgate's.
        RollbackFailed: a host could not be put back.
    """
    stuck: list[str] = []
    for move in reversed(moves):
        step.doing(f"putting {move.target.host} back")
        try:
            move.target.restore(move.previous, plan)
            if move.changed:
                why = _words(because).splitlines()[0]
                move.target.note(
                    entry_for(
                        release,
                        plan,
                        "failed",
                        at=clock(),
                        previous=_release(move.previous),
                        serves=move.previous,
                        why=why,
                    )
                )
        except CouldNotCarryOut as trouble:
            stuck.append(_needs_a_hand(move, trouble))
    if stuck:
        raise RollbackFailed(
            "\n".join([_words(because), *stuck]),
            hint="headgate status shows what runs; headgate rollback --to RELEASE once the host answers again.",
        ) from because
    if isinstance(because, HeadgateError) and any(move.changed for move in moves):
        kept = "; ".join(f"{move.target.host} serves {_release(move.previous) or 'nothing'}" for move in moves)
        raise DeploymentFailed(f"{_words(because)}\nas before: {kept}", hint=because.hint) from because


def prune(targets: Sequence[Target], release: Release, plan: Plan) -> None:
    """Have every host remove the images it needs no more; a host that cannot does so after its next deployment."""
    for target in targets:
        with suppress(CouldNotCarryOut):
            target.prune(release, plan)


def _new_container(target: Target, release: Release, plan: Plan) -> Placement:
    return target.start(release, plan)


def _needs_a_hand(move: Move, trouble: CouldNotCarryOut) -> str:
    was, left = _release(move.previous) or "nothing", _release(move.started) or "unknown"
    by_hand = f"docker start {move.previous.container}" if move.previous else "docker ps"
    return (
        f"{move.target.host} could not be put back to {was} ({trouble.message}); "
        f"what was started there: {left}. By hand: {by_hand}"
    )


def in_order(targets: Sequence[Target]) -> list[Target]:
    """The order in which every deployer locks: two that want the same hosts cannot wait for each other."""
    return sorted(targets, key=lambda target: (target.host, target.url))


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
