"""The whole job, as the list of its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from headgate.errors import UsageError

if TYPE_CHECKING:
    from headgate.workflow.job import Job

STEPS = ("pull", "train", "gate", "register", "build", "deploy", "health", "promote")
CANDIDATE, BEHIND_THE_SWITCH = STEPS[: STEPS.index("deploy")], STEPS[STEPS.index("deploy") + 1 :]


def release(job: Job, *, first: str | None = None, last: str | None = None, lock_timeout: float) -> None:
    """Take the commit at hand from `first` to `last`, both included; default: all the way.

    In another environment than production that is to `health`: the alias names what users get.

    Up to `deploy` every step leaves production as it was when it fails. What fails behind it takes the hosts back.

    Raises:
        UsageError: the steps are in the wrong order, or end with a promotion of what users do not get.
        GateFailed, GateInconclusive: exit 1 and 4; nothing was registered.
        DeploymentFailed: exit 5; every host runs what it ran before.
        RollbackFailed: exit 6.
    """
    from headgate.workflow import candidate, gating, going_back, production
    from headgate.workflow.folder_lock import alone
    from headgate.workflow.preflight import check_ahead

    steps: dict[str, Callable[[], object]] = {
        "pull": lambda: candidate.pull(job),
        "train": lambda: candidate.train(job),
        "gate": lambda: gating.insist(job, gating.gate(job)),
        "register": lambda: candidate.register(job),
        "build": lambda: candidate.build(job),
        "deploy": lambda: production.deploy(job, lock_timeout=lock_timeout),
        "health": lambda: production.health(job),
        "promote": lambda: production.promote(job),
    }
    wanted = between(first, last or ("promote" if job.in_production else "health"))
    if "promote" in wanted and not job.in_production:
        raise UsageError(
            f"'{job.environment}' is not production, so there is nothing to promote to.",
            hint="--until health; then, for users: headgate release --from deploy",
        )
    if job.record.source.dirty:
        job.console.warn("Files differ from the commit: the release will not be reproducible from it. git status")
    with alone(job.project):
        check_ahead(job, wanted)
        for name in (one for one in wanted if one in CANDIDATE):
            steps[name]()
        with job.connections.kept():  # no sooner: what trains runs as the same user, and could use them
            if "deploy" in wanted:
                steps["deploy"]()
            for name in (one for one in wanted if one in BEHIND_THE_SWITCH):
                with going_back.put_back_on_failure(job, lock_timeout=lock_timeout):
                    steps[name]()


def between(first: str | None, last: str | None) -> tuple[str, ...]:
    """The steps from `first` to `last`.

    Raises:
        UsageError: they are in the wrong order.
    """
    begin = STEPS.index(first) if first else 0
    end = STEPS.index(last) if last else len(STEPS) - 1
    if begin > end:
        raise UsageError(f"--from {first} comes after --until {last}.", hint=f"The order is: {', '.join(STEPS)}")
    return STEPS[begin : end + 1]
