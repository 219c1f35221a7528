"""What is staged counts, wherever and whenever a hook runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.hook_repository import HookRepository

PLAN = "stages:\n  train:\n    cmd: make\n    params: [lr]\n    outs: [model.bin]\n"
LOCK = (
    "schema: '2.0'\nstages:\n  train:\n    cmd: make\n    params:\n      params.yaml:\n        lr: {lr}\n"
    "    outs:\n    - path: model.bin\n      hash: md5\n      md5: 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a\n"
)
SILENT = (0, "", "")


@pytest.fixture
def project(repository: HookRepository) -> HookRepository:
    """A pipeline in step with its lock, committed."""
    repository.write("dvc.yaml", PLAN)
    repository.write("dvc.lock", LOCK.format(lr=1))
    repository.write("params.yaml", "lr: 1\n")
    repository.commit()
    return repository


def test_a_change_that_is_not_staged_is_not_judged(project: HookRepository) -> None:
    project.write("params.yaml", "lr: 2\n")

    assert project.hook("dvc-lock") == SILENT


def test_a_pipeline_among_the_fixtures_of_tests_is_left_alone(project: HookRepository) -> None:
    project.stage("tests/fixtures/dvc.yaml", PLAN)
    project.stage("tests/fixtures/dvc.lock", LOCK.format(lr=7))
    project.stage("tests/fixtures/params.yaml", "lr: 1\n")

    assert project.hook("dvc-lock").code == 1
    assert project.hook("dvc-lock", "--allow", "tests/*") == SILENT


def test_a_change_that_is_staged_is_judged_whatever_the_working_tree_says(project: HookRepository) -> None:
    project.stage("params.yaml", "lr: 2\n")
    project.write("params.yaml", "lr: 1\n")

    assert "was run with another 'lr'" in project.hook("dvc-lock").out


def test_the_half_of_a_commit_that_was_forgotten_is_named(project: HookRepository) -> None:
    project.stage("params.yaml", "lr: 2\n")
    project.write("dvc.lock", LOCK.format(lr=2))

    assert project.hook("dvc-lock").code == 1
    project.git("add", "dvc.lock")
    assert project.hook("dvc-lock") == SILENT


def test_before_the_first_commit(repository: HookRepository) -> None:
    repository.stage("dvc.yaml", PLAN)
    repository.stage("dvc.lock", LOCK.format(lr=1))
    repository.stage("params.yaml", "lr: 2\n")

    assert repository.hook("dvc-lock").code == 1
    assert repository.hook("dvc-format", "dvc.yaml", "dvc.lock") == SILENT
    assert repository.hook("data-pushed") == SILENT


def test_a_repository_with_nothing_in_it(repository: HookRepository) -> None:
    for hook in (
        "config",
        "dvc-lock",
        "dvc-format",
        "no-data",
        "no-secrets",
        "notebooks",
        "workflows",
        "data-pushed",
        "gate",
    ):
        assert repository.hook(hook) == SILENT, hook


def test_below_the_top_names_are_as_they_are_called_from_there(repository: HookRepository) -> None:
    repository.stage("a b/ü/dvc.yaml", "stages: {train: {cnd: make}}\n")

    said = repository.hook("dvc-format", "dvc.yaml", cwd="a b/ü")

    assert said.out.startswith("dvc.yaml:1: ")
    assert repository.hook("dvc-format", "a b/ü/dvc.yaml").out.startswith("a b/ü/dvc.yaml:1: ")


def test_in_a_worktree(project: HookRepository) -> None:
    project.git("worktree", "add", "--quiet", "-b", "other", "../other tree")
    other = HookRepository(project.folder.parent / "other tree")
    other.stage("params.yaml", "lr: 2\n")

    assert other.hook("dvc-lock").code == 1
    assert project.hook("dvc-lock") == SILENT


def test_in_a_submodule_and_around_it(project: HookRepository, tmp_path: Path) -> None:
    outer = HookRepository.make(tmp_path / "outer")
    outer.git("submodule", "--quiet", "add", str(project.folder), "inner")
    inner = HookRepository(outer.folder / "inner")
    inner.stage("params.yaml", "lr: 2\n")

    assert inner.hook("dvc-lock").code == 1
    assert outer.hook("dvc-lock") == SILENT
    assert outer.hook("no-data", ".gitmodules", "inner") == SILENT


def test_in_the_middle_of_a_merge_the_markers_are_named(project: HookRepository) -> None:
    project.git("switch", "--quiet", "--create", "other")
    project.write("dvc.lock", LOCK.format(lr=2))
    project.commit("other")
    project.git("switch", "--quiet", "main")
    project.write("dvc.lock", LOCK.format(lr=3))
    project.commit("ours")
    _conflict(project, "merge", "other")

    project.git("add", "dvc.lock")  # as one does in a hurry

    assert "dvc.lock:7: the markers of a merge conflict" in project.hook("dvc-format", "dvc.lock").out


def test_in_the_middle_of_a_rebase_a_resolved_file_passes(project: HookRepository) -> None:
    project.git("switch", "--quiet", "--create", "other")
    project.write("params.yaml", "lr: 2\n")
    project.write("dvc.lock", LOCK.format(lr=2))
    project.commit("other")
    project.git("switch", "--quiet", "main")
    project.write("params.yaml", "lr: 3\n")
    project.write("dvc.lock", LOCK.format(lr=3))
    project.commit("ours")
    project.git("switch", "--quiet", "other")
    _conflict(project, "rebase", "main")

    project.stage("params.yaml", "lr: 2\n")
    project.stage("dvc.lock", LOCK.format(lr=2))

    assert project.hook("dvc-lock") == SILENT


def test_a_dependency_that_the_commit_deletes_is_named(project: HookRepository) -> None:
    project.write("dvc.yaml", PLAN.replace("params: [lr]", "deps: [train.py]\n    params: [lr]"))
    dep = "    deps:\n    - path: train.py\n      hash: md5\n      md5: d41d8cd98f00b204e9800998ecf8427e\n"
    project.write("dvc.lock", LOCK.format(lr=1).replace("    params:\n", f"{dep}    params:\n"))
    project.write("train.py", "")
    project.commit()
    assert project.hook("dvc-lock") == SILENT

    project.git("rm", "--quiet", "train.py")

    assert "reads train.py, which the commit deletes" in project.hook("dvc-lock").out


def test_a_folder_with_files_that_nobody_tracks_is_judged_by_what_the_commit_changes(
    repository: HookRepository,
) -> None:
    repository.dvc("init", "--quiet")
    repository.write(".gitignore", "*.pyc\n/out.bin\n")
    repository.write("src/a.py", "a\n")
    repository.write("src/a.pyc", b"\0")
    repository.write("dvc.yaml", "stages:\n  t:\n    cmd: touch out.bin\n    deps: [src]\n    outs: [out.bin]\n")
    repository.dvc("repro", "--quiet")
    repository.commit()
    repository.write("src/a.pyc", b"\1")  # another Python was here
    assert repository.hook("dvc-lock") == SILENT

    repository.stage("src/a.py", "b\n")

    assert "was run with another src" in repository.hook("dvc-lock").out


def test_outside_of_any_repository_nothing_is_said_to_be_right(tmp_path: Path) -> None:
    said = HookRepository(tmp_path).hook("no-data", "x")

    assert said.code == 3
    assert "not a git repository" in said.err


def test_a_file_that_git_does_not_know_is_read_from_disk(repository: HookRepository) -> None:
    repository.write("model.pkl", b"\x80\x04\x95x")
    repository.write("headgate.yaml", "version: 2\n")

    assert repository.hook("no-data", "model.pkl").code == 1
    assert repository.hook("config", "headgate.yaml").code == 1
    assert repository.hook("config", "gone.yaml").out == "gone.yaml:1: it does not exist.\n"


def test_a_whole_parameter_file_may_have_keys_with_dots(project: HookRepository) -> None:
    project.stage("dvc.yaml", PLAN.replace("[lr]", "[{params.yaml: }]"))
    project.stage("params.yaml", "a.b: 1\n")
    project.stage("dvc.lock", LOCK.replace("lr: {lr}", "a.b: 1"))

    assert project.hook("dvc-lock") == SILENT


def test_a_line_is_allowed_by_itself_or_by_a_comment_above_it_and_no_further(project: HookRepository) -> None:
    project.stage("params.yaml", "lr: 2\n")
    above = PLAN.replace("    params:", "    # headgate: allow dvc-lock, other\n    params:")
    before = PLAN.replace("cmd: make", "cmd: make  # headgate: allow dvc-lock")

    for plan, code in ((above, 0), (before, 1)):
        project.stage("dvc.yaml", plan)
        assert project.hook("dvc-lock").code == code


def test_a_configuration_of_dvc_that_cannot_be_read_is_no_traceback(repository: HookRepository) -> None:
    repository.stage(".dvc/config", "url = before any section\n")
    repository.stage("headgate.yaml", "version: 1\nmodel: m\ndata: {remote: storage}\n")

    said = repository.hook("config", "headgate.yaml")

    assert said.code == 3
    assert "is not a DVC configuration" in said.err


def test_a_wrong_command_line(repository: HookRepository) -> None:
    assert repository.hook("no-data", "--max-kb", "many").code == 2


def test_options_of_dvc_are_moved_to_the_file_of_one_machine(repository: HookRepository) -> None:
    remote = "['remote \"s\"']\n    url = ssh://h/d\n    password = correct-Horse9\n    keyfile = ~/k\n"
    repository.stage(".dvc/config", f"[core]\n    remote = s\n{remote}")

    said = repository.hook("no-secrets", "--fix", ".dvc/config")

    assert (said.code, said.out.count("it is in config.local now")) == (1, 2)
    local = repository.folder / ".dvc/config.local"
    assert local.stat().st_mode & 0o777 == 0o600
    assert "password = correct-Horse9" in local.read_text()
    repository.git("add", ".dvc/config")
    assert repository.hook("no-secrets", ".dvc/config") == SILENT
    assert repository.dvc("config", "--local", "remote.s.keyfile").endswith("/k\n")


def test_outputs_are_taken_out_of_notebooks_and_nothing_else(repository: HookRepository) -> None:
    notebook = (
        '{\n "cells": [\n  {\n   "cell_type": "code",\n   "execution_count": 3,\n   "metadata": {},\n   "outputs": [\n'
        '    {\n     "output_type": "stream",\n     "text": ["ü"]\n    }\n   ],\n   "source": ["x = \'ü\'"]\n  }\n ],\n'
        ' "metadata": {},\n "nbformat": 4,\n "nbformat_minor": 5\n}\n'
    )
    repository.stage("a.ipynb", notebook)

    assert repository.hook("notebooks", "--fix", "--all", "a.ipynb").code == 1

    repository.git("add", "a.ipynb")
    assert repository.hook("notebooks", "--all", "a.ipynb") == SILENT
    assert "x = 'ü'" in (repository.folder / "a.ipynb").read_text()


def test_a_notebook_with_changes_that_are_not_staged_is_left_as_it_is(repository: HookRepository) -> None:
    with_outputs = '{"cells": [{"cell_type": "code", "outputs": [{}], "source": []}]}'
    repository.stage("a.ipynb", with_outputs)
    repository.write("a.ipynb", with_outputs + "\n")

    said = repository.hook("notebooks", "--fix", "--all", "a.ipynb")

    assert (said.code, (repository.folder / "a.ipynb").read_text()) == (1, with_outputs + "\n")
    assert "taken out" not in said.out


def _conflict(repository: HookRepository, *arguments: str) -> None:
    with pytest.raises(AssertionError, match="CONFLICT"):
        repository.git(*arguments)
