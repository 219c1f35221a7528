"""Results on stdout, talk on stderr, as much of it as was asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.project import Project

SECRET = "correct-horse-battery-staple"


def test_a_verb_leaves_one_line_and_nothing_on_stdout(project: Project) -> None:
    outcome = project.headgate("pull")

    assert outcome.exit_code == 0
    assert outcome.stdout == ""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith(" pull       1 file, ")


def test_quiet_leaves_results_and_errors_alone(gated: Project) -> None:
    passed = gated.headgate("gate", "-q")
    refused = gated.headgate("gate", "-q", "--record", "nothing.json")

    assert passed.stderr == ""
    assert passed.stdout.startswith("PASS: ")
    assert refused.stdout == ""
    assert refused.stderr.startswith("headgate: a step before this one is missing\n")


def test_verbose_shows_what_the_pipeline_says(project: Project) -> None:
    project.write("train.py", (project.folder / "train.py").read_text() + "print('words of the pipeline')\n")

    assert "words of the pipeline" in project.headgate("train", "-v").stderr


@pytest.mark.parametrize("verb", ["train", "gate", "register"])
def test_json_on_stdout_is_the_section_and_nothing_else(gated: Project, verb: str) -> None:
    outcome = gated.headgate(verb, "--format", "json", "-v")

    assert outcome.exit_code == 0
    section = {"train": "run", "gate": "verdict", "register": "model"}[verb]
    assert json.loads(outcome.stdout) == gated.record[section]


@pytest.mark.parametrize("verb", ["gate", "register"])
def test_markdown_is_a_page_with_a_title(gated: Project, verb: str) -> None:
    outcome = gated.headgate(verb, "--format", "markdown")

    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("### headgate: ")


def test_a_release_that_is_refused_shows_the_table_and_then_why(gated: Project) -> None:
    gated.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    outcome = gated.headgate("release", "--from", "gate")

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("FAIL: animals may not become Production")
    assert "accuracy, floor" in outcome.stdout
    assert "headgate: the gate refused the candidate\n  accuracy.min: " in outcome.stderr
    assert "register" not in outcome.stderr


def test_a_refused_release_as_json_is_the_record_with_the_verdict(gated: Project) -> None:
    gated.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    outcome = gated.headgate("release", "--from", "gate", "--format", "json")

    assert outcome.exit_code == 1
    assert outcome.json == gated.record
    assert outcome.json["verdict"]["verdict"] == "fail"
    assert "model" not in outcome.json


def test_an_option_may_come_from_the_environment(gated: Project) -> None:
    (gated.folder / ".headgate/release.json").rename(gated.folder / "record.json")
    outcome = gated.headgate(
        "gate",
        environ={"HEADGATE_GATE_RECORD": "record.json", "HEADGATE_GATE_FORMAT": "json", "HEADGATE_GATE_QUIET": "1"},
    )

    assert outcome.exit_code == 0
    assert outcome.json["verdict"] == "pass"
    assert outcome.stderr == ""


def test_files_and_checks_may_come_from_the_environment(gated: Project) -> None:
    outcome = gated.headgate(
        "gate",
        environ={
            "HEADGATE_GATE_CANDIDATE": "reports/predictions.csv",
            "HEADGATE_GATE_BASELINE": "reports/predictions.csv",
            "HEADGATE_GATE_CHECK": "accuracy.min=0.5 accuracy.max_drop=0.5",
            "HEADGATE_GATE_FORMAT": "json",
        },
    )

    assert outcome.exit_code == 0
    assert [check["id"] for check in outcome.json["checks"]] == ["accuracy.min", "accuracy.max_drop"]


def test_the_steps_of_a_release_may_come_from_the_environment(gated: Project) -> None:
    outcome = gated.headgate("release", environ={"HEADGATE_RELEASE_FROM": "gate", "HEADGATE_RELEASE_UNTIL": "gate"})

    assert outcome.exit_code == 0
    assert [line.split()[0] for line in outcome.stderr.splitlines() if line.startswith(" ") and line[1] != " "] == [
        "gate"
    ]


def test_the_option_wins_over_the_environment(gated: Project) -> None:
    outcome = gated.headgate("gate", "--format", "json", environ={"HEADGATE_GATE_FORMAT": "markdown"})

    assert outcome.json["verdict"] == "pass"


def test_a_secret_is_in_no_output_and_in_no_file_however_the_pipeline_shouts_it(project: Project) -> None:
    project.configure(deploy={**project.config["deploy"], "secrets": ["API_TOKEN"]})
    shouting = "\nimport sys\nprint(os.environ['API_TOKEN'])\nprint(os.environ['API_TOKEN'], file=sys.stderr)\n"
    project.write("train.py", (project.folder / "train.py").read_text() + shouting)
    project.params(quality=0.8)
    project.commit("Shouts")
    outputs = project.folder / "outputs"
    outcome = project.headgate(
        "release", "--until", "register", "-v", "--format", "json",
        environ={"API_TOKEN": SECRET, "GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(outputs)},
    )  # fmt: skip

    assert outcome.exit_code == 0, outcome.stderr
    assert f"::add-mask::{SECRET}" in outcome.stderr.splitlines()
    assert "***" in outcome.log
    assert SECRET not in outcome.log
    files = [path for path in project.folder.parent.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(("line", "said"), [("{}", True), ("{} 2>&1 | tee kept", False), ("{} 2>kept", False)])
def test_secrets_are_told_to_the_runner_and_to_nobody_who_keeps_them(
    project: Project, tmp_path: Path, line: str, said: bool
) -> None:
    project.configure(deploy={**project.config["deploy"], "secrets": ["API_TOKEN"]})
    step = tmp_path / "step.sh"
    step.write_text(line.format(f"{sys.executable} -m headgate health --quiet") + "\ntrue\n")
    ran = subprocess.run(
        ["bash", "-e", step],
        cwd=project.folder,
        env={**os.environ, "GITHUB_ACTIONS": "true", "API_TOKEN": SECRET},
        capture_output=True,
        text=True,
        check=False,
    )

    kept = project.folder / "kept"
    assert (f"::add-mask::{SECRET}" in ran.stderr.splitlines()) == said
    assert SECRET not in ran.stdout + (kept.read_text() if kept.exists() else "")
    assert kept.exists() != said


def test_a_secret_in_a_failing_pipelines_last_words_is_masked(project: Project) -> None:
    project.configure(deploy={**project.config["deploy"], "secrets": ["API_TOKEN"]})
    project.write("train.py", "import os, sys\nsys.exit(f\"cannot log in with {os.environ['API_TOKEN']}\")\n")
    outcome = project.headgate("train", environ={"API_TOKEN": SECRET, "GITHUB_ACTIONS": "true"})

    assert outcome.exit_code == 3
    assert "cannot log in with ***" in outcome.stderr
    assert SECRET not in outcome.log
    database = project.folder / ".headgate/mlflow.db"
    assert SECRET.encode() not in database.read_bytes()
