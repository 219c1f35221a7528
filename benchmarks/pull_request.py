"""What a verdict on every pull request costs: the workflow beside plain `dvc pull && dvc repro`, on the text example.

The workflow is the template as it is shipped, run by act: it sets headgate up from the cache, pulls, trains under
tracking, pushes, compares with Production, comments, and keeps the record and the report. The seconds are those
of the steps, without what every workflow needs (checkout, Python, dependencies) and without act's own time; the CPU
time has all of it.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks.measure import Cost, cost, in_turns, report
from benchmarks.train import BIN, ENV, EXAMPLE

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.act import COMMIT, HEADGATE, Run, Runner
from support.github_server import GitHubServer, github_server

REPOSITORY = "acme/sentiment"
NOT_OURS = ("Checkout", "Python, with pip's cache", "Dependencies", "DVC's cache")
ROUNDS = int(os.environ.get("ROUNDS", "3"))


def main() -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as name, github_server() as server:
        folder = Path(name)
        project = prepared(folder / "team" / "sentiment")
        runner = Runner.make(folder / "runner")
        rounds = count()
        steps: dict[str, list[float]] = defaultdict(list)
        sides = {
            "dvc pull && dvc repro": lambda: plain(project, folder / f"plain-{next(rounds)}"),
            "the workflow": lambda: judged(project, runner, server, folder / f"run-{next(rounds)}", steps),
        }
        costs = in_turns(sides, rounds=ROUNDS)
    print(report("A pull request", costs, bar="at most 12 s more than plain `dvc pull && dvc repro`"))
    print(
        "Where the time goes, median seconds:", ", ".join(f"{name} {median(took):.1f}" for name, took in steps.items())
    )


def plain(project: Path, folder: Path) -> Cost:
    """In a fresh clone, by hand."""
    run(project.parent, "git", "clone", "--quiet", str(project), str(folder))
    return cost(["bash", "-euc", "dvc pull --allow-missing && dvc repro"], cwd=folder, env=ENV)


def judged(project: Path, runner: Runner, server: GitHubServer, folder: Path, steps: dict[str, list[float]]) -> Cost:
    """In the copy that act makes of a fresh clone; `steps` get the seconds of each."""
    clone = folder / "clone"
    run(project.parent, "git", "clone", "--quiet", str(project), str(clone))
    run(clone, "git", "remote", "set-url", "origin", str(project.parent / "origin.git"))
    commit = run(clone, "git", "rev-parse", "HEAD").strip()
    server.github.token("token", permissions={"contents": "read", "pull-requests": "write", "statuses": "write"})
    server.github.pull(REPOSITORY, 7, sha=commit)
    head = {"sha": commit, "ref": "topic", "repo": {"full_name": REPOSITORY}}
    event = {"number": 7, "pull_request": {"number": 7, "head": head, "base": {**head, "ref": "main"}}}

    def pushed() -> Run:
        return runner.run(
            clone,
            "pull_request",
            event,
            workflow="headgate-pull-request.yml",
            secrets={"GITHUB_TOKEN": "token"},
            variables={"GITHUB_API_URL": server.url, "GITHUB_REPOSITORY": REPOSITORY},
            scratch=folder,
        )

    went, made = timed(pushed)
    assert went.exit_code == 0, went.log
    assert "headgate: PASS" in server.github.repository(REPOSITORY).comments[7][0]["body"]
    shipped = re.findall(r"- name: (.+)", (clone / ".github/workflows/headgate-pull-request.yml").read_text())
    ours = {name: took for name, took in went.seconds.items() if name in shipped and name not in NOT_OURS}
    for name, took in ours.items():
        steps[name].append(took)
    return replace(made, seconds=sum(ours.values()))


def timed(call: Callable[[], Run]) -> tuple[Run, Cost]:
    """What it returned, and what it cost with all the programs it ran; the memory of the largest of them."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    went = call()
    after, seconds = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return went, Cost(seconds, cpu, after.ru_maxrss * 1024)


def prepared(project: Path) -> Path:
    """The text example as a repository of its own: data pushed, version 1 registered, another seed committed."""
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".headgate", "*.parquet", "*.joblib", "wheels"))
    home = project.parent
    run(project, "git", "init", "--quiet", "--initial-branch=main")
    run(project, "git", "config", "user.name", "octocat")
    run(project, "git", "config", "user.email", "octocat@example.com")
    run(home, "git", "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    run(project, "git", "remote", "add", "origin", str(home / "origin.git"))
    run(project, "python", "scripts/fetch_data.py")
    run(project, "dvc", "init", "--quiet")
    run(project, "dvc", "remote", "add", "--default", "storage", str(home / "storage"))
    run(project, "dvc", "add", "--quiet", "data/tweets.csv")
    run(project, "dvc", "push", "--quiet")
    (project / "requirements.txt").write_text("# everything is there\n")
    names = ("pull-request", "--branch", "main", "--uses", f"{HEADGATE}@{COMMIT}")
    run(project, "headgate", "template", *names, "--to", ".github/workflows")
    _commit(project, "A model")
    run(project, "headgate", "release", "--until", "register")
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("seed: 7", "seed: 8"))
    _commit(project, "Another seed")
    return project


def run(folder: Path, *argv: str) -> str:
    """A program that must succeed; its stdout."""
    environ = {**os.environ, **ENV}
    program = str(BIN / argv[0]) if (BIN / argv[0]).exists() else argv[0]
    done = subprocess.run([program, *argv[1:]], cwd=folder, env=environ, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


def _commit(project: Path, message: str) -> None:
    run(project, "git", "add", "--all")
    run(project, "git", "commit", "--quiet", "--allow-empty", "--message", message)
    run(project, "git", "push", "--quiet", "origin", "HEAD:main")


if __name__ == "__main__":
    main()
