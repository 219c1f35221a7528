"""The remote has what the commits about to be pushed name: real git, real DVC, folder and SSH remotes."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.hook_repository import TOOLS, HookRepository
from support.ssh_server import SshServer, missing

SILENT = (0, "", "")


@pytest.fixture
def team(repository: HookRepository) -> HookRepository:
    """A repository with git and DVC remotes beside it, and a first commit whose data is nowhere else."""
    repository.git("init", "--quiet", "--bare", "../origin.git")
    repository.git("remote", "add", "origin", "../origin.git")
    repository.dvc("init", "--quiet")
    repository.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
    repository.write("raw ü.csv", "1\n")
    for number in range(5):
        repository.write(f"images/{number}.png", f"{number}\n")
    repository.dvc("add", "--quiet", "raw ü.csv", "images")
    repository.commit()
    return repository


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[tuple[dict[str, str], Path]]:
    """Variables that put a `dvc` before the real one, which writes down each call."""
    calls = tmp_path / "calls"
    shim = tmp_path / "bin" / "dvc"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >> "{calls}"\nexec "{TOOLS}/dvc" "$@"\n')
    shim.chmod(0o755)
    yield {"PATH": f"{shim.parent}:{TOOLS}:/usr/bin:/bin"}, calls


def test_what_was_not_pushed_is_named_with_the_command_and_then_passes(team: HookRepository) -> None:
    said = team.hook("data-pushed")

    assert said.code == 1
    first, second = said.out.splitlines()
    assert first.startswith("images.dvc:2: 5 file(s) of images (0.png, 1.png, 2.png and 2 more) of commit ")
    assert second.startswith("raw ü.csv.dvc:2: raw ü.csv of commit ")
    assert second.endswith("Fix: dvc push 'raw ü.csv'")
    team.dvc("push", "--quiet")
    assert team.hook("data-pushed") == SILENT


def test_one_file_of_a_folder_is_told_from_the_others(team: HookRepository) -> None:
    team.dvc("push", "--quiet")
    team.write("images/new.png", "new\n")
    team.dvc("add", "--quiet", "images")
    team.commit()

    assert "1 file(s) of images (new.png) of commit" in team.hook("data-pushed").out


def test_commits_that_change_no_data_ask_nobody(team: HookRepository, counted: tuple[dict[str, str], Path]) -> None:
    environ, calls = counted
    team.git("push", "--quiet", "origin", "HEAD:main")
    team.write("README.md", "words\n")
    team.commit()

    assert team.hook("data-pushed", environ=environ) == SILENT
    assert not calls.exists()


def test_every_commit_about_to_be_pushed_is_asked_for_in_one_query(
    team: HookRepository, counted: tuple[dict[str, str], Path]
) -> None:
    environ, calls = counted
    team.dvc("push", "--quiet")
    for number in range(3):
        team.write("raw ü.csv", f"later {number}\n")
        team.dvc("add", "--quiet", "raw ü.csv")
        team.commit()
    team.dvc("push", "--quiet")

    said = team.hook("data-pushed", environ=environ)

    assert [line.split("Fix: ")[1] for line in said.out.splitlines()] == ["dvc push --all-commits"] * 2
    assert calls.read_text().splitlines() == ["status --cloud --json"]


def test_a_branch_that_is_not_checked_out_is_asked_for_as_it_is(team: HookRepository) -> None:
    team.dvc("push", "--quiet")
    team.git("push", "--quiet", "origin", "HEAD:main")
    base = team.git("rev-parse", "HEAD").strip()
    team.git("switch", "--quiet", "--create", "other")
    team.write("other.csv", "of the other branch\n")
    team.dvc("add", "--quiet", "other.csv")
    tip = team.commit()
    team.git("switch", "--quiet", "main")

    assert team.hook("data-pushed") == SILENT
    said = team.hook("data-pushed", environ={"PRE_COMMIT_FROM_REF": base, "PRE_COMMIT_TO_REF": tip})
    assert (said.code, f"other.csv of commit {tip[:7]}" in said.out) == (1, True)


def test_a_plain_git_hook_is_told_on_standard_input(team: HookRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    tip = team.git("rev-parse", "HEAD").strip()
    told = f"refs/heads/main {tip} refs/heads/main {'0' * 40}\n(delete) {'0' * 40} refs/heads/old {tip}\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(told))
    assert team.hook("data-pushed", "--stdin").code == 1

    monkeypatch.setattr(sys, "stdin", io.StringIO("something else\n"))
    assert team.hook("data-pushed", "--stdin").code == 3


def test_a_stage_s_outputs_count_and_those_that_git_keeps_do_not(team: HookRepository) -> None:
    team.dvc("push", "--quiet")
    team.git("push", "--quiet", "origin", "HEAD:main")
    team.write(
        "dvc.yaml",
        "stages:\n  train:\n    cmd: echo model > model.bin && echo 2 > local.bin && echo 3 > metrics.json\n    outs:\n"
        "      - model.bin\n      - local.bin: {push: false}\n    metrics:\n      - metrics.json: {cache: false}\n",
    )
    team.dvc("repro", "--quiet")
    team.commit()

    (line,) = team.hook("data-pushed").out.splitlines()

    assert line.startswith("dvc.lock:")
    assert line.endswith("Fix: dvc push model.bin")


def test_data_that_this_machine_has_lost_is_said_to_be_lost(team: HookRepository) -> None:
    shutil.rmtree(team.folder / ".dvc/cache")

    assert "nor in this machine's cache" in team.hook("data-pushed").out


def test_each_project_of_a_monorepo_is_asked_with_its_own_remote(team: HookRepository) -> None:
    team.dvc("push", "--quiet")
    team.git("push", "--quiet", "origin", "HEAD:main")
    for name in ("vision", "a b"):
        team.write(f"{name}/x.csv", f"{name}\n")
        team.run("dvc", "init", "--quiet", "--subdir", cwd=name)
        team.run("dvc", "remote", "add", "--quiet", "--default", "own", f"../../{name} storage", cwd=name)
        team.run("dvc", "add", "--quiet", "x.csv", cwd=name)
    team.run("dvc", "push", "--quiet", cwd="vision")
    team.commit()

    (line,) = team.hook("data-pushed").out.splitlines()

    assert line.startswith("a b/x.csv.dvc:2: a b/x.csv of commit")
    assert line.endswith("Fix: cd 'a b' && dvc push x.csv")


def test_a_remote_that_keeps_versions_is_judged_by_what_the_dvc_files_record(team: HookRepository) -> None:
    team.dvc("remote", "add", "--quiet", "--default", "--force", "storage", "s3://bucket/path")
    team.dvc("remote", "modify", "storage", "version_aware", "true")
    pointer = team.folder / "raw ü.csv.dvc"
    version = "  cloud:\n    storage:\n      etag: b026324c6904b2a9cb4b88d6d61c81d1\n      version_id: 7f3c9n\n"
    pointer.write_text(pointer.read_text() + version)
    team.commit()

    said = team.hook("data-pushed")

    assert said.out.startswith("images.dvc:2: images of commit")
    assert "raw" not in said.out


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 3)])
def test_a_folder_that_is_not_mounted_is_a_warning_unless_strict(
    team: HookRepository, options: tuple[str, ...], code: int
) -> None:
    team.dvc("remote", "modify", "storage", "url", "/nowhere/mounted/storage")

    said = team.hook("data-pushed", *options)

    assert (said.code, said.out) == (code, "")
    assert "which is not on this machine" in said.err


def test_without_a_dvc_nothing_is_said_to_be_right(team: HookRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/bin/python3")

    said = team.hook("data-pushed", environ={"PATH": "/usr/bin:/bin"})

    assert said.code == 3
    assert "dvc" in said.err


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_an_ssh_remote_is_asked_and_one_that_is_off_is_a_warning(team: HookRepository, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    server = SshServer.start(keys)
    try:
        url = f"ssh://root@127.0.0.1:{server.port}{tmp_path}/ssh-storage"
        team.dvc("remote", "add", "--quiet", "--default", "--force", "storage", url)
        team.dvc("remote", "modify", "--local", "storage", "keyfile", str(server.key))
        assert len(team.hook("data-pushed").out.splitlines()) == 2
        team.dvc("push", "--quiet")
        assert team.hook("data-pushed") == SILENT
    finally:
        server.stop()

    said = team.hook("data-pushed")
    assert (said.code, said.out) == (0, "")
    assert "not checked: the DVC remote does not answer" in said.err
    assert team.hook("data-pushed", "--strict").code == 3
