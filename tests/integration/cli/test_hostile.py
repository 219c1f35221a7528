"""Hostile names through the real command line, in a job of GitHub Actions: nothing of them is carried out."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from support.github_job import Job
from support.hostile import HOSTILE

OURS = {"add-mask", "group", "endgroup", "notice", "warning", "error"}


def commands(log: str) -> set[str]:
    """What GitHub's runner would obey: `::name` at the beginning of a line, else `##[name` anywhere in it."""
    found = set()
    for line in re.split(r"\r\n|\r|\n", log):
        if new := re.match(r"::([\w-]+)", line.lstrip()):
            found.add(new[1])
        elif old := re.search(r"##\[([\w-]+)", line):
            found.add(f"##{old[1]}")
    return found


@pytest.fixture
def hostile(job: Job) -> Job:
    """Slices, classes and an actor of hostile names; the candidate does worse than Production on each of them."""
    readable = [value for value in HOSTILE if "\x00" not in value]  # a table with those is refused as damaged
    rows = [(value, at) for value in readable for at in range(30)]
    for name, wrong in (("baseline", 4), ("candidate", 25)):
        with (job.project.folder / f"{name}.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["id", "label", "prediction", "source"])
            for number, (value, at) in enumerate(rows):
                told = f"{value} and no other"
                table.writerow([number, value, told if at < wrong else value, value])
    job.project.configure(
        gate={
            "metrics": {"accuracy": {"max_drop": 0.01}, "f1_macro": {"max_drop": 0.01}},
            "slices": [{"column": "source", "metrics": ["accuracy"], "max_drop": 0.01, "min_rows": 1}],
        }
    )
    return job


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_log_has_no_commands_but_ours(hostile: Job, form: str) -> None:
    outcome = hostile.headgate(
        "gate", "--candidate", "candidate.csv", "--baseline", "baseline.csv", "--format", form, "-v"
    )

    assert outcome.exit_code == 1, outcome.stderr
    assert commands(outcome.stdout) == set()
    assert commands(outcome.stderr) <= OURS
    assert "error" in commands(outcome.stderr)
    assert sum(line.startswith("::error") for line in outcome.stderr.splitlines()) == 10
    if form == "json":
        told = {check["slice"]["value"] for check in outcome.json["checks"] if check["slice"]}
        assert "##[set-output name=verdict]pass" in told


def test_nothing_of_an_actor_or_a_branch_is_carried_out(job: Job) -> None:
    job.project.run("git", "checkout", "--quiet", "--detach")
    job.environ |= {"GITHUB_ACTOR": HOSTILE[11], "GITHUB_REF_NAME": HOSTILE[0]}
    (job.project.folder / ".headgate/release.json").unlink()
    judged = job.headgate("release", "--from", "train", "--until", "gate")
    commented = job.headgate("comment")

    assert (judged.exit_code, commented.exit_code) == (0, 0), judged.stderr + commented.stderr
    assert commands(judged.stdout + judged.stderr + commented.stderr) <= OURS
    (comment,) = job.comments()
    assert "`$(touch pwned)`" in comment["body"], "the branch is shown as what it is called"
    assert not list(Path(job.project.folder).parent.glob("**/pwned"))
