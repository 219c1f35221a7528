"""From the image to Production: deploy, health, promote."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from headgate.console import Step
from headgate.errors import CouldNotCarryOut, UsageError
from headgate.lineage.source import actor
from headgate.record import Deployment, Health, Image, Model, Promotion, Verdict
from headgate.workflow import summaries
from headgate.workflow.gating import NotGated, insist
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
        deployment = roll_out(release, targets, plan, why=reason, probe=probe_of(job, step), step=step, clock=job.clock)
        job.records.add(deployment=deployment)
        served(deployment)
        step.made(summaries.deployment(deployment))
    return deployment


def health(job: Job, *, url: str | None = None) -> Health:
    """The endpoint behind every host that was deployed to, or one named by hand."""
    from headgate.health import check

    if url is not None:
        if not re.match(r"https?://", url):
            raise UsageError(f"--url {url} has no scheme.", hint=f"--url http://{url}")
        with job.console.step("health") as step:
            found = check(job.config.health, url, step=step, clock=job.clock)
            step.made(summaries.health(found))
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
        step.made(summaries.health(found))
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
        moved = summaries.move(move)
        job.announcer.serving(deployment, moved)
        step.made(moved)
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


def probe_of(job: Job, step: Step) -> Probe:
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
