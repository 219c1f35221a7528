"""A release on its way through the steps of a canary, on one host."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from headgate.console import Step
from headgate.deploy.canary import Judgement, judge, looks
from headgate.deploy.placement import Placement
from headgate.deploy.plan import Plan
from headgate.deploy.target import Target
from headgate.deploy.together import Halt
from headgate.deploy.traffic import Traffic
from headgate.errors import CouldNotCarryOut

_EVERY = 1.0  # seconds between two questions whether all is still well


class Regressed(CouldNotCarryOut):
    """Users got worse answers from the new release than from the old one."""

    title = "the new release is worse in production"


class Undecided(CouldNotCarryOut):
    """The traffic did not show in time that the new release is no worse."""

    title = "the canary is inconclusive"


@dataclass(frozen=True)
class Walk:
    """One host's canary.

    Args:
        target: the host.
        before, after: the release that serves, and the one that is to.
        plan: its steps.
        halt: called when another host has failed.
        note: puts a line into the host's journal.
        timer, sleep: seconds.
    """

    target: Target
    before: Placement
    after: Placement
    plan: Plan
    halt: Halt
    step: Step
    note: Callable[[str], None]
    timer: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def go(self) -> None:
        """Give the new release more and more of the traffic, for as long as it is no worse.

        Raises:
            Regressed: it is worse.
            Undecided: nothing was decided in time, and the policy says to go back then.
        """
        policy = self.plan.canary
        for weight in policy.weights:
            self.target.share(self.after, weight, self.plan)
            judgement = self._stay(weight)
            told = f"{weight}%: {judgement.outcome}: {judgement}"
            self.step.detail(f"{self.target.host}: {told}")
            if judgement.outcome == "fail":
                raise Regressed(
                    f"{self.target.host}: {self.after.release} at {weight}% of the traffic, beside "
                    f"{self.before.release}: {judgement}.",
                    hint="The proxy's access log has every request: docker logs. "
                    "deploy.canary says how much worse is allowed.",
                )
            if judgement.outcome == "inconclusive":
                self._undecided(weight, judgement)
            self.note(told)

    def _stay(self, weight: int) -> Judgement:
        """Look until a look decides, or time is up."""
        policy, traffic, began = self.plan.canary, Traffic(), self.timer()
        self.target.answered()  # what was answered before this step does not count
        for number, moment in enumerate(looks(policy), start=1):
            self._wait(began + moment, traffic, weight)
            judgement = judge(traffic.of(self.before.container), traffic.of(self.after.container), policy, number)
            enough = judgement.outcome == "pass" and moment >= policy.interval
            if enough or judgement.outcome == "fail":
                break
        return judgement

    def _wait(self, until: float, traffic: Traffic, weight: int) -> None:
        """Collect what is answered, and see that the release still runs and no other host has failed."""
        while True:
            self.halt.check()
            self.target.must_run(self.after)
            traffic.add(self.target.answered())
            count = traffic.of(self.after.container).requests
            self.step.doing(f"{self.target.host}: {weight}% to {self.after.release}, {count} requests so far")
            if (left := until - self.timer()) <= 0:
                return
            self.sleep(min(_EVERY, left))

    def _undecided(self, weight: int, judgement: Judgement) -> None:
        policy = self.plan.canary
        said = f"{self.target.host}: {weight}% of the traffic decided nothing in {policy.timeout:g} s: {judgement}."
        if policy.inconclusive == "block":
            raise Undecided(
                said,
                hint="More traffic, a longer deploy.canary.timeout or wider margins decide; "
                "deploy.canary.inconclusive: warn goes on all the same.",
            )
        self.step.warn(said)
