"""What tracking costs: `headgate train` beside the same `dvc repro` untracked, on the text example.

Both sides train from nothing in each round (`--force`, and the cache of earlier runs is off): first with no tracking
database there at all, then with the one that the first round left.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import yaml

from benchmarks.measure import Cost, cost, in_turns, report

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "text-sentiment"
BIN = Path(sys.executable).parent
ENV = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
REPRO = ["dvc", "repro", "--force", "--no-run-cache"]


def main() -> None:
    """Measure, and print the tables."""
    with tempfile.TemporaryDirectory(prefix="headgate-bench-") as folder:
        project = prepared(Path(folder) / "project")
        sides = {
            "dvc repro, untracked": partial(cost, [str(BIN / "dvc"), *REPRO[1:]], cwd=project, env=ENV),
            "headgate train, fresh database": partial(tracked, project, fresh=True),
            "headgate train, later": partial(tracked, project, fresh=False),
        }
        sides["dvc repro, untracked"]()  # the files are in the page cache for all sides alike
        costs = in_turns(sides, rounds=int(os.environ.get("ROUNDS", "7")))
    print(report("Tracked training", costs, bar="at most 1.35x the untracked `dvc repro`, first run included"))


def tracked(project: Path, *, fresh: bool) -> Cost:
    """One `headgate train`, with the database of the run before or without one."""
    if fresh:
        shutil.rmtree(project / ".headgate", ignore_errors=True)
    return cost([str(BIN / "headgate"), "train"], cwd=project, env=ENV)


def prepared(project: Path) -> Path:
    """The text example as a repository of its own, its data in DVC; nothing is pushed by either side."""
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns(".headgate", "*.parquet", "*.joblib", "wheels"))
    config = yaml.safe_load((project / "headgate.yaml").read_text())
    config["train"]["command"] = " ".join(REPRO)
    config["data"] = {"push": False}
    (project / "headgate.yaml").write_text(yaml.safe_dump(config))
    commands = [
        ["git", "init", "--quiet"],
        [sys.executable, "scripts/fetch_data.py"],
        [str(BIN / "dvc"), "init", "--quiet"],
        [str(BIN / "dvc"), "add", "--quiet", "data/tweets.csv"],
        ["git", "add", "--all"],
        ["git", "-c", "user.name=octocat", "-c", "user.email=octocat@example.com", "commit", "--quiet", "-m", "x"],
    ]
    for command in commands:
        subprocess.run(command, cwd=project, env={**os.environ, **ENV}, check=True)
    return project


if __name__ == "__main__":
    main()
