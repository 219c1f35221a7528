"""All findings together: how a person, a program and a page see them."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from headgate.config import Config
from headgate.config.suggestion import nearest
from headgate.console import Console
from headgate.errors import CouldNotCarryOut, UsageError
from headgate.workflow.doctor.catalog import NAMES, planned
from headgate.workflow.doctor.examination import IN_ALL, bounded, examine
from headgate.workflow.doctor.finding import Context, Finding, State
from headgate.workflow.doctor.registry import uri_of
from headgate.workflow.job import Job

WIDTH = 96  # columns
_MARKS: dict[State, str] = {"ok": "ok", "warn": "warn", "fail": "FAIL"}
_COLOURS: dict[State, str] = {"ok": "32", "warn": "33", "fail": "31"}


class Unmet(CouldNotCarryOut):
    """A precondition of a release that does not hold."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(_sentence(finding), hint=finding.fix)
        self.title = f"doctor: {finding.check}"


@dataclass(frozen=True)
class Diagnosis:
    """What was found, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """0 where nothing fails, else 3."""
        return 3 if self.count("fail") else 0

    def count(self, state: State) -> int:
        """How many findings are so."""
        return sum(finding.state == state for finding in self.findings)

    @property
    def summary(self) -> str:
        """`12 ok, 1 warning, 2 failures`."""
        warnings, failures = self.count("warn"), self.count("fail")
        return (
            f"{self.count('ok')} ok, {warnings} warning{'' if warnings == 1 else 's'}, "
            f"{failures} failure{'' if failures == 1 else 's'}"
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values, schema `headgate/doctor/1`."""
        counts = {state: self.count(state) for state in _MARKS}
        findings = [asdict(finding) for finding in self.findings]
        return {"schema": "headgate/doctor/1", "healthy": self.exit_code == 0, "counts": counts, "findings": findings}

    def text(self, *, colour: bool = False) -> str:
        """A line per finding, its fix below it, at most 96 columns; then the sum."""
        lines = [line for finding in self.findings for line in _lines(finding, colour=colour)]
        return "\n".join([*lines, "", self.summary])

    def markdown(self) -> str:
        """A table for a page."""
        from headgate.report import plain

        rows = [
            f"| {_bold(finding)} | {finding.check} | {plain(_sentence(finding))} | {plain(finding.fix or '')} |"
            for finding in self.findings
        ]
        head = ["### headgate: doctor", "", "| | check | why | fix |", "|---|---|---|---|"]
        return "\n".join([*head, *rows, "", self.summary])


def diagnose(job: Job, *, only: Collection[str] = (), skip: Collection[str] = (), in_all: float = IN_ALL) -> Diagnosis:
    """Run the checks.

    Args:
        job: the project.
        only: names of the checks to run; none: all, and in the job of a pull request all that judging it needs.
        skip: names of the checks to leave out.
        in_all: seconds after which nothing is waited for.

    Raises:
        UsageError: there is no check of that name.
    """
    for name in (*only, *skip):
        if name not in NAMES:
            raise UsageError(f"There is no check {name!r}{nearest(name, NAMES)}.")
    in_ci = job.environ.get("CI", "").lower() in ("1", "true") or job.console.github
    for_pull_request = job.here is not None and job.here.pull is not None
    every = planned(job.config, ships=bool(only) or not for_pull_request)
    plan = [one for one in every if (not only or one.name in only) and one.name not in skip]
    with job.console.step("doctor") as step:
        step.doing("starting")
        began = time.monotonic()
        _load(job.config)
        findings = examine(
            plan,
            lambda seconds: Context(replace(job, run=bounded(job.run, seconds)), in_ci),
            in_all=max(1.0, in_all - (time.monotonic() - began)),
            on_end=lambda ended: step.doing("checking", ended, len(plan)),
        )
        found = Diagnosis(tuple(findings))
        step.made(found.summary)
    return found


def annotate(console: Console, found: Diagnosis) -> None:
    """In GitHub Actions: whatever is not as it should be, on the run's page."""
    for finding in found.findings if console.github else ():
        if finding.state == "warn":
            console.warn(f"doctor, {finding.check}: {_sentence(finding)}")
        elif finding.state == "fail":
            console.error(Unmet(finding))


def _load(config: Config) -> None:
    """Libraries that several checks use: two threads that begin to import one at once may wait for each other."""
    import docker  # noqa: F401
    import requests  # noqa: F401

    if uri_of(config) != "git":
        with suppress(ImportError):  # the check that needs it says which extra brings it
            import mlflow  # noqa: F401


def _lines(finding: Finding, *, colour: bool) -> Iterator[str]:
    mark = f"{_MARKS[finding.state]:<4}"
    shown = f"\x1b[{_COLOURS[finding.state]}m{mark}\x1b[0m" if colour else mark
    margin = " " * 23
    first, *rest = _wrapped(_sentence(finding))
    yield f" {shown}  {finding.check:<15} {first}".rstrip()
    yield from (f"{margin}{line}" for line in rest)
    if finding.fix:
        first, *rest = [piece for line in finding.fix.splitlines() for piece in _wrapped(line, less=5)]
        yield f"{margin}fix: {first}"
        yield from (f"{margin}     {line}" for line in rest)


def _wrapped(text: str, *, less: int = 0) -> list[str]:
    """Lines of at most the width; a long path or command is not broken inside a word."""
    pieces = [
        piece
        for line in text.splitlines()
        for piece in textwrap.wrap(line, WIDTH - 23 - less, break_long_words=False, break_on_hyphens=False)
    ]
    return pieces or [""]


def _sentence(finding: Finding) -> str:
    return f"{finding.about}: {finding.why}" if finding.about and finding.about not in finding.why else finding.why


def _bold(finding: Finding) -> str:
    return finding.state if finding.state == "ok" else f"**{finding.state}**"
