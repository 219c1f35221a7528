"""After a push the remote has everything, or the file that it does not have is named."""

from pathlib import Path

import pytest

from headgate.config.models import Data as DataConfig
from headgate.console import Console
from headgate.data import DvcFailed, NotPushed, Pushed, push
from headgate.process import Completed, run
from support.project import Project


def pushed(project: Project, **options: object) -> Pushed:
    with Console().step("push") as step:
        return push(DataConfig(), project=project.folder, step=step, **options)  # type: ignore[arg-type]


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    return made.copy(tmp_path / "team")


def test_what_the_training_made_is_on_the_remote(project: Project) -> None:
    done = pushed(project)

    assert [file.path for file in done.files] == ["data/rows.csv", "models/model.json", "reports/predictions.csv"]
    assert (done.remote, done.nothing_because) == ("storage", None)
    clone = project.clone("other")
    (clone.folder / "dvc.lock").write_bytes((project.folder / "dvc.lock").read_bytes())
    clone.dvc("pull", "--quiet")
    assert (clone.folder / "models/model.json").read_bytes() == (project.folder / "models/model.json").read_bytes()


def test_a_push_that_only_says_it_pushed_is_found_out(project: Project) -> None:
    def not_pushing(argv: list[str], **options: object) -> Completed:
        if argv[1] == "push":
            return Completed(tuple(argv), 0, "", "")
        return run(argv, **options)  # type: ignore[arg-type]

    with pytest.raises(NotPushed, match=r"models/model\.json, reports/predictions\.csv"):
        pushed(project, run=not_pushing)


def test_a_remote_that_cannot_be_written_is_dvcs_own_word(project: Project) -> None:
    (project.folder.with_name("file")).write_text("in the way")
    config = project.folder / ".dvc" / "config"
    config.write_text(config.read_text().replace("url = ../../storage", "url = ../../file/storage"))
    with pytest.raises(DvcFailed, match="dvc push"):
        pushed(project)


def test_without_a_remote_nothing_is_pushed_and_it_is_said(project: Project) -> None:
    (project.folder / ".dvc" / "config").write_text("")
    assert pushed(project) == Pushed(nothing_because="DVC has no remote")


def test_without_dvc_nothing_is_pushed_and_it_is_said(tmp_path: Path) -> None:
    assert pushed(Project(tmp_path)) == Pushed(nothing_because="there is no DVC here")
