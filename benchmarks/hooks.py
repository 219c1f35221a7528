"""What the hooks add to a commit and to a push, beside DVC's own hook and DVC's own question to the remote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import yaml

from benchmarks.measure import Cost, cost, in_turns, report
from headgate_hooks.catalog import HOOKS, Hook
from headgate_hooks.dvc.digests import md5_of

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
ENVIRON = {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}
FILES, POINTERS = 5_000, 500


def main() -> None:
    """Measure, and print the tables."""
    with tempfile.TemporaryDirectory() as scratch:
        small, large, pushed = (Path(scratch) / name for name in ("text", "large", "pushed"))
        text_example(small)
        print(report("Hooks on the text example", of_a_commit(small, rounds=11), bar="at most 0.150 s each"))
        large_repository(large)
        title = f"Hooks on {FILES:,} tracked files, {POINTERS} of them *.dvc, all of them given"
        print(report(title, of_a_commit(large, rounds=5), bar="at most 1 s each"))
        shim = repository_to_push(pushed)
        costs, calls = of_a_push(pushed, shim, rounds=3)
        print(report(f"headgate-data-pushed on {FILES:,} files", costs, bar="one query"))
        print(f"Calls of dvc by the hook: {calls} in 3 runs\n")


def of_a_commit(repository: Path, rounds: int) -> dict[str, Cost]:
    """Each hook of a commit, given every file that is for it; DVC's own hook first."""
    names = git(repository, "ls-files", "-z").split("\0")[:-1]
    committed = [hook for hook in HOOKS if "pre-commit" in hook.stages]
    sides = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "dvc git-hook pre-commit": [str(TOOLS / "dvc"), "git-hook", "pre-commit"],
    }
    sides |= {hook.id: [sys.executable, "-m", hook.module, *given(hook, names)] for hook in committed}
    return in_turns(
        {name: partial(cost, argv, cwd=repository, env=ENVIRON) for name, argv in sides.items()}, rounds=rounds
    )


def of_a_push(repository: Path, shim: Path, rounds: int) -> tuple[dict[str, Cost], int]:
    """The hook before a push beside DVC's own question, and how often the hook called dvc."""
    calls = shim.with_name("calls")
    counted = {**ENVIRON, "PATH": f"{shim.parent}{os.pathsep}{ENVIRON['PATH']}"}
    asked = [str(TOOLS / "dvc"), "data", "status", "--not-in-remote", "--granular", "--json"]
    hook = [sys.executable, "-m", "headgate_hooks.data_pushed"]
    sides = {
        "dvc data status --not-in-remote": partial(cost, asked, cwd=repository, env=ENVIRON),
        "headgate-data-pushed": partial(cost, hook, cwd=repository, env=counted),
    }
    costs = in_turns(sides, rounds=rounds)
    return costs, len(calls.read_text().splitlines())


def given(hook: Hook, names: list[str]) -> list[str]:
    """The files that pre-commit gives a hook."""
    import re

    return [] if hook.files is None else [name for name in names if re.search(hook.files, name)]


def text_example(folder: Path) -> None:
    """The example as somebody has it who trained once: with .dvc files and a dvc.lock."""
    shutil.copytree(ROOT / "examples" / "text-sentiment", folder)
    git(folder, "init", "--quiet")
    subprocess.run([str(TOOLS / "dvc"), "init", "--quiet"], cwd=folder, env={**os.environ, **ENVIRON}, check=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "tweets.csv.dvc").write_text(pointer("tweets.csv", "data/tweets.csv"))
    plan = yaml.safe_load((folder / "dvc.yaml").read_text())["stages"]
    params = yaml.safe_load((folder / "params.yaml").read_text())
    write_lock(
        folder, plan, {name: {key: params[key] for key in stage.get("params", ())} for name, stage in plan.items()}
    )
    git(folder, "add", "--all")


def large_repository(folder: Path) -> None:
    """Modules, tables of text, pointers, notebooks, workflows, and pipelines that read some of them."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    subprocess.run([str(TOOLS / "dvc"), "init", "--quiet"], cwd=folder, env={**os.environ, **ENVIRON}, check=True)
    code = "\n".join(f"def function_{line}(value: int) -> int:\n    return value + {line}\n" for line in range(20))
    for number in range(POINTERS):
        write(folder / f"data/part-{number // 50}/{number}.csv.dvc", pointer(f"{number}.csv", str(number)))
    for number in range(FILES - POINTERS - 60):
        ending, text = (("py", code), ("csv", "a,b\n1,2\n" * 30), ("md", "words\n" * 40))[number % 3]
        write(folder / f"src/module_{number // 50}/file_{number}.{ending}", text)
    for number in range(20):
        write(
            folder / f"notebooks/{number}.ipynb", '{"cells": [{"cell_type": "code", "outputs": [], "source": ["x"]}]}\n'
        )
        write(folder / f".github/workflows/{number}.yml", "on: push\njobs: {a: {steps: [{run: make}]}}\n")
    shutil.copy(ROOT / "examples" / "text-sentiment" / "headgate.yaml", folder)
    write(folder / "params.yaml", yaml.safe_dump({f"stage_{number}": {"lr": 0.1} for number in range(20)}))
    plan = {
        f"stage_{number}": {
            "cmd": f"python src/module_0/file_{number * 3}.py",
            "deps": [f"src/module_0/file_{number * 3}.py", *(f"data/part-0/{part}.csv" for part in range(20))],
            "params": [f"stage_{number}.lr"],
            "outs": [f"models/{number}.bin"],
        }
        for number in range(16)
    }
    plan["evaluate"] = {"cmd": "make", "outs": ["models/model.joblib", "reports/predictions.parquet"]}
    write(folder / "dvc.yaml", yaml.safe_dump({"stages": plan}))
    write_lock(folder, plan, {name: dict.fromkeys(stage.get("params", ()), 0.1) for name, stage in plan.items()})
    git(folder, "add", "--all")


def repository_to_push(folder: Path) -> Path:
    """5,000 files on a folder remote, and a commit that names them; returns a `dvc` that counts its calls."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    for number in range(FILES):
        write(folder / f"images/{number // 100}/{number}.txt", f"{number}\n")
    dvc = partial(subprocess.run, cwd=folder, env={**os.environ, **ENVIRON}, check=True, capture_output=True)
    for words in (("init",), ("remote", "add", "--default", "storage", "../storage"), ("add", "images"), ("push",)):
        dvc([str(TOOLS / "dvc"), *words, "--quiet"])
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "data")
    shim = folder.with_name("shim") / "dvc"
    write(shim, f'#!/bin/sh\necho "$@" >> "{shim.with_name("calls")}"\nexec "{TOOLS / "dvc"}" "$@"\n')
    shim.chmod(0o755)
    return shim


def pointer(name: str, content: str) -> str:
    """A *.dvc file."""
    md5 = md5_of(content.encode(), legacy=False)
    return f"outs:\n- md5: '{md5}'\n  size: {len(content)}\n  hash: md5\n  path: {name}\n"


def write_lock(
    folder: Path, plan: Mapping[str, Mapping[str, list[str]]], params: Mapping[str, Mapping[str, object]]
) -> None:
    """The dvc.lock of a pipeline whose outputs are what their names say."""
    stages = {}
    for name, stage in plan.items():
        made = [
            path if isinstance(path, str) else next(iter(path)) for path in (*stage["outs"], *stage.get("metrics", ()))
        ]
        stages[name] = {
            "cmd": stage["cmd"],
            "deps": [entry(folder, path) for path in stage.get("deps", ())],
            "params": {"params.yaml": params[name]} if params[name] else {},
            "outs": [entry(folder, path) for path in made],
        }
    write(folder / "dvc.lock", yaml.safe_dump({"schema": "2.0", "stages": stages}, sort_keys=False))


def entry(folder: Path, path: str) -> dict[str, str]:
    """A file of the lock: as it is, as its *.dvc says, or as its name says."""
    file, tracked = folder / path, folder / f"{path}.dvc"
    if tracked.exists():
        md5 = yaml.safe_load(tracked.read_text())["outs"][0]["md5"]
    else:
        md5 = md5_of(file.read_bytes() if file.exists() else path.encode(), legacy=False)
    return {"path": path, "hash": "md5", "md5": md5}


def write(path: Path, text: str) -> None:
    """A file with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def git(folder: Path, *arguments: str) -> str:
    """git, which must succeed."""
    identity = ("-c", "user.name=octocat", "-c", "user.email=octocat@example.com")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
