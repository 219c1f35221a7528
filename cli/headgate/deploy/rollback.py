"""Going back to an earlier release, by the hosts' own journals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from headgate.console import Step
from headgate.deploy.journal import Entry, entry_of, release_before
from headgate.deploy.plan import Plan, Release
from headgate.deploy.rollout import Clock, entry_for, in_order, move_all
from headgate.deploy.target import Probe, Serving, Target
from headgate.errors import CouldNotCarryOut, RollbackFailed, listing
from headgate.lineage.source import now
from headgate.record import Deployment, HostRelease


class NothingToGoBackTo(CouldNotCarryOut):
    """The journal knows no such release."""

    title = "there is no release to go back to"


def roll_back(
    targets: Sequence[Target], plan: Plan, *, to: str | None = None, probe: Probe, step: Step, clock: Clock = now
) -> Deployment:
    """Put the previous release, or the release `to`, back on all hosts.

    Its container is started again where the host still has it; else a new one is made from the image, pulled by
    digest if need be. Traffic moves once `probe` is content, as in a rollout.

    Raises:
        NothingToGoBackTo: no host knows such a release (exit 3).
        DeploymentFailed, RollbackFailed: as in a rollout (exit 5, 6).
    """
    release = destination(targets, to)
    return move_all(
        release, targets, plan, start=_kept_container, result="rolled back", probe=probe, step=step, clock=clock
    )


def destination(targets: Sequence[Target], to: str | None = None) -> Release:
    """The release to go back to, the same for all hosts: `to`, or what the first host served before.

    Raises:
        NothingToGoBackTo: no host knows such a release.
    """
    histories = {target.host: target.history() for target in targets}
    found = _named(histories.values(), to) if to else _previous(targets[0])
    if found is None:
        known = sorted({one.release for history in histories.values() for one in history if one.result != "failed"})
        raise NothingToGoBackTo(
            f"The journal of {listing(histories)} has no {f'release {to}' if to else 'release before this one'}; "
            f"it has {listing(reversed(known)) or 'none at all'}.",
            hint="headgate rollback --to RELEASE, or headgate deploy.",
        )
    return found.as_release


def undo(deployment: Deployment, targets: Sequence[Target], plan: Plan, *, step: Step, clock: Clock = now) -> None:
    """Take a finished deployment back: every host serves again what it served before, or nothing as before.

    The release before is not asked whether it is fit: it was in production, and what is asked for may be new. A host
    that somebody else has deployed to since is left alone.

    Raises:
        RollbackFailed: a host could not be taken back (exit 6).
    """
    left = {host.host: host for host in deployment.hosts}
    stuck: list[str] = []
    with ExitStack() as locks:
        for target in in_order(targets):
            locks.enter_context(target.locked(plan, f"back from {deployment.release}", step))
        for target in reversed(targets):
            step.doing(f"putting {target.host} back")
            try:
                _leave(left[target.host], target, plan, clock)
            except CouldNotCarryOut as trouble:
                stuck.append(f"{target.host} still has {deployment.release}: {trouble.message}")
    if stuck:
        raise RollbackFailed("\n".join(stuck), hint="headgate status, then headgate rollback --to RELEASE")


def _leave(left: HostRelease, target: Target, plan: Plan, clock: Clock) -> None:
    """Take one host from the release it was deployed back to the one before."""
    current, history = target.current(), target.history()
    arrival = entry_of(history, left.release)
    if arrival is None or current is None or current.container != left.container:
        return
    before = entry_of(history, left.previous) if left.previous else None
    previous = (target.kept(before.release) or target.start(before.as_release, plan)) if before else None
    target.restore(previous, plan)
    target.note(
        entry_for(
            (before or arrival).as_release,
            plan,
            "rolled back" if before else "failed",
            at=clock(),
            previous=left.release,
            serves=previous,
            why=f"taken back from {left.release}",
        )
    )


def _named(histories: Iterable[Sequence[Entry]], to: str) -> Entry | None:
    return next((found for history in histories if (found := entry_of(history, to))), None)


def _previous(target: Target) -> Entry | None:
    current = target.current()
    return release_before(target.history(), current.release) if current else None


def _kept_container(target: Target, release: Release, plan: Plan) -> Serving:
    return target.start_kept(release.id) or target.start(release, plan)
