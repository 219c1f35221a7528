"""Going back to an earlier release, by the hosts' own journals.

To roll back is somebody's wish, and asks the earlier release whether it is fit. To put back is what follows a failure,
and asks nothing. A host that does either restores what it served.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headgate.console import Step
from headgate.deploy.holding import all_locked
from headgate.deploy.journal import Entry, entry_of, release_before
from headgate.deploy.moving import Clock, entry_for
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Plan, Release
from headgate.deploy.rollout import move_all
from headgate.deploy.target import Probe, Target
from headgate.deploy.together import together
from headgate.errors import CouldNotCarryOut, RollbackFailed, listing
from headgate.lineage.source import now
from headgate.record import Deployment, HostRelease


class NothingToGoBackTo(CouldNotCarryOut):
    """The journal knows no such release."""

    title = "there is no release to go back to"


def roll_back(
    targets: Sequence[Target],
    plan: Plan,
    *,
    to: str | None = None,
    reason: str | None = None,
    probe: Probe,
    step: Step,
    clock: Clock = now,
) -> Deployment:
    """Put the previous release, or the release `to`, back on all hosts.

    Its container is started again where the host still has it; else a new one is made from the image, pulled by
    digest if need be. Traffic moves once `probe` is content, and all of it at once: a release that has been in
    production is no canary, and whoever goes back is in a hurry. The journals keep the `reason`.

    Raises:
        NothingToGoBackTo: no host knows such a release (exit 3).
        DeploymentFailed, RollbackFailed: as in a rollout (exit 5, 6).
    """
    return move_all(
        destination(targets, to),
        targets,
        replace(plan, strategy="start-first") if plan.strategy == "canary" else plan,
        start=_kept_container,
        result="rolled back",
        why=reason,
        probe=probe,
        step=step,
        clock=clock,
    )


def destination(targets: Sequence[Target], to: str | None = None) -> Release:
    """The release to go back to, the same for all hosts: `to`, or what the first host served before.

    Raises:
        NothingToGoBackTo: no host knows such a release.
    """
    found = _named(targets, to) if to else _previous(targets[0])
    if found is None:
        histories = {target.host: target.history() for target in targets}
        known = sorted({one.release for history in histories.values() for one in history if one.arrived})
        raise NothingToGoBackTo(
            f"The journal of {listing(histories)} has no {f'release {to}' if to else 'release before this one'}; "
            f"it has {listing(reversed(known)) or 'none at all'}.",
            hint="headgate rollback --to RELEASE, or headgate deploy.",
        )
    return found.as_release


def put_back(deployment: Deployment, targets: Sequence[Target], plan: Plan, *, step: Step, clock: Clock = now) -> None:
    """After a failure behind a finished deployment: every host serves again what it served before, or nothing.

    The release before is not asked whether it is fit: it was in production, and what is asked for may be new. A host
    that somebody else has deployed to since is left alone.

    Raises:
        RollbackFailed: a host could not be put back (exit 6).
    """
    deployed = {host.host: host for host in deployment.hosts}

    def back(target: Target) -> str | None:
        try:
            _put_host_back(deployed[target.host], target, plan, clock)
        except CouldNotCarryOut as trouble:
            return f"{target.host} still has {deployment.release}: {trouble.message}"
        return None

    with all_locked(targets, plan, f"back from {deployment.release}", step):
        step.doing("putting back")
        stuck = [told for told in together(back, targets) if told]
    if stuck:
        raise RollbackFailed("\n".join(stuck), hint="headgate status, then headgate rollback --to RELEASE")


def _put_host_back(deployed: HostRelease, target: Target, plan: Plan, clock: Clock) -> None:
    """Restore what one host served before what was `deployed`."""
    current, history = target.current(), target.history()
    arrival = entry_of(history, deployed.release)
    if arrival is None or current is None or current.container != deployed.container:
        return
    before = entry_of(history, deployed.previous) if deployed.previous else None
    previous = (target.kept(before.release) or target.start(before.as_release, plan)) if before else None
    target.restore(previous, plan)
    target.note(
        entry_for(
            (before or arrival).as_release,
            plan,
            "rolled back" if before else "failed",
            at=clock(),
            previous=deployed.release,
            serves=previous,
            why=f"put back from {deployed.release}",
        )
    )


def _named(targets: Sequence[Target], to: str) -> Entry | None:
    return next((found for target in targets if (found := entry_of(target.history(), to))), None)


def _previous(target: Target) -> Entry | None:
    current = target.current()
    return release_before(target.history(), current.release) if current else None


def _kept_container(target: Target, release: Release, plan: Plan) -> Placement:
    return target.start_kept(release.id) or target.start(release, plan)
