"""Before any training: which checks can decide anything on today's evaluation set, and how many rows each needs.

Nothing here knows a formula of its own. Candidates that are known to be as good as Production, perfect or hopeless go
through the gate as a real one would, and the plan is what the gate says of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import NormalDist

from headgate import process
from headgate.config.gate import Gate
from headgate.config.models import Config
from headgate.errors import CouldNotCarryOut
from headgate.gate.comparison import production_of
from headgate.gate.custom import RowMetrics
from headgate.gate.decision import Comparison, decide
from headgate.gate.evaluation_set import evaluation_set
from headgate.gate.hypothetical import Hypothetical
from headgate.gate.policy import Policy, PolicyUnusable, policy_of
from headgate.gate.predictions import Predictions
from headgate.gate.production import Production, from_file
from headgate.gate.same_rows import SameRows
from headgate.lineage.source import now
from headgate.process import Runner
from headgate.record import Baseline, Check
from headgate.record.plan import Outlook, Plan, PlannedCheck, Scenario
from headgate.registry.base import Registry
from headgate.statistics.measurement import quantile
from headgate.statistics.planning import MOST_ROWS, POWER

DISCORDANCES = (0.05, 0.10, 0.20)
"""Shares of rows that two models of the same task commonly answer differently: a retrained one, a new one, another."""
USUAL = 0.10
"""The share that an outlook is about."""


class NothingToPlanWith(CouldNotCarryOut):
    """There is no Production, or it left no predictions: nobody knows the rows."""

    title = "there is nothing to plan with"


def plan_against(
    config: Config,
    *,
    registry: Registry | None,
    project: Path,
    scratch: Path,
    baseline: Path | None = None,
    run: Runner = process.run,
    clock: Callable[[], datetime] = now,
) -> Plan:
    """What `config.gate` asks, against the predictions of its baseline; of the file `baseline` where one is named.

    Raises:
        PolicyUnusable: the policy asks for nothing that rows decide; exit 2.
        NothingToPlanWith, PredictionsUnusable, BaselineUnavailable, RegistryUnreachable: exit 3.
    """
    if baseline is not None:
        return plan_against_file(config.gate, baseline, project=project, clock=clock)
    production = production_of(config, _comparing(config.gate), registry, project, scratch, run)
    return _plan_against(config.gate, production, project, clock)


def plan_against_file(
    gate: Gate, baseline: Path, *, project: Path | None = None, clock: Callable[[], datetime] = now
) -> Plan:
    """What `gate` asks, against a predictions file named by hand.

    Raises:
        PolicyUnusable: the policy asks for nothing that rows decide; exit 2.
        PredictionsUnusable: exit 3.
    """
    return _plan_against(gate, from_file(baseline, str(baseline)), project, clock)


def _comparing(gate: Gate) -> Policy:
    """The policy, where rows can decide some of it.

    Raises:
        PolicyUnusable: nothing in it compares the two models on rows.
    """
    policy = policy_of(gate)
    if not policy.compares_metrics:
        raise PolicyUnusable(
            "No check of this policy compares the two models on the same rows, so no number of rows decides it: there "
            "is nothing to plan.",
            hint="Give at least one margin under `gate.metrics`, e.g. accuracy: {max_drop: 0.01}.",
        )
    return policy


def _plan_against(gate: Gate, production: Production, project: Path | None, clock: Callable[[], datetime]) -> Plan:
    if production.predictions is None:
        raise NothingToPlanWith(
            "There is no Production with predictions, so nobody knows the rows that a candidate will be judged on.",
            hint="headgate gate --plan --baseline <a predictions file on today's evaluation set>",
        )
    policy = _comparing(gate)
    same = SameRows(gate, reading=policy.reading, own=RowMetrics.of(policy.custom, project))
    return plan(gate, same.read(production.predictions, production.file_name), production.baseline, clock=clock)


def plan(gate: Gate, production: Predictions, baseline: Baseline, *, clock: Callable[[], datetime] = now) -> Plan:
    """The plan for `production`'s rows. Pure: the same input gives the same plan.

    Raises:
        PolicyUnusable: exit 2.
    """
    policy, on_rows = policy_of(gate), _on_rows(gate)
    better = {name: metric.better for name, metric in policy.custom.items()}
    hypothetical = Hypothetical(production, evaluation_set(production, None, positive=gate.columns.positive), better)

    def judged(candidate: Predictions | None) -> Mapping[str, Check]:
        if candidate is None:
            return {}
        rows = evaluation_set(candidate, production, positive=gate.columns.positive)
        _, verdict = decide(on_rows, Comparison(rows, None, None, baseline, rows.digest), clock=clock)
        return {check.id: check for check in verdict.checks}

    extremes = Extremes(
        same=judged(production), perfect=judged(hypothetical.perfect()), hopeless=judged(hypothetical.hopeless())
    )
    as_good = {share: judged(hypothetical.as_good(share)) for share in DISCORDANCES}
    return Plan(
        baseline=baseline,
        rows=len(production),
        confidence=policy.confidence,
        power=POWER,
        most_discordance=hypothetical.most_discordance,
        assumptions=tuple(_assumptions(hypothetical.most_discordance)),
        checks=tuple(_planned(check, as_good, extremes, policy.confidence) for check in extremes.same.values()),
        policy=policy.digest,
        planned_at=clock(),
    )


@dataclass(frozen=True)
class Extremes:
    """What the gate says, by check, of Production against itself, of a perfect and of a hopeless candidate."""

    same: Mapping[str, Check]
    perfect: Mapping[str, Check]
    hopeless: Mapping[str, Check]

    def can_pass(self, check: str) -> bool:
        """Whether some candidate passes."""
        return "pass" in (self.same[check].verdict, self.perfect[check].verdict)

    def can_fail(self, check: str) -> bool:
        """Whether some candidate fails; so it is taken where the rows allow no wrong answer."""
        return not self.hopeless or "fail" in (self.same[check].verdict, self.hopeless[check].verdict)


def _on_rows(gate: Gate) -> Gate:
    """The part of the policy that rows decide; what people let through is no matter yet."""
    return gate.model_copy(update={"reported": {}, "overrides": (), "anchor": None})


def _planned(
    check: Check, as_good: Mapping[float, Mapping[str, Check]], extremes: Extremes, confidence: float
) -> PlannedCheck:
    """`check` is what the gate says of Production against itself, `as_good` of its equals by the share that differs."""
    scenarios = tuple(_scenario(share, checks.get(check.id), confidence) for share, checks in as_good.items())
    outlook, why = _outlook(check, scenarios, extremes)
    return PlannedCheck.of(check, scenarios=scenarios, outlook=outlook, why=why)


def _scenario(share: float, check: Check | None, confidence: float) -> Scenario:
    """Rows, chance and margin, from the standard error that the gate's own method found.

    Source: the gate's detectable margin is (z_confidence + z_power) se, and se falls with the root of the rows.
    """
    if check is None or check.detectable_margin is None or check.margin is None or not check.rows:
        return Scenario(discordance=share)
    smallest, margin = check.detectable_margin, check.margin
    error = smallest / (quantile(confidence) + quantile(POWER))
    required = math.inf if margin <= 0 else check.rows * (smallest / margin) ** 2
    return Scenario(
        discordance=share,
        required_rows=math.ceil(required) if required < MOST_ROWS else None,
        chance=NormalDist().cdf(margin / error - quantile(confidence)) if error > 0 else None,
        smallest_margin=smallest,
    )


def _outlook(check: Check, scenarios: Sequence[Scenario], extremes: Extremes) -> tuple[Outlook, str]:
    """What to expect of the check, and why."""
    if check.verdict in ("not_judged", "error"):
        return "not_judged", check.reason or "it cannot be judged on these rows"
    if not extremes.can_pass(check.id):
        return "never_passes", "not even a perfect candidate, nor Production itself, passes on these rows"
    if check.kind != "fairness" and not extremes.can_fail(check.id):
        return "never_fails", "not even a candidate that has every row wrong fails on these rows"
    if check.margin is None:
        return "no_interval", f"Production itself: {check.verdict}, at {_shown(check.candidate)}"
    usual = next((scenario for scenario in scenarios if scenario.discordance == USUAL), None)
    reached = usual if usual and usual.chance is not None else next(
        (scenario for scenario in reversed(scenarios) if scenario.chance is not None), None
    )  # fmt: skip
    if reached is None or reached.chance is None:
        return "ready", "no other candidate is exactly as good as Production; one that is passes"
    at = f"an equally good candidate that differs on {reached.discordance:.0%} of the rows passes"
    if reached.chance >= POWER:
        return "ready", f"{at} with {_probability(reached.chance)}"
    if reached.required_rows is None:
        return "few_rows", f"{at} with {_probability(reached.chance)}, on however many rows: the margin is 0"
    needed = f"for {POWER:.0%} it takes {reached.required_rows:,} rows"
    return "few_rows", f"{at} with {_probability(reached.chance)}; {needed}"


def _probability(chance: float) -> str:
    """Never a certainty."""
    return "more than 99% probability" if chance > 0.99 else f"{chance:.0%} probability"


def _shown(value: float | None) -> str:
    return "no value" if value is None else f"{value:.4g}"


def _assumptions(most: float) -> Iterator[str]:
    """What the rows that are asked for rest on."""
    shares = ", ".join(f"{share:.0%}" for share in DISCORDANCES)
    yield (
        f"Rows are those on which a candidate exactly as good as Production passes with {POWER:.0%} probability; a "
        "better one needs fewer, a worse one more."
    )
    yield (
        f"It is assumed to answer {shares} of the rows differently, as often rightly as wrongly, and no group of rows "
        "more than another. Where two models agree more often, fewer rows do."
    )
    if most < max(DISCORDANCES):
        yield (
            f"No equally good candidate can differ from Production on more than {most:.1%} of these rows: Production "
            "has too few of them wrong, or right. Larger shares are left empty."
        )
