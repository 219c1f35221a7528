"""The hooks as their users get them: pre-commit clones this repository, installs it and runs the manifest's entries."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from headgate_hooks.catalog import HOOKS
from support.hook_repository import HookRepository

ROOT = Path(__file__).resolve().parents[3]
INSTALLED = ("pyproject.toml", ".pre-commit-hooks.yaml", "README.md", "LICENSE", "cli", "hooks", "workflows-templates")


@pytest.fixture(scope="module")
def headgate_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a hook user clones: the working tree as it stands, committed."""
    clone = HookRepository.make(tmp_path_factory.mktemp("headgate"))
    for name in INSTALLED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, clone.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, clone.folder / name)
    clone.commit()
    return clone.folder


@pytest.fixture(scope="module")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def project(tmp_path: Path, headgate_repository: Path, pre_commit_home: Path) -> HookRepository:
    """A team's repository that uses every hook, with its remotes beside it."""
    project = HookRepository.make(tmp_path / "the team" / "project")
    project.environ["PRE_COMMIT_HOME"] = str(pre_commit_home)
    project.environ["NO_COLOR"] = "1"
    project.git("config", "user.name", "octocat")
    project.git("config", "user.email", "octocat@example.com")
    project.git("init", "--quiet", "--bare", "../origin.git")
    project.git("remote", "add", "origin", "../origin.git")
    project.dvc("init", "--quiet")
    project.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
    project.write("headgate.yaml", "version: 1\nmodel: sentiment\ntrain: {model: model.bin}\n")
    project.write("params.yaml", "lr: 1\n")
    project.write("dvc.yaml", "stages:\n  train:\n    cmd: echo > model.bin\n    params: [lr]\n    outs: [model.bin]\n")
    project.dvc("repro", "--quiet")
    hooks = "".join(f"      - id: {hook.id}\n" for hook in HOOKS)
    revision = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=headgate_repository, text=True).strip()
    project.write(
        ".pre-commit-config.yaml",
        f"default_install_hook_types: [pre-commit, pre-push]\nrepos:\n  - repo: {headgate_repository}\n"
        f"    rev: {revision}\n    hooks:\n{hooks}",
    )
    project.commit()
    return project


def test_the_manifest_is_one_and_every_hook_in_it_has_a_program() -> None:
    check = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    assert subprocess.run(check, capture_output=True, text=True, check=False).returncode == 0

    scripts = (ROOT / "pyproject.toml").read_text()
    assert [hook.id for hook in HOOKS if f'{hook.id} = "{hook.module}:main"' not in scripts] == []


def test_a_hook_can_be_tried_before_it_is_installed(project: HookRepository, headgate_repository: Path) -> None:
    project.stage("service/headgate.yaml", "version: 1\nmodel: other\ndepoly: {}\n")
    project.stage("other.yaml", "depoly: {}\n")

    code, said = tried(project, "pre-commit", "try-repo", str(headgate_repository), "headgate-config", "--all-files")

    assert code == 1, said
    assert "service/headgate.yaml:3: unknown key 'depoly'; did you mean 'deploy'?" in said
    assert "other.yaml" not in said


def test_installed_they_stop_a_commit_and_a_push_and_let_the_next_one_through(project: HookRepository) -> None:
    tried(project, "pre-commit", "install")
    project.write("params.yaml", "lr: 2\n")

    code, said = tried(project, "git", "commit", "--message", "half of it", "params.yaml")
    assert (code, "stage 'train' was run with another 'lr'" in said) == (1, True), said

    project.dvc("repro", "--quiet")
    code, said = tried(project, "git", "commit", "--message", "still half of it", "params.yaml")
    assert (code, "stage 'train' was run with another 'lr'" in said) == (1, True), said

    code, said = tried(project, "git", "commit", "--all", "--message", "all of it")
    assert (code, said.count("Passed") + said.count("Skipped")) == (0, 7), said

    code, said = tried(project, "git", "push", "origin", "HEAD:main")
    assert (code, "model.bin of commit" in said) == (1, True), said

    project.dvc("push", "--quiet")
    code, said = tried(project, "git", "push", "origin", "HEAD:main")
    assert code == 0, said


def tried(project: HookRepository, *argv: str) -> tuple[int, str]:
    """The exit code of a program, and all that it said."""
    done = subprocess.run(
        argv, cwd=project.folder, env=project.environment(), capture_output=True, text=True, timeout=500, check=False
    )
    return done.returncode, done.stdout + done.stderr
