"""The hook as its users get it: pre-commit clones this repository, installs it and runs the manifest's entry."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
INSTALLED = ("pyproject.toml", ".pre-commit-hooks.yaml", "README.md", "LICENSE", "cli", "hooks")
IDENTITY = ("-c", "user.name=octocat", "-c", "user.email=octocat@example.com")


@pytest.fixture(scope="module")
def headgate_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a hook user clones: the working tree as it stands, committed."""
    clone = tmp_path_factory.mktemp("headgate")
    for name in INSTALLED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, clone / name)
    commit_all(clone)
    return clone


@pytest.fixture(scope="module")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "headgate.yaml").write_text("version: 1\nmodel: sentiment\n")
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "headgate.yaml").write_text("version: 1\nmodel: other\n")
    (tmp_path / "other.yaml").write_text("depoly: {}\n")
    commit_all(tmp_path)
    return tmp_path


def test_the_hook_passes_and_refuses_in_a_users_repository(
    headgate_repository: Path, pre_commit_home: Path, project: Path
) -> None:
    tried = try_hook(headgate_repository, pre_commit_home, project)
    assert (tried.returncode, "Passed" in tried.stdout) == (0, True), tried.stdout + tried.stderr

    (project / "service" / "headgate.yaml").write_text("version: 1\nmodel: other\ndepoly: {}\n")

    tried = try_hook(headgate_repository, pre_commit_home, project)
    assert tried.returncode == 1, tried.stdout + tried.stderr
    assert "service/headgate.yaml:3: unknown key 'depoly'; did you mean 'deploy'?" in tried.stdout
    assert "other.yaml" not in tried.stdout


def try_hook(repository: Path, home: Path, project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", str(repository), "headgate-config", "--all-files"],
        cwd=project,
        env={**os.environ, "PRE_COMMIT_HOME": str(home), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def commit_all(repository: Path) -> None:
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "all of it")):
        subprocess.run(["git", *IDENTITY, *command], cwd=repository, check=True, capture_output=True)
