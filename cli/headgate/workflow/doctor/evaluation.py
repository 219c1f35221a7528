"""Whether the evaluation set is large enough for what the policy asks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from headgate.gate import policy_of
from headgate.gate.planning import NothingToPlanWith, plan_against
from headgate.record.plan import Plan
from headgate.workflow.doctor.finding import Context, Said, fail, ok, warn

_MORE_ROWS = "headgate gate --plan  (rows, margins and chances; then more rows, or a wider margin)"


def evaluation(context: Context) -> Iterator[Said]:
    """A candidate that is as good as Production would pass, and one that is worse would not."""
    job, config = context.job, context.job.config
    if not policy_of(config.gate).compares_metrics:
        yield ok("no check compares rows: the numbers of the metrics files decide")
        return
    with tempfile.TemporaryDirectory(prefix="headgate-") as scratch:
        try:
            found = plan_against(
                config,
                registry=job.registry if config.gate.baseline == "registry" else None,
                project=job.project,
                scratch=Path(scratch),
                baseline=None,
                run=job.run,
            )
        except NothingToPlanWith:
            local = config.train.predictions and job.path(config.train.predictions)
            if not local or not local.is_file():
                yield ok("no Production yet, and no predictions here: there is nothing to plan with")
                return
            found = plan_against(
                config, registry=None, project=job.project, scratch=Path(scratch), baseline=local, run=job.run
            )
    yield from large_enough(found)


def large_enough(plan: Plan) -> Iterator[Said]:
    """What the plan says, a line for each check that is not ready."""
    ready = [check for check in plan.checks if check.outlook in ("ready", "no_interval", "not_judged")]
    for check in plan.checks:
        if check.outlook == "never_passes":
            yield fail(f"{check.id} can never pass: {check.why}", _MORE_ROWS, about=check.id)
        elif check.outlook == "never_fails":
            yield warn(f"{check.id} can never fail: {check.why}", _MORE_ROWS, about=check.id)
        elif check.outlook == "few_rows":
            yield warn(f"{check.id}: {check.why}", _MORE_ROWS, about=check.id)
    yield ok(f"{plan.rows:,} rows are enough for {len(ready)} of {len(plan.checks)} checks")
