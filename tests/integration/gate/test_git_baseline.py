"""Production as it was in another commit: predictions kept in git, predictions kept by DVC, and neither."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headgate.gate.production import BaselineUnavailable, Production, from_git
from headgate.lineage.past import FileNotBrought

PREDICTIONS = "reports/predictions.csv"
OLD = "id,label,prediction\n1,a,a\n"
NEW = "id,label,prediction\n1,a,b\n"


def call(folder: Path, *argv: str) -> str:
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(autouse=True)
def _dvc_of_this_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)


@pytest.fixture(params=["", "models/sentiment"], ids=["at the top", "in a folder"])
def project(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A git repository with one commit; the project is at its top or in a folder of it."""
    top = tmp_path / "repo"
    folder = top / request.param
    (folder / "reports").mkdir(parents=True)
    call(top, "git", "init", "--quiet", "--initial-branch=main")
    call(top, "git", "config", "user.email", "octocat@example.com")
    call(top, "git", "config", "user.name", "octocat")
    (folder / "metrics.json").write_text('{"eval": {"seconds": 2.5}}')
    (folder / "data.csv.dvc").write_text("outs:\n- md5: " + "a" * 32 + "\n  path: data.csv\n")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    call(folder, "git", "add", "--all", "--force", ".")
    call(folder, "git", "commit", "--quiet", "--allow-empty", "--message", "a change")


def production(project: Path, scratch: Path, revision: str = "HEAD") -> Production:
    return from_git(revision, project, scratch, predictions=PREDICTIONS, metrics=["metrics.json"])


def test_predictions_in_git_come_from_the_other_commit(project: Path, tmp_path: Path) -> None:
    (project / PREDICTIONS).write_text(OLD)
    commit(project)
    (project / PREDICTIONS).write_text(NEW)
    (project / "metrics.json").write_text('{"eval": {"seconds": 9}}')
    call(project, "git", "add", PREDICTIONS)
    before = call(project, "git", "status", "--porcelain")

    found = production(project, tmp_path / "scratch")

    assert found.predictions is not None
    assert found.predictions.read_text() == OLD
    assert found.reported is not None
    assert found.reported.values == {"eval.seconds": 2.5}
    assert found.evaluation_data is not None
    assert (project / PREDICTIONS).read_text() == NEW
    assert call(project, "git", "status", "--porcelain") == before


def test_predictions_kept_by_dvc_come_through_dvc_get(project: Path, tmp_path: Path) -> None:
    top = Path(call(project, "git", "rev-parse", "--show-toplevel").strip())
    call(top, "dvc", "init", "--quiet")
    (project / PREDICTIONS).write_text(OLD)
    call(project, "dvc", "add", "--quiet", PREDICTIONS)
    call(project, "git", "add", "--all", ".")
    call(project, "git", "commit", "--quiet", "--message", "predictions")
    (project / PREDICTIONS).write_text(NEW)

    found = production(project, tmp_path / "scratch")

    assert found.predictions is not None
    assert found.predictions.read_text() == OLD


def test_predictions_that_were_never_pushed_are_no_missing_baseline(project: Path, tmp_path: Path) -> None:
    top = Path(call(project, "git", "rev-parse", "--show-toplevel").strip())
    call(top, "dvc", "init", "--quiet")
    (project / f"{PREDICTIONS}.dvc").write_text("outs:\n- md5: " + "b" * 32 + "\n  path: predictions.csv\n")
    commit(project)

    with pytest.raises(FileNotBrought, match=r"DVC tracks reports/predictions\.csv") as caught:
        production(project, tmp_path / "scratch")

    assert caught.value.exit_code == 3


def test_a_commit_that_knows_no_predictions_has_no_production(project: Path, tmp_path: Path) -> None:
    assert production(project, tmp_path / "scratch").baseline.kind == "none"


def test_a_revision_that_is_not_in_the_clone_says_how_to_get_it(project: Path, tmp_path: Path) -> None:
    with pytest.raises(BaselineUnavailable, match="'origin/main', which is not in this clone") as caught:
        production(project, tmp_path / "scratch", "origin/main")

    assert "fetch-depth: 0" in str(caught.value.hint)
