"""From the image to Production, and back: deploy, health, promote, rollback."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from headgate.console import Step
from headgate.errors import CouldNotCarryOut, DeploymentFailed, HeadgateError, UsageError
from headgate.lineage.source import actor
from headgate.record import Deployment, Health, Image, Model, Promotion, Verdict
from headgate.workflow.candidate import NotGated, insist
from headgate.workflow.job import PRODUCTION, Job

if TYPE_CHECKING:
    from headgate.deploy import Probe

_BY_DIGEST = re.compile(r"(?P<repository>[^@\s]+)@(?P<digest>sha256:[0-9a-f]{64})")


class NotProduction(CouldNotCarryOut):
    """What was deployed is not what users get."""

    title = "this is not production"


def deploy(
    job: Job,
    *,
    image: str | None = None,
    reason: str | None = None,
    lock_timeout: float,
    break_lock: str | None = None,
) -> Deployment:
    """The record's image, or one named by hand, on every host of the environment.

    Args:
        job: what the verb works with.
        image: `repository@sha256:…`; default: the record's.
        reason: for the journals.
        lock_timeout: seconds to wait for another deployer.
        break_lock: why its lock is taken from it instead.

    Raises:
        NotGated, GateFailed, GateInconclusive: the record is of a model that the gate did not let through.
        DeploymentFailed, RollbackFailed: exit 5 and 6.
    """
    from headgate.deploy import plan_of, release_of, roll_out

    if image is not None:
        job.records.begin_with(image=_named(image, job))
    section = job.records.need("image", Image)
    if not section.by_hand:
        _insist_gated(job, job.records.need("model", Model), ungated=True)  # before a host is touched, not behind it
    plan = plan_of(job.config, job.environment, job.environ, lock_timeout=lock_timeout, break_lock=break_lock)
    with (
        job.console.step("deploy") as step,
        job.targets() as targets,
        job.announcer.deploying(job.record, section.release) as served,
    ):
        release = release_of(job.record, section)
        deployment = roll_out(release, targets, plan, why=reason, probe=_probe(job, step), step=step, clock=job.clock)
        job.records.add(deployment=deployment)
        served(deployment)
        step.made(_moved(deployment))
    return deployment


def health(job: Job, *, url: str | None = None) -> Health:
    """The endpoint behind every host that was deployed to, or one named by hand."""
    from headgate.health import check

    if url is not None:
        if not re.match(r"https?://", url):
            raise UsageError(f"--url {url} has no scheme.", hint=f"--url http://{url}")
        with job.console.step("health") as step:
            found = check(job.config.health, url, step=step, clock=job.clock)
            step.made(_answered(found))
        return found.model_copy(update={"by_hand": True})

    deployment = job.records.need("deployment", Deployment)
    with job.console.step("health") as step, job.announcer.checking(deployment), job.targets() as targets:
        answers = [
            check(
                job.config.health,
                target.reach(),
                host=target.host,
                headers=_host(job),
                release=deployment.release,
                step=step,
                clock=job.clock,
            )
            for target in targets
        ]
        found = answers[0].model_copy(update={"probes": tuple(probe for one in answers for probe in one.probes)})
        job.records.add(health=found)
        step.made(_answered(found))
    return found


def promote(job: Job, *, ungated: bool = False) -> Promotion:
    """The deployed and healthy version becomes Production, if Production is still what the gate compared with.

    Args:
        job: what the verb works with.
        ungated: let a version through that was registered by hand.

    Raises:
        NotGated, GateFailed, GateInconclusive: no gate let it through.
        NotProduction: the deployment is in another environment, or the hosts serve something else by now.
        ProductionMoved: somebody else promoted a version since the gate.
    """
    model, deployment = job.records.need("model", Model), job.records.need("deployment", Deployment)
    job.records.need("health", Health)
    if deployment.environment != PRODUCTION:
        raise NotProduction(
            f"{deployment.release} runs in '{deployment.environment}', and '{job.config.registry.alias}' names what "
            "users get.",
            hint="headgate deploy, headgate health and headgate promote, without --environment",
        )
    _insist_gated(job, model, ungated)
    with job.console.step("promote") as step:
        _insist_serving(job, deployment)
        move = job.registry.promote(
            model.version,
            expected=_compared_with(job),
            actor=actor(job.environ),
            reason=f"release {deployment.release}",
        )
        promotion = Promotion(
            alias=move.alias,
            version=move.version,
            previous=move.previous,
            actor=move.actor,
            promoted_at=move.moved_at,
        )
        job.records.add(promotion=promotion)
        job.announcer.serving(deployment, f"{move.alias}: {_version(move.previous)} -> {_version(move.version)}")
        step.made(f"{move.alias}: {_version(move.previous)} -> {_version(move.version)}")
    return promotion


def _insist_gated(job: Job, model: Model, ungated: bool) -> None:
    """The gate let this version through; or a person says, by name of the option, that it need not have."""
    if not model.by_hand:
        insist(job, job.records.need("verdict", Verdict))
    elif not ungated:
        raise NotGated(
            f"{model.name} v{model.version} was registered by hand: no gate has seen it.",
            hint="headgate promote --ungated, if that is meant; the record says so",
        )


def _insist_serving(job: Job, deployment: Deployment) -> None:
    """The hosts are asked: the record may come from another job, and they may have moved on since."""
    from headgate.deploy import status

    with job.targets() as targets:
        serving = {host.host: host.serving.release if host.serving else "nothing" for host in status(targets)}
    other = {host: release for host, release in serving.items() if release != deployment.release}
    if other:
        raise NotProduction(
            f"The record speaks of {deployment.release}, and "
            f"{', '.join(f'{host} serves {release}' for host, release in other.items())}.",
            hint="headgate deploy, then headgate health and headgate promote",
        )


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
        go_to = partial(roll_back, targets, plan, probe=_probe(job, step), step=step, clock=job.clock)
        deployment = go_to(to=to, reason=reason)
        try:
            moved = move_alias(reason or f"rollback to {deployment.release}")
        except BaseException:
            if left is not None:
                go_to(to=left.release)
            raise
        job.announcer.serving(deployment, f"rollback: {reason}" if reason else "rollback")
        step.made(f"{_moved(deployment)}{moved}")
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


def _probe(job: Job, step: Step) -> Probe:
    """How a rollout asks a release whether it is fit: with the checks of the configuration."""
    from headgate.health import probe

    def ask(url: str, headers: Mapping[str, str], meanwhile: Callable[[], None]) -> object:
        return probe(job.config.health, url, headers, step=step, meanwhile=meanwhile)

    return ask


def _host(job: Job) -> dict[str, str]:
    return {"Host": job.config.deploy.domain} if job.config.deploy.domain else {}


def _compared_with(job: Job) -> str | None:
    """The version that must still be Production: the one the gate saw, or, where it saw another baseline, today's."""
    verdict: Verdict | None = job.record.verdict
    if verdict is not None and verdict.baseline.kind in ("registry", "none"):
        return verdict.baseline.version
    current = job.registry.production()
    return current.version if current else None


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
        return f", {moved.alias}: {_version(moved.previous)} -> {_version(moved.version)}"

    return move


def _named(reference: str, job: Job) -> Image:
    """An image named on the command line; its lineage is in its own labels."""
    from headgate.image import release_id

    found = _BY_DIGEST.fullmatch(reference)
    if found is None:
        raise UsageError(
            f"--image {reference} does not name an image for good: a tag can move.",
            hint="--image repository@sha256:…  (docker buildx imagetools inspect shows the digest)",
        )
    moment = job.clock()
    return Image(
        by_hand=True,
        release=release_id(moment, found["digest"].removeprefix("sha256:")),
        repository=found["repository"],
        digest=found["digest"],
        tags=(),
        platform=None,
        pushed=True,
        model_digest=None,
        created_at=moment,
    )


def _moved(deployment: Deployment) -> str:
    """`3 hosts: 20261121101502-3f2c1ab, switched in 0.4 s`."""
    hosts = deployment.hosts
    where = hosts[0].host if len(hosts) == 1 else f"{len(hosts)} hosts"
    slowest = max(host.switch_seconds for host in hosts)
    return f"{where}: {deployment.release}, switched in {slowest:.1f} s"


def _answered(found: Health) -> str:
    """`/health ok, /predict ok, p95 8 ms`."""
    names = dict.fromkeys(probe.name.rpartition(" ")[2] for probe in found.probes)
    slowest = max((probe.latency.p95 for probe in found.probes if probe.latency), default=0.0)
    return ", ".join([*(f"{name} ok" for name in names), f"p95 {slowest * 1000:.0f} ms"])


def _version(version: str | None) -> str:
    return f"v{version}" if version else "none"
