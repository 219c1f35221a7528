"""Before any training: what the gate could decide on the rows that Production was scored on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from headgate.config.gate import Gate
from headgate.console import Console
from headgate.record.plan import Plan
from headgate.workflow.job import Job


def plan(job: Job, policy: Gate, baseline: Path | None = None) -> Plan:
    """The checks of `policy` against what the configuration names as the baseline, or against the file `baseline`."""
    from headgate.gate.planning import plan_against

    config = job.config.model_copy(update={"gate": policy})
    with job.console.step("plan") as step, tempfile.TemporaryDirectory(prefix="headgate-") as scratch:
        found = plan_against(
            config,
            registry=job.registry if baseline is None and policy.baseline == "registry" else None,
            project=job.project,
            scratch=Path(scratch),
            baseline=baseline,
            run=job.run,
            clock=job.clock,
        )
        step.made(_summary(found))
    return found


def plan_of_file(console: Console, policy: Gate, baseline: Path, project: Path | None) -> Plan:
    """The checks of `policy` against a predictions file; `project` has the metrics of its own, where there are any."""
    from headgate.gate.planning import plan_against_file

    with console.step("plan") as step:
        found = plan_against_file(policy, baseline, project=project)
        step.made(_summary(found))
    return found


def _summary(found: Plan) -> str:
    """`5 checks on 7,600 rows`."""
    count = len(found.checks)
    return f"{count} check{'' if count == 1 else 's'} on {found.rows:,} rows"
