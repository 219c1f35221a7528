"""`headgate gate` on predictions alone: no record, no training, no registry, and in most tests no headgate.yaml."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from support.project import Outcome, Project

Write = Callable[..., str]
OTHER = {"cat": "dog", "dog": "cat"}
MARGIN = ("--check", "accuracy.max_drop=0.02")


@pytest.fixture
def bare(tmp_path: Path) -> Project:
    """A folder with nothing in it: no git, no DVC, no configuration."""
    return Project(tmp_path)


@pytest.fixture
def write(bare: Project) -> Write:
    """Predictions over `rows` rows with the answers in `wrong` being wrong; returns the file's name."""

    def write_predictions(name: str, *, rows: int = 1000, wrong: range = range(0)) -> str:
        labels = [("cat", "dog")[row % 2] for row in range(rows)]
        lines = [f"{row},{label},{OTHER[label] if row in wrong else label}\n" for row, label in enumerate(labels)]
        bare.write(name, "".join(["id,label,prediction\n", *lines]))
        return name

    return write_predictions


def judged(bare: Project, candidate: str, baseline: str, *options: str) -> Outcome:
    return bare.headgate("gate", "--candidate", candidate, "--baseline", baseline, *options)


def test_a_candidate_that_is_as_good_passes(bare: Project, write: Write) -> None:
    outcome = judged(bare, write("new.csv", wrong=range(100)), write("old.csv", wrong=range(100)), *MARGIN)

    assert outcome.exit_code == 0
    assert outcome.stdout.startswith("PASS: the candidate may replace old.csv")
    assert "1,000 rows, the same for both." in outcome.stdout
    assert outcome.stderr.startswith(" gate       PASS  1 check against old.csv")


def test_a_candidate_that_is_worse_fails_with_the_reason(bare: Project, write: Write) -> None:
    outcome = judged(bare, write("new.csv", wrong=range(200)), write("old.csv", wrong=range(100)), *MARGIN)

    assert outcome.exit_code == 1
    assert outcome.stdout.startswith("FAIL: the candidate may not replace old.csv")
    assert "headgate: the gate refused the candidate\n  accuracy.max_drop: " in outcome.stderr
    assert "\n  try: " in outcome.stderr


def test_too_few_rows_are_inconclusive_and_say_how_many_would_do(bare: Project, write: Write) -> None:
    outcome = judged(bare, write("new.csv", rows=60), write("old.csv", rows=60), *MARGIN)

    assert outcome.exit_code == 4
    assert outcome.stdout.startswith("INCONCLUSIVE: ")
    assert "headgate: the gate is inconclusive" in outcome.stderr
    assert "try: Evaluate on " in outcome.stderr


def test_a_check_that_cannot_be_made_is_neither_a_pass_nor_a_refusal(bare: Project, write: Write) -> None:
    outcome = judged(bare, write("new.csv"), write("old.csv"), "--check", "f1[bird].min=0.5")

    assert outcome.exit_code == 3
    assert outcome.stdout.startswith("ERROR: ")
    assert "the gate could not be asked" in outcome.stderr
    assert "f1[bird].min: no row has the label or the answer 'bird'" in outcome.stderr


def test_a_failed_check_decides_whatever_the_others_could_not_tell(bare: Project, write: Write) -> None:
    checks = ("--check", "accuracy.min=0.95", "--check", "f1[bird].min=0.5")
    outcome = judged(bare, write("new.csv", wrong=range(200)), write("old.csv"), *checks)

    assert outcome.exit_code == 1


def test_the_json_is_the_schema_of_the_design(bare: Project, write: Write) -> None:
    files = write("new.csv", wrong=range(90)), write("old.csv", wrong=range(100))
    outcome = judged(bare, *files, "--check", "accuracy.max_drop=0.05", "--format", "json")
    verdict = outcome.json
    (check,) = verdict["checks"]

    assert outcome.exit_code == 0
    assert {
        "schema", "verdict", "reasons", "rows", "evaluation_data", "uses", "baseline", "checks", "policy", "decided_at",
    } <= verdict.keys()  # fmt: skip
    assert (verdict["schema"], verdict["verdict"], verdict["reasons"]) == ("headgate/gate/1", "pass", [])
    assert verdict["rows"] == {"joined": 1000, "candidate_only": 0, "production_only": 0}
    assert verdict["evaluation_data"].startswith("sha256:")
    assert verdict["policy"].startswith("sha256:")
    assert {"kind": "file", "version": "old.csv", "rescored": False}.items() <= verdict["baseline"].items()
    assert datetime.strptime(verdict["decided_at"], "%Y-%m-%dT%H:%M:%S%z")
    lower, upper = check.pop("interval")
    assert lower < check["difference"] < upper
    assert {
        "id": "accuracy.max_drop",
        "metric": "accuracy",
        "kind": "non_inferiority",
        "slice": None,
        "direction": "higher",
        "production": 0.9,
        "candidate": 0.91,
        "difference": pytest.approx(0.01),
        "confidence": 0.95,
        "margin": 0.05,
        "verdict": "pass",
        "required_rows": None,
        "overridden_by": None,
    }.items() <= check.items()
    assert {"method", "detectable_margin"} <= check.keys()


@pytest.mark.parametrize("wrong", [range(0), range(300)])
def test_stdout_is_nothing_but_json_whatever_the_verdict(bare: Project, write: Write, wrong: range) -> None:
    outcome = judged(bare, write("new.csv", wrong=wrong), write("old.csv"), *MARGIN, "--format", "json", "-v")

    assert json.loads(outcome.stdout)["verdict"] == ("fail" if wrong else "pass")


def test_the_markdown_is_what_a_pull_request_shows(bare: Project, write: Write) -> None:
    files = write("new.csv", wrong=range(200)), write("old.csv", wrong=range(100))
    outcome = judged(bare, *files, *MARGIN, "--format", "markdown")
    title, _, head, rule, row, *_ = outcome.stdout.splitlines()

    assert title == "### headgate: FAIL: the candidate may not replace old.csv"
    assert head == "| check | old.csv | candidate | difference (95%) | allowed | method | |"
    assert rule == "|---|--:|--:|--:|--:|---|---|"
    assert row.startswith("| accuracy | 0.9000 | 0.8000 | -0.1000 (")
    assert row.endswith("| **fail** |")


def test_nothing_is_left_behind_in_the_folder(bare: Project, write: Write) -> None:
    judged(bare, write("new.csv"), write("old.csv"), *MARGIN)

    assert sorted(path.name for path in bare.folder.iterdir()) == ["new.csv", "old.csv"]


def test_the_policy_of_the_configuration_holds_where_no_check_is_named(project: Project) -> None:
    project.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    project.write("new.csv", "id,label,prediction\n1,cat,cat\n2,dog,cat\n")
    outcome = project.headgate("gate", "--candidate", "new.csv", "--baseline", "new.csv")

    assert outcome.exit_code == 1
    assert not (project.folder / ".headgate/release.json").exists()


def test_without_a_policy_a_folder_says_what_is_missing(bare: Project, write: Write) -> None:
    outcome = judged(bare, write("new.csv"), write("old.csv"))

    assert outcome.exit_code == 2
    assert "headgate.yaml does not exist" in outcome.stderr


def test_a_baseline_alone_asks_for_the_candidate(bare: Project, write: Write) -> None:
    outcome = bare.headgate("gate", "--baseline", write("old.csv"))

    assert outcome.exit_code == 2
    assert "name the candidate's too" in outcome.stderr


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("accuracy", "is not of the form metric.limit=value"),
        ("acuracy.min=0.5", "there is no metric 'acuracy'; did you mean 'accuracy'?"),
        ("accuracy.max_drp=0.5", "there is no limit 'max_drp'; did you mean 'max_drop'?"),
        ("accuracy.min=nan", "--check accuracy.min: must be a finite number"),
        ("accuracy.max_rise=0.1", "says max_rise for accuracy, where higher is better; write max_drop"),
    ],
)
def test_a_check_that_is_none_is_a_usage_error(bare: Project, write: Write, check: str, said: str) -> None:
    outcome = judged(bare, write("new.csv"), write("old.csv"), "--check", check)

    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("id,label,prediction\n1,cat,cat\n1,cat,dog\n", "'1'", id="an id twice"),
        pytest.param("id,label\n1,cat\n", "has no column 'prediction'; it has 'id', 'label'", id="no answers"),
        pytest.param("id,label,prediction\n1,cat,cat\n2,cat,dog\n", "1 of 2 rows have one label in", id="other labels"),
        pytest.param("id,label,prediction\n1,cat,cat\n7,dog,dog\n", "not scored on the same rows", id="other rows"),
        pytest.param("id,label,prediction\n1,cat,\n2,dog,dog\n", "missing or not finite", id="no answer in a row"),
        pytest.param("id,label,prediction\n", "has no rows", id="no rows"),
        pytest.param("", "is empty", id="an empty file"),
    ],
)
def test_predictions_that_prove_nothing_are_refused(bare: Project, content: str, said: str) -> None:
    bare.write("old.csv", "id,label,prediction\n1,cat,cat\n2,dog,dog\n")
    (bare.folder / "new.csv").write_text(content)
    outcome = judged(bare, "new.csv", "old.csv", *MARGIN)

    assert outcome.exit_code == 3
    assert "new.csv" in outcome.stderr
    assert said in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize("name", ["gone.csv", "folder.csv", "notes.txt"])
def test_a_file_that_is_none_is_named(bare: Project, write: Write, name: str) -> None:
    (bare.folder / "folder.csv").mkdir()
    bare.write("notes.txt", "hello\n")
    outcome = judged(bare, name, write("old.csv"), *MARGIN)

    assert outcome.exit_code == 3
    assert name in outcome.stderr


def test_a_metric_of_the_project_is_judged_named_and_explained(bare: Project, write: Write) -> None:
    bare.write(
        "headgate.yaml",
        "version: 1\nmodel: pets\ngate:\n"
        '  custom: {mistakes: {function: "metrics:mistakes", better: lower}}\n'
        "  metrics: {mistakes: {max_rise: 0.02}}\n",
    )
    bare.write("metrics.py", 'def mistakes(rows):\n    return rows["label"] != rows["prediction"]\n')
    files = write("new.csv", wrong=range(100)), write("old.csv", wrong=range(100))

    outcome = judged(bare, *files)
    checked = judged(bare, *files, "--check", "mistakes.max_rise=0.5", "--explain", "mistakes.max_rise")
    planned = bare.headgate("gate", "--plan", "--baseline", "old.csv")
    bare.write("metrics.py", "import sys\nsys.exit(0)\n")
    gone = judged(bare, *files)

    assert outcome.exit_code == 0
    assert "mistakes is the mean of what metrics:mistakes gives each row" in outcome.stdout
    assert checked.exit_code == 0
    assert "Is the candidate's mistakes higher than that of old.csv by more than 0.5000?" in checked.stdout
    assert "mistakes.max_rise" in planned.stdout
    assert gone.exit_code == 3
    assert "importing metrics.py for gate.custom.mistakes: SystemExit: 0." in gone.stderr
