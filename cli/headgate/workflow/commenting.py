"""One comment on the pull request, for each model that was judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headgate.console import Console, Step
from headgate.errors import UsageError
from headgate.github.artifact import records_in
from headgate.github.client import Client
from headgate.github.comments import JOB, LONGEST, Posted, keep, marker
from headgate.github.event import Here, OtherRun
from headgate.github.pulls import pull_of
from headgate.github.refusals import GitHubTrouble
from headgate.masking import mask
from headgate.record import Record
from headgate.report import Origin, comment_markdown
from headgate.visible import visible

SCHEMA = "headgate/comment/1"


@dataclass(frozen=True)
class Commented:
    """What became of it.

    Args:
        pull: the pull request's number; None where there is none.
        comments: models, with what was done about each.
        skipped: why nothing was posted; None where something was.
    """

    pull: int | None
    comments: tuple[tuple[str, Posted], ...] = ()
    skipped: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values, schema `headgate/comment/1`."""
        comments = [{"model": model, "done": posted.done, "url": posted.url} for model, posted in self.comments]
        return {"schema": SCHEMA, "pull_request": self.pull, "comments": comments, "skipped": self.skipped}


def comment(
    console: Console, where: Here | None, record: Callable[[], Record], authors: Sequence[str] = (JOB,)
) -> Commented:
    """The record of this job, on the pull request that the job is about.

    Args:
        console: where the verb talks.
        where: the job.
        record: what to tell; only read where there is a pull request.
        authors: whose comments are ours.

    Raises:
        GitHubTrouble: refused or unreachable (exit 3); not refused where a read-only token is the rule.
    """
    if where is None:
        return _skipped(console, None, "not in GitHub Actions, so there is no pull request to comment on")
    if where.other_run is not None:
        raise UsageError(
            "This workflow began when another one ended: what that one found is in its artifact.",
            hint="headgate comment --from-artifact FOLDER, after actions/download-artifact",
        )
    if where.pull is None:
        return _skipped(console, None, f"the event '{where.event_name}' is about no pull request")
    number, restricted = where.pull.number, where.pull.restricted
    with console.step("comment") as step:
        try:
            return _post(console, step, where.client(), number, [record()], Origin(where.run_url), authors)
        except GitHubTrouble as trouble:
            if restricted is None or not trouble.refused:
                raise
            step.made(f"pull request {number}: left to another workflow")
    return _skipped(
        console,
        number,
        f"{restricted}, and its token may not write. Upload .headgate/release.json as an artifact; a workflow on "
        "workflow_run then posts it with headgate comment --from-artifact",
    )


def comment_from_artifact(
    console: Console, where: Here | None, folder: Path, authors: Sequence[str] = (JOB,)
) -> Commented:
    """The records that another run left, on the pull request that run was about.

    Raises:
        UsageError: no `workflow_run` event.
        ArtifactRefused: it is not what a run of headgate leaves (exit 3).
        GitHubTrouble: refused or unreachable (exit 3).
    """
    if where is None or where.other_run is None:
        raise UsageError(
            "--from-artifact is for a workflow that begins when another one ends.",
            hint="on: {workflow_run: {workflows: [...], types: [completed]}}",
        )
    run = where.other_run
    if run.event not in ("pull_request", "pull_request_target"):
        return _skipped(console, None, f"the other run began by '{visible(run.event)}' and is about no pull request")
    with console.step("comment") as step:
        client = where.client()
        number = pull_of(run, client)
        if number is not None:
            records = records_in(folder, run.head_sha)
            return _post(console, step, client, number, records, _origin(where, run), authors)
        step.made("no pull request")
    return _skipped(
        console,
        None,
        f"no open pull request has {visible(run.head_repository)}, branch {visible(run.head_branch)}, at "
        f"{run.head_sha[:7]}; it was closed, or has moved on and has a newer run",
    )


def _origin(where: Here, run: OtherRun) -> Origin:
    fork = run.head_repository if run.head_repository.lower() != where.repository.lower() else None
    return Origin(run.url, fork)


def _post(
    console: Console,
    step: Step,
    client: Client,
    pull: int,
    records: Sequence[Record],
    origin: Origin,
    authors: Sequence[str],
) -> Commented:
    made = []
    for record in records:
        step.doing(f"pull request {pull}: {visible(record.name)}")
        body = mask(comment_markdown(record, marker(record.name), origin, LONGEST))
        posted = keep(client, pull, record.name, body, authors=authors)
        made.append((record.name, posted))
        if posted.author is not None and posted.author not in authors:
            console.warn(
                f"This token writes as {posted.author}, whose comments are not looked for: the next run would comment "
                f"anew. Give --author '{posted.author}'."
            )
    step.made(f"pull request {pull}: " + ", ".join(f"{visible(name)} {posted.done}" for name, posted in made))
    return Commented(pull, tuple(made))


def _skipped(console: Console, pull: int | None, why: str) -> Commented:
    console.notice(f"No comment: {why}.")
    return Commented(pull, skipped=why)
