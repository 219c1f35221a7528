"""What follows from watching production: one issue kept up to date, and a retraining started now and then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from headgate.config.monitor import Monitor
from headgate.console import Console
from headgate.errors import HeadgateError
from headgate.github.event import Here
from headgate.github.issues import Issue, WatchIssue, start_workflow
from headgate.masking import mask

if TYPE_CHECKING:
    from headgate.github.client import Client
    from headgate.monitor import Report


def follow(
    console: Console, where: Here | None, policy: Monitor, report: Report, page: str, branch: str | None
) -> None:
    """Do what the policy says follows from `report`; GitHub's troubles are warnings, for the decision stands.

    Args:
        console: where it is told.
        where: the job; None outside of GitHub Actions, where nothing follows.
        policy: `then`, the cooldown, and the workflow that retrains.
        report: what was found.
        page: the report as markdown.
        branch: what a retraining runs on, where the policy names none.
    """
    if "issue" not in policy.then:
        return
    if where is None or not where.token:
        if report.decision != "ok":
            missing = "GITHUB_TOKEN is not set" if where else "this is not GitHub Actions"
            console.notice(f"No issue was opened or changed: {missing}.")
        return
    text = f"{page}\n\n[The run that found it]({where.run_url})\n" if where.run_url else page
    following = _Following(console, where.client(), policy, report, mask(text))
    try:
        issue = following.tell()
        if report.decision == "retrain" and issue is not None:
            following.retrain(issue, policy.retrain.ref or branch)
    except HeadgateError as trouble:
        console.warn("\n".join(filter(None, [f"{trouble.message} The decision stands.", trouble.hint])))


@dataclass(frozen=True)
class _Following:
    console: Console
    client: Client
    policy: Monitor
    report: Report
    text: str

    def tell(self) -> Issue | None:
        """The issue after it was told; None where there is none and need not be one."""
        found, decision = self._kept.find(), self.report.decision
        stands = found is not None and found.open
        if decision == "ok":
            if found is None or not stands:
                return found
            issue = self._kept.close(found, self._title, self.text)
            self.console.notice(f"Issue {issue.number} closed: every limit holds.")
            return issue
        if decision == "unknown" and not stands:
            return found  # a quiet night opens no issue; the exit code says that nothing was judged
        issue = self._kept.tell(found, self._title, self.text, found.retrained_at if found else None)
        self.console.notice(f"Issue {issue.number} says so: {issue.url or self._title}")
        return issue

    def retrain(self, issue: Issue, branch: str | None) -> None:
        """Start a retraining, unless one was started within the cooldown.

        The issue is told first: a job that dies in between costs a retraining, and never starts two.
        """
        now, before = self.report.decided_at, issue.retrained_at
        if before is not None and now < (over := before + timedelta(seconds=self.policy.cooldown)):
            self.console.notice(f"No retraining: one was started {_time(before)}; the next may be {_time(over)}.")
            return
        if branch is None:
            self.console.warn("No retraining: on which branch is not known. Set monitor.retrain.ref.")
            return
        workflow, reason = self.policy.retrain.workflow, mask(" ".join(self.report.reasons))[:1000]
        self._kept.tell(issue, self._title, self.text, now)
        try:
            start_workflow(self.client, workflow, branch, reason=reason, since=now)
        except HeadgateError:
            self._kept.tell(issue, self._title, self.text, before)
            raise
        self.console.notice(f"Retraining started: {workflow} on {branch}.")

    @property
    def _kept(self) -> WatchIssue:
        return WatchIssue(self.client, self.report.model, self.report.environment)

    @property
    def _title(self) -> str:
        words = {"ok": "every limit holds", "unknown": "too little to judge"}
        state = words.get(self.report.decision, "worse than it should be")
        return f"headgate: {self.report.model} in {self.report.environment}: {state}"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
