"""The candidate that is already here is judged before a push; nothing is trained."""

from __future__ import annotations

import random

import pytest

from support.hook_repository import HookRepository

SILENT = (0, "", "")


def predictions(quality: float, rows: int = 2000) -> str:
    """A predictions file whose model is right about this often."""
    chance = random.Random(7)  # noqa: S311  (no secret)
    lines = (f"{row},cat,{'cat' if chance.random() < quality else 'dog'}" for row in range(rows))
    return "id,label,prediction\n" + "\n".join(lines) + "\n"


@pytest.fixture
def project(repository: HookRepository) -> HookRepository:
    repository.write(
        "headgate.yaml",
        "version: 1\nmodel: animals\ntrain: {predictions: reports/predictions.csv}\ngate:\n"
        "  baseline: file:reports/baseline.csv\n  metrics: {accuracy: {min: 0.5, max_drop: 0.02}}\n"
        "  reported: {train.seconds: {max: 600}}\n",
    )
    repository.write("reports/baseline.csv", predictions(0.8))
    repository.write("reports/predictions.csv", predictions(0.82))
    repository.commit()
    return repository


def test_a_candidate_that_passes_is_passed_in_silence(project: HookRepository) -> None:
    assert project.hook("gate") == SILENT


def test_a_candidate_that_would_fail_is_named_with_its_check(project: HookRepository) -> None:
    project.write("reports/predictions.csv", predictions(0.6))

    said = project.hook("gate")

    assert said.code == 1
    assert said.out.startswith(
        "headgate.yaml:4: the candidate in reports/predictions.csv would not pass 'accuracy.max_drop'"
    )
    assert "headgate gate --candidate reports/predictions.csv" in said.out


def test_without_predictions_there_is_nothing_to_judge(project: HookRepository) -> None:
    (project.folder / "reports/predictions.csv").unlink()

    assert project.hook("gate") == SILENT


def test_a_candidate_is_compared_with_the_predictions_of_another_commit(project: HookRepository) -> None:
    config = (project.folder / "headgate.yaml").read_text()
    project.write("headgate.yaml", config.replace("file:reports/baseline.csv", "git:HEAD~1"))
    project.write("reports/predictions.csv", predictions(0.6))
    project.commit()

    assert "would not pass 'accuracy.max_drop'" in project.hook("gate").out


def test_the_predictions_of_another_commit_come_from_dvc_s_cache(project: HookRepository) -> None:
    project.dvc("init", "--quiet")
    project.git("rm", "--quiet", "--cached", "reports/predictions.csv")
    project.write(
        "dvc.yaml", "stages:\n  t:\n    cmd: cp made.csv reports/predictions.csv\n    outs: [reports/predictions.csv]\n"
    )
    for quality in (0.82, 0.6):
        project.write("made.csv", predictions(quality))
        project.dvc("repro", "--quiet", "--force")
        project.commit()
    config = (project.folder / "headgate.yaml").read_text()
    project.write("headgate.yaml", config.replace("file:reports/baseline.csv", "git:HEAD~1"))
    project.git("add", "headgate.yaml")

    assert "would not pass 'accuracy.max_drop'" in project.hook("gate").out
    project.write("reports/predictions.csv", predictions(0.9))
    assert "is not the one that dvc.lock names" in project.hook("gate").err


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 3)])
def test_a_gate_that_cannot_be_asked_is_a_warning_unless_strict(
    project: HookRepository, options: tuple[str, ...], code: int
) -> None:
    project.write("reports/predictions.csv", "id,label\n1,cat\n")

    said = project.hook("gate", *options)

    assert (said.code, said.out) == (code, "")
    assert "could not be asked" in said.err


def test_an_undecided_candidate_is_refused_where_the_policy_blocks(project: HookRepository) -> None:
    project.write("reports/baseline.csv", predictions(0.8, rows=60))
    project.write("reports/predictions.csv", predictions(0.77, rows=60))

    assert "inconclusive" in project.hook("gate").out
    config = (project.folder / "headgate.yaml").read_text()
    project.stage("headgate.yaml", config.replace("gate:\n", "gate:\n  inconclusive: warn\n"))
    assert project.hook("gate") == SILENT
