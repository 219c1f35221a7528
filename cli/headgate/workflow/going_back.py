"""From Production back to the release before it: rollback, and what a release does when it fails behind `deploy`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from headgate.errors import DeploymentFailed, HeadgateError
from headgate.lineage.source import actor
from headgate.record import Deployment
from headgate.workflow import summaries
from headgate.workflow.job import Job
from headgate.workflow.production import probe_of


def rollback(
    job: Job,
    *,
    to: str | None = None,
    reason: str | None = None,
    lock_timeout: float,
    break_lock: str | None = None,
) -> Deployment:
    """The previous release, or the release `to`, on every host, and the alias with it: both move, or neither.

    Works from the hosts' journals: the record of the release that is left is not needed.
    """
    from headgate.deploy import destination, plan_of, roll_back

    plan = plan_of(job.config, job.environment, job.environ, lock_timeout=lock_timeout, break_lock=break_lock)
    with job.console.step("rollback") as step, job.targets() as targets:
        left = targets[0].current()
        move_alias = _alias_move(job, destination(targets, to).model_version)
        go_to = partial(roll_back, targets, plan, probe=probe_of(job, step), step=step, clock=job.clock)
        deployment = go_to(to=to, reason=reason)
        try:
            moved = move_alias(reason or f"rollback to {deployment.release}")
        except BaseException:
            if left is not None:
                go_to(to=left.release)
            raise
        job.announcer.serving(deployment, f"rollback: {reason}" if reason else "rollback")
        step.made(f"{summaries.deployment(deployment)}{moved}")
    return deployment


@contextmanager
def put_back_on_failure(job: Job, *, lock_timeout: float) -> Iterator[None]:
    """What fails behind the deployment takes the hosts back to what they served before it.

    Raises:
        DeploymentFailed: done; exit 5.
        RollbackFailed: a host could not be put back; exit 6.
    """
    try:
        yield
    except BaseException as failure:
        deployment = job.record.deployment
        if deployment is None:
            raise
        _put_back(job, deployment, lock_timeout)
        job.announcer.put_back(deployment, str(failure) or type(failure).__name__)
        if isinstance(failure, HeadgateError):
            before = ", ".join(f"{host.host} serves {host.previous or 'nothing'}" for host in deployment.hosts)
            raise DeploymentFailed(f"{failure.message}\nas before: {before}", hint=failure.hint) from failure
        raise


def _put_back(job: Job, deployment: Deployment, lock_timeout: float) -> None:
    from headgate.deploy import plan_of, put_back

    plan = plan_of(job.config, job.environment, job.environ, lock_timeout=lock_timeout)
    with job.console.step("put back") as step, job.targets() as targets:
        put_back(deployment, targets, plan, step=step, clock=job.clock)
        step.made(", ".join(f"{host.host}: {host.previous or 'nothing'}" for host in deployment.hosts))


def _alias_move(job: Job, version: str | None) -> Callable[[str], str]:
    """How to point the alias at `version`, given a reason; it says what it did, as the end of a line.

    The registry is asked now, before any host is touched: one that cannot be asked must not cost a move there and back.

    Raises:
        RegistryUnreachable, VersionMissing: the alias could not follow the hosts.
    """
    if not job.in_production or version is None:
        return lambda _reason: ""
    target, current = job.registry.version(version).version, job.registry.production()
    expected = current.version if current else None
    if expected == target:
        return lambda _reason: ""

    def move(reason: str) -> str:
        moved = job.registry.promote(target, expected=expected, actor=actor(job.environ), reason=reason)
        return f", {summaries.move(moved)}"

    return move
