"""`headgate gate` with --report, --explain and --plan: the whole command line, on files and on a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.project import Project

Write = Callable[..., str]
OTHER = {"cat": "dog", "dog": "cat"}
MARGIN = ("--check", "accuracy.max_drop=0.02")


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A folder with nothing in it: no git, no DVC, no configuration."""
    return Project(tmp_path)


@pytest.fixture
def write(bare: Project) -> Write:
    """Predictions over 1,000 rows, a share of them right; returns the file's name."""

    def write_predictions(name: str, *, right: float, rows: int = 1000) -> str:
        labels = [("cat", "dog")[row % 2] for row in range(rows)]
        lines = [
            f"tweet-{row},{label},{label if row < right * rows else OTHER[label]}\n" for row, label in enumerate(labels)
        ]
        bare.write(name, "".join(["id,label,prediction\n", *lines]))
        return name

    return write_predictions


def test_the_page_is_written_beside_the_verdict(bare: Project, write: Write) -> None:
    files = ("--candidate", write("new.csv", right=0.9), "--baseline", write("old.csv", right=0.9))

    outcome = bare.headgate("gate", *files, "--check", "accuracy.max_drop=0.1", "--report", "pages/gate.html")

    page = (bare.folder / "pages/gate.html").read_text()
    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("PASS: ")
    assert "the candidate may replace old.csv" in page
    assert "tweet-" not in page


def test_a_refusal_has_its_page_too_and_keeps_its_exit_code(bare: Project, write: Write) -> None:
    files = ("--candidate", write("new.csv", right=0.7), "--baseline", write("old.csv", right=0.9))

    outcome = bare.headgate("gate", *files, *MARGIN, "--report", "gate.html", "--show-rows")

    page = (bare.folder / "gate.html").read_text()
    assert outcome.exit_code == 1
    assert "may not replace old.csv" in page
    assert 0 < page.count("tweet-") <= 50


def test_rows_without_a_page_to_show_them_on_are_a_mistake(bare: Project, write: Write) -> None:
    outcome = bare.headgate("gate", "--candidate", write("new.csv", right=0.9), *MARGIN, "--show-rows")

    assert outcome.exit_code == 2
    assert "try: --report <file>" in outcome.stderr


def test_a_page_that_cannot_be_written_says_so(bare: Project, write: Write) -> None:
    files = ("--candidate", write("new.csv", right=0.9), "--baseline", write("old.csv", right=0.9))
    bare.write("taken", "a file where a folder should be")

    outcome = bare.headgate("gate", *files, *MARGIN, "--report", "taken/gate.html")

    assert outcome.exit_code == 3
    assert "taken" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_check_is_explained_and_the_exit_code_is_the_verdicts(bare: Project, write: Write) -> None:
    files = ("--candidate", write("new.csv", right=0.7), "--baseline", write("old.csv", right=0.9))

    outcome = bare.headgate("gate", *files, *MARGIN, "--explain", "accuracy.max_drop")

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("accuracy.max_drop: fail\n")
    assert "what would change it" in outcome.stdout


def test_an_unknown_check_names_the_nearest(bare: Project, write: Write) -> None:
    files = ("--candidate", write("new.csv", right=0.9), "--baseline", write("old.csv", right=0.9))

    outcome = bare.headgate("gate", *files, *MARGIN, "--explain", "accuracy.max_rise")

    assert outcome.exit_code == 2
    assert "did you mean 'accuracy.max_drop'?" in outcome.stderr


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_plan_needs_production_alone(bare: Project, write: Write, form: str) -> None:
    outcome = bare.headgate("gate", "--plan", "--baseline", write("old.csv", right=0.9), *MARGIN, "--format", form)

    assert outcome.exit_code == 0
    assert "1,546" in outcome.stdout or outcome.json["checks"][0]["scenarios"][1]["required_rows"] == 1546
    assert "Traceback" not in outcome.stderr


def test_a_plan_goes_without_a_candidate(bare: Project, write: Write) -> None:
    outcome = bare.headgate("gate", "--plan", "--candidate", write("new.csv", right=0.9), *MARGIN)

    assert outcome.exit_code == 2
    assert "it goes without --candidate" in outcome.stderr


def test_a_project_explains_its_record_without_asking_the_gate_again(tmp_path: Path) -> None:
    project = Project.make(tmp_path / "team" / "animals", rows=500)
    gated = project.headgate("release", "--until", "gate")
    assert gated.exit_code == 0, gated.stderr
    check = project.record["verdict"]["checks"][0]["id"]
    decided_at = project.record["verdict"]["decided_at"]

    explained = project.headgate("gate", "--explain", check, "--format", "json")
    paged = project.headgate("gate", "--report", "gate.html")
    planned = project.headgate("gate", "--plan")

    assert explained.exit_code == 0
    assert json.loads(explained.stdout)["check"] == check
    assert paged.exit_code == 0
    page = (project.folder / "gate.html").read_text()
    assert project.record["source"]["commit"] in page
    assert project.record["run"]["model_digest"] in page
    assert decided_at <= project.record["verdict"]["decided_at"]
    assert planned.exit_code == 3
    assert "nobody knows the rows" in planned.stderr
