"""The evaluation data changes between version 1 and the candidate: a real project, from its training to its verdict."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headgate.config import Config
from headgate.console import Console
from headgate.record import Record, Verdict
from headgate.record.store import read
from headgate.registry import Registry, open_registry
from headgate.workflow.job import Job
from headgate.workflow.verification import _Walk
from support.project import Project

EVALUATE = """\
import argparse, csv, json, pathlib

asked = argparse.ArgumentParser()
asked.add_argument("--model")
asked.add_argument("--out")
asked.add_argument("--requirements")
asked = asked.parse_args()
with open("evaluations", "a") as log:
    log.write("x")
print("scoring", json.load(open(asked.model)))
if asked.requirements:
    print("with", open(asked.requirements).read())
quality = json.load(open(asked.model))["quality"]
rows = list(csv.DictReader(open("data/rows.csv")))
other = {"cat": "dog", "dog": "cat"}
with open(asked.out, "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["id", "label", "prediction"])
    for place, row in enumerate(rows):
        hit = place < quality * len(rows)
        table.writerow([row["id"], row["label"], row["label"] if hit else other[row["label"]]])
"""
COMMAND = f"{sys.executable} evaluate.py --model {{model}} --out {{predictions}}"
POLICY = {"metrics": {"accuracy": {"min": 0.5, "max_drop": 0.05}}}


def registry_of(project: Project) -> Registry:
    return open_registry(Config.model_validate(project.config), project=project.folder)


def released(folder: Path, **config: Any) -> Project:
    """Version 1 with accuracy 0.8 in production; then other rows, and a candidate trained on them."""
    project = Project.make(folder / "repo", gate=POLICY, **config)
    project.write("evaluate.py", EVALUATE)
    project.write("requirements.txt", "of version 1\n")
    project.write(".gitignore", "/.headgate/\n/evaluations\n__pycache__/\n")
    project.commit("How a model is scored")
    for verb in ("train", "gate", "register"):
        assert project.headgate(verb).exit_code == 0
    registry_of(project).promote("1", expected=None, actor="octocat")
    project.write("requirements.txt", "of the candidate\n")
    table = "".join(f"{row},{('cat', 'dog')[row % 2]}\n" for row in range(1000, 4000))
    project.write("data/rows.csv", f"id,label\n{table}")
    project.dvc("add", "--quiet", "data/rows.csv")
    project.commit("Newer rows")
    assert project.headgate("train").exit_code == 0
    return project


@pytest.fixture(scope="module", params=["git", "tracking"])
def _project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return released(tmp_path_factory.mktemp("project") / "here", registry={"uri": request.param})


@pytest.fixture
def project(_project: Project, tmp_path: Path) -> Project:
    return _project.copy(tmp_path / "copy")


def evaluations(project: Project) -> int:
    file = project.folder / "evaluations"
    return len(file.read_text()) if file.exists() else 0


def test_without_evaluate_the_gate_says_what_is_missing(project: Project) -> None:
    outcome = project.headgate("gate")

    assert outcome.exit_code == 3
    assert "1,000 of 3,000 ids" in outcome.stderr or "2,000 of 3,000 ids" in outcome.stderr
    assert "gate.evaluate: python evaluate.py" in outcome.stderr


def test_production_is_scored_on_todays_rows_once(project: Project) -> None:
    project.configure(gate={**POLICY, "evaluate": COMMAND})

    first = project.headgate("gate", "-v", "--format", "json")
    second = project.headgate("gate", "--format", "json")

    assert first.exit_code == 0, first.stderr
    assert "scoring {'quality': 0.8" in first.stderr
    verdict = second.json
    assert verdict["baseline"]["rescored"]
    assert verdict["baseline"]["version"] == "1"
    assert verdict["rows"]["joined"] == 3000
    assert verdict["checks"][1]["production"] == 0.8
    assert evaluations(project) == 1
    assert (first.json["uses"], verdict["uses"]) == (1, 1)


def test_the_script_gets_what_the_version_recorded(project: Project) -> None:
    command = f"{COMMAND} --requirements {{requirements}}"
    project.configure(gate={**POLICY, "evaluate": command, "evaluate_requirements": "requirements.txt"})

    outcome = project.headgate("gate", "-v")

    assert outcome.exit_code == 0, outcome.stderr
    assert "with of version 1" in outcome.stderr


def test_no_part_of_the_command_reaches_a_shell(project: Project) -> None:
    project.configure(gate={**POLICY, "evaluate": f"{COMMAND} ; touch broken-in"})

    outcome = project.headgate("gate")

    assert outcome.exit_code == 3
    assert "unrecognized arguments: ; touch broken-in" in outcome.stderr
    assert not (project.folder / "broken-in").exists()


def test_a_model_that_was_damaged_is_not_scored(project: Project) -> None:
    project.configure(gate={**POLICY, "evaluate": COMMAND})
    if project.config["registry"]["uri"] != "git":
        pytest.skip("MLflow keeps its artifacts by absolute paths, which a copied project shares with the others")
    shutil.rmtree(project.folder / ".dvc" / "cache")
    for place in (project.folder.parent / "storage").rglob("*"):
        if place.is_file() and b'"quality": 0.8' in place.read_bytes():
            place.chmod(0o644)
            place.write_bytes(b'{"quality": 0.1}')

    outcome = project.headgate("gate")

    assert outcome.exit_code == 3
    assert "an artifact is not what it was" in outcome.stderr
    assert evaluations(project) == 0


def test_verify_holds_the_decision_kept_against_the_image(project: Project) -> None:
    job = Job.open(Console(), config=project.folder / "headgate.yaml")
    labels = {"dev.headgate.model-version": "1"}
    labels |= {f"dev.headgate.{name}": registry_of(project).version("1").facts[name] for name in ("verdict", "policy")}
    running = SimpleNamespace(labels=labels)
    walk = _Walk(job, SimpleNamespace(find={"container": running}.get), "container")  # type: ignore[arg-type]

    link = walk._verdict()

    assert (link.value, link.state) == ("pass", "holds")
    assert "2 checks kept with the version" in link.how


def test_rows_in_part_are_reported_in_numbers(project: Project) -> None:
    project.configure(gate={**POLICY, "rows": {"at_least": 0.3}})

    verdict = project.headgate("gate", "--format", "json").json

    assert verdict["rows"] == {"joined": 1000, "candidate_only": 2000, "production_only": 1000}
    assert not verdict["baseline"]["rescored"]


def kept(project: Project, version: str, folder: Path) -> Record:
    """What the registry keeps of the decision about a version."""
    registry = registry_of(project)
    return read(registry.fetch(registry.version(version), "decision", folder))


def test_an_anchor_holds_what_production_let_slide(project: Project, tmp_path: Path) -> None:
    project.configure(gate={**POLICY, "evaluate": COMMAND})
    for verb in ("gate", "register"):
        assert project.headgate(verb).exit_code == 0
    assert kept(project, "2", tmp_path).verdict == Verdict.model_validate(project.record["verdict"])
    registry_of(project).promote("2", expected="1", actor="octocat")
    project.params(quality=0.76)
    project.configure(gate={**POLICY, "evaluate": COMMAND, "anchor": 1})
    project.commit("A little worse")
    assert project.headgate("train").exit_code == 0

    verdict = project.headgate("gate", "--format", "json").json

    assert [(check["id"], check["verdict"]) for check in verdict["checks"]][1:] == [
        ("accuracy.max_drop", "pass"),
        ("accuracy.max_drop[anchor=v1]", "inconclusive"),
    ]
    assert verdict["anchor"]["rescored"]
    assert verdict["uses"] == 2
