"""A repository as most are: metrics.json, and no predictions."""

import json

import pytest

from support.project import Project


@pytest.fixture
def reporting(project: Project) -> Project:
    """Its pipeline reports the accuracy alone, which must not fall by more than 0.02."""
    project.configure(
        train={"command": "python train.py", "model": "models/model.json"},
        gate={"reported": {"accuracy": {"min": 0.5, "max_drop": 0.02}}},
        registry={"uri": "tracking"},
    )
    project.commit("Numbers alone")
    return project


def trained(project: Project, *, quality: float) -> None:
    project.params(quality=quality)
    project.commit(f"Quality {quality}")
    outcome = project.headgate("train")
    assert outcome.exit_code == 0, outcome.stderr


def make_production(project: Project) -> None:
    """Register what is gated and point the alias at it, as `promote` does once it serves."""
    from headgate.config import load
    from headgate.registry import open_registry

    registered = project.headgate("register", "--format", "json")
    assert registered.exit_code == 0, registered.stderr
    registry = open_registry(load(project.folder / "headgate.yaml"), project=project.folder)
    registry.promote(registered.json["version"], expected=None, actor="octocat")


def test_numbers_alone_are_gated_and_one_is_told_what_rows_would_give(reporting: Project) -> None:
    trained(reporting, quality=0.8)
    outcome = reporting.headgate("gate", "--format", "json")
    verdict = outcome.json

    assert outcome.exit_code == 0
    assert verdict["rows"] is None
    assert [check["interval"] for check in verdict["checks"]] == [None, None]
    assert any("train.predictions" in note for note in verdict["notes"])


def test_a_number_below_its_limit_is_refused(reporting: Project) -> None:
    trained(reporting, quality=0.3)
    outcome = reporting.headgate("gate")

    assert outcome.exit_code == 1
    assert "accuracy.min: " in outcome.stderr


def test_a_number_that_fell_too_far_below_productions_is_refused(reporting: Project) -> None:
    trained(reporting, quality=0.8)
    assert reporting.headgate("gate").exit_code == 0
    make_production(reporting)
    trained(reporting, quality=0.7)
    outcome = reporting.headgate("gate", "--format", "json")

    assert outcome.exit_code == 1
    worse = next(check for check in outcome.json["checks"] if check["id"] == "accuracy.max_drop")
    assert (worse["verdict"], worse["interval"]) == ("fail", None)
    assert worse["difference"] == pytest.approx(worse["candidate"] - worse["production"])


def test_numbers_measured_on_other_data_are_not_compared(reporting: Project) -> None:
    reporting.configure(gate={**reporting.config["gate"], "baseline": "git:HEAD~1"})
    trained(reporting, quality=0.8)
    reporting.commit("Its numbers")
    rows = reporting.folder / "data/rows.csv"
    rows.write_text("".join(rows.read_text().splitlines(keepends=True)[:400]))
    reporting.dvc("add", "--quiet", "data/rows.csv")
    trained(reporting, quality=0.8)
    outcome = reporting.headgate("gate")

    assert outcome.exit_code == 3
    assert "the evaluation data changed since" in outcome.stderr
    assert outcome.stdout == ""


def test_a_number_that_the_metrics_file_does_not_have_is_no_pass(reporting: Project) -> None:
    reporting.configure(gate={"reported": {"recall": {"min": 0.5}}})
    trained(reporting, quality=0.8)
    outcome = reporting.headgate("gate", "--format", "json")

    assert outcome.exit_code == 3
    assert outcome.json["verdict"] == "error"
    assert "recall" in outcome.stderr
    assert json.loads((reporting.folder / "metrics.json").read_text()).keys() == {"accuracy"}
