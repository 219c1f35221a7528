"""Moving hosts to a release, or leaving them where they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial

from headgate.console import Step
from headgate.deploy.holding import all_locked
from headgate.deploy.lock import LockLost
from headgate.deploy.moving import Clock, Move, Result, Start, Way, arrive, note, release_in, retire, settle
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Plan, Release, batches
from headgate.deploy.target import Probe, Target
from headgate.deploy.together import Halt, together
from headgate.errors import CouldNotCarryOut, DeploymentFailed, HeadgateError, RollbackFailed
from headgate.lineage.source import now
from headgate.record import Deployment, HostRelease


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
            step.doing(f"draining {_hosts(targets)}")
            together(partial(settle, way=way), moves, halt=way.halt)
        except BaseException as failure:
            put_moves_back([move for move in moves if move.begun], way, because=failure)
            raise
        together(partial(retire, way=way), moves)
    return _deployment(moves, release, plan, started_at, clock())


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
        kept = "; ".join(f"{move.target.host} serves {release_in(move.previous) or 'nothing'}" for move in moves)
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
    was, left = release_in(move.previous) or "nothing", release_in(move.started) or "unknown"
    by_hand = f"docker start {move.previous.container}" if move.previous else "docker ps"
    return (
        f"{move.target.host} could not be put back to {was} ({trouble.message}); "
        f"what was started there: {left}. By hand: {by_hand}"
    )


def _hosts(targets: Sequence[Target]) -> str:
    return targets[0].host if len(targets) == 1 else f"{len(targets)} hosts"


def _words(failure: BaseException) -> str:
    if isinstance(failure, HeadgateError):
        return failure.message
    return "interrupted" if isinstance(failure, KeyboardInterrupt) else f"{type(failure).__name__}: {failure}"


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
                previous=release_in(move.previous),
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
