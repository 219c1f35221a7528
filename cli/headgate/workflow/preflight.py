"""What can be known before hours are spent on a training: whether the steps behind it could be carried out at all."""

from __future__ import annotations

from collections.abc import Callable, Collection

from headgate.config.gate import MetricRule
from headgate.errors import UsageError
from headgate.workflow.job import Job


def check_ahead(job: Job, wanted: Collection[str]) -> None:
    """Look at what the steps in `wanted` will need; nothing is changed, and it takes a second.

    Raises:
        UsageError: the policy needs what the training does not make, there is no Dockerfile, a secret is not set.
        RegistryUnreachable, EngineUnreachable: they could not be asked.
    """
    looks: dict[str, Callable[[Job], object]] = {
        "gate": check_policy,
        "register": lambda job: job.registry.production(),
        "build": check_dockerfile,
        "deploy": _hosts,
    }
    if "train" not in wanted:
        return
    for step, look in looks.items():
        if step in wanted:
            look(job)


def check_policy(job: Job) -> None:
    """The policy can decide something, and training makes what it needs.

    Raises:
        UsageError: it cannot, or training does not.
    """
    from headgate.gate import policy_of

    policy_of(job.config.gate)
    judged: dict[str, MetricRule] = job.config.gate.metrics
    if judged and job.config.train.predictions is None:
        raise UsageError(
            f"gate.metrics asks for {', '.join(judged)}, and train.predictions names no file to compute them from.",
            hint="train: {predictions: reports/predictions.parquet}, one row per evaluation example; or judge the "
            "numbers of the metrics files under gate.reported",
        )


def check_dockerfile(job: Job) -> None:
    """There is a Dockerfile.

    Raises:
        UsageError: there is none.
    """
    if not job.path(job.config.image.dockerfile).is_file():
        raise UsageError(
            f"There is no {job.config.image.dockerfile}, which image.dockerfile names: nothing could be shipped.",
            hint="Write one, or end before it: headgate release --until register",
        )


def _hosts(job: Job) -> None:
    from headgate.deploy import plan_of, status

    plan_of(job.config, job.environment, job.environ)
    with job.targets() as targets:
        status(targets)
