"""A pull brings everything the commit names, or says which file is not to be had and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from headgate.config.models import Data as DataConfig
from headgate.console import Console
from headgate.data import DataChanged, DataDamaged, DvcFailed, LockMissing, NotPushed, pull
from headgate.data.failures import NoRemote
from headgate.data.progress import object_path
from headgate.errors import CouldNotCarryOut, UsageError
from headgate.lineage.digests import digest
from headgate.lineage.dvc_files import read_dvc_files
from headgate.lineage.dvc_yaml import MergeConflictLeft
from headgate.lineage.git import Git
from headgate.lineage.source import source_of
from headgate.process import Completed, Runner, run
from headgate.record import Data
from support.project import Project

ROWS = "data/rows.csv"


@pytest.fixture
def project(released: Project, tmp_path: Path) -> Project:
    """A fresh clone on another machine, with remotes of its own."""
    return released.copy(tmp_path / "team").clone("clone")


@dataclass
class Pulled:
    """A pull that ended well, for the tests that read what it left."""

    project: Project
    data: Data
    calls: list[str]


@pytest.fixture(scope="module")
def complete(released: Project, tmp_path_factory: pytest.TempPathFactory) -> Pulled:
    project = released.copy(tmp_path_factory.mktemp("complete") / "team").clone("clone")
    calls: list[str] = []

    def counting(argv: Sequence[str], **options: Any) -> Completed:
        calls.append(Path(argv[0]).name)
        return run(argv, **options)

    return Pulled(project, pulled(project, run=counting), calls)


@dataclass
class Refused:
    """A pull of data that was never pushed, for the tests that read what it said and left."""

    project: Project
    settings: str
    why: NotPushed


@pytest.fixture(scope="module")
def never_pushed(released: Project, tmp_path_factory: pytest.TempPathFactory) -> Refused:
    project = released.copy(tmp_path_factory.mktemp("never") / "team").clone("clone")
    settings = "['remote \"storage\"']\n    verify = false\n"
    (project.folder / ".dvc" / "config.local").write_text(settings)
    remote_object(project, ROWS).unlink()
    with pytest.raises(NotPushed) as caught:
        pulled(project)
    return Refused(project, settings, caught.value)


def pulled(project: Project, *, run: Runner = run, **config: object) -> Data:
    source = source_of(Git(project.folder))
    with Console().step("pull") as step:
        return pull(DataConfig.model_validate(config), source, project=project.folder, run=run, step=step)


def storage_at(project: Project, url: str) -> None:
    """Another place for the remote."""
    config = project.folder / ".dvc" / "config"
    config.write_text(config.read_text().replace("url = ../../storage", f"url = {url}"))


def remote_object(project: Project, path: str) -> Path:
    entry = read_dvc_files(project.folder).named(path)
    assert entry is not None
    return project.folder.with_name("storage") / object_path(entry.file.md5)


def test_everything_the_commit_names_is_here_and_recorded(complete: Pulled) -> None:
    data, folder = complete.data, complete.project.folder

    assert (folder / ROWS).exists()
    assert (folder / "models/model.json").exists()
    assert [file.path for file in data.files] == [ROWS]
    assert (data.remote, data.lock) == ("storage", digest(folder / "dvc.lock"))


def test_dvc_is_called_twice_and_no_more(complete: Pulled) -> None:
    assert complete.calls.count("dvc") == 2


def test_targets_narrow_what_is_pulled(project: Project) -> None:
    pulled(project, targets=["data/rows.csv.dvc"])

    assert (project.folder / ROWS).exists()
    assert not (project.folder / "models/model.json").exists()


def test_a_target_that_nothing_names_is_a_mistake_in_the_configuration(project: Project) -> None:
    with pytest.raises(UsageError, match=r"'data/row\.csv'.*data/rows\.csv"):
        pulled(project, targets=["data/row.csv"])


def test_data_that_was_never_pushed_is_named_with_who_to_ask(never_pushed: Refused) -> None:
    assert "1 file named by dvc.lock or *.dvc is not on the remote 'storage': data/rows.csv" in never_pushed.why.message
    assert "by octocat" in str(never_pushed.why.hint)


def test_the_configuration_is_as_it_was_after_a_failure(never_pushed: Refused) -> None:
    project = never_pushed.project

    assert (project.folder / ".dvc" / "config.local").read_text() == never_pushed.settings
    assert project.run("git", "status", "--porcelain", "--", ".dvc") == ""


def test_a_damaged_object_on_the_remote_is_never_taken_for_data(project: Project) -> None:
    stored = remote_object(project, ROWS)
    content = bytearray(stored.read_bytes())
    content[5] ^= 1
    stored.chmod(0o644)
    stored.write_bytes(content)
    stored.chmod(0o444)  # as DVC leaves it: an object that may be written is looked at more closely by DVC itself
    with pytest.raises(DataDamaged, match=r"other content than dvc\.lock or \*\.dvc names: data/rows\.csv"):
        pulled(project)

    assert not (project.folder / ROWS).exists()


def test_data_changed_in_the_workspace_is_not_trained_on_unnoticed(complete: Pulled, tmp_path: Path) -> None:
    project = complete.project.copy(tmp_path / "team")
    (project.folder / ROWS).unlink()
    project.write(ROWS, "id,label\n0,cat\n")
    with pytest.raises(DataChanged, match=r"1 file in the workspace is not what commit \w{7} names: data/rows\.csv"):
        pulled(project)


def test_a_first_training_has_no_lock_and_pulls_what_is_named(project: Project) -> None:
    (project.folder / "dvc.lock").unlink()
    data = pulled(project)

    assert (project.folder / ROWS).exists()
    assert data.lock is None


def test_a_missing_lock_is_an_error_where_only_it_could_name_the_data(project: Project) -> None:
    (project.folder / "dvc.lock").unlink()
    (project.folder / "data/rows.csv.dvc").unlink()
    with pytest.raises(LockMissing, match=r"The stage 'train' reads data/rows\.csv"):
        pulled(project)


def test_a_remote_folder_that_is_not_mounted_is_an_error(project: Project) -> None:
    project.folder.with_name("storage").rename(project.folder.with_name("gone"))
    with pytest.raises(CouldNotCarryOut, match=r"data/rows\.csv"):
        pulled(project)


def test_no_remote_and_no_data_says_how_to_get_one(project: Project) -> None:
    (project.folder / ".dvc" / "config").write_text("")
    with pytest.raises(NoRemote, match=r"data/rows\.csv"):
        pulled(project)


def test_a_plugin_that_is_not_installed_is_dvcs_own_word(project: Project) -> None:
    storage_at(project, "s3://bucket/data")
    with pytest.raises(DvcFailed, match="dvc-s3"):
        pulled(project)


def test_an_ssh_remote_that_does_not_answer_is_told_within_seconds(project: Project) -> None:
    storage_at(project, "ssh://127.0.0.1:1/data")
    with pytest.raises(CouldNotCarryOut, match=r"127\.0\.0\.1:1, which does not answer"):
        pulled(project)


def test_a_merge_conflict_in_the_lock_is_named(project: Project) -> None:
    lock = project.folder / "dvc.lock"
    lock.write_text(f"<<<<<<< HEAD\n{lock.read_text()}=======\n>>>>>>> other\n")
    with pytest.raises(MergeConflictLeft):
        pulled(project)


def test_a_project_without_dvc_has_nothing_to_pull(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.run("git", "init", "--quiet")
    project.run(
        "git", "-c", "user.name=o", "-c", "user.email=o@example.com", "commit", "-q", "--allow-empty", "-m", "x"
    )

    assert pulled(project).files == ()


def test_a_project_in_a_folder_of_its_repository_is_pulled_alone(project: Project) -> None:
    inside = Project(project.folder / "inside")
    inside.write("numbers.csv", "1\n2\n")
    inside.dvc("add", "--quiet", "numbers.csv")
    inside.dvc("push", "--quiet", "numbers.csv.dvc")
    (inside.folder / "numbers.csv").unlink()
    data = pulled(inside)

    assert [file.path for file in data.files] == ["numbers.csv"]
    assert (inside.folder / "numbers.csv").exists()
