"""Another job trained: what it pushed is fetched by the hashes in its record, and anything else is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from headgate.config.models import Data as DataConfig
from headgate.console import Console
from headgate.data import ListDamaged, NoRemote, Pushed, PushedFilesLost, fetch, pieces_of, push
from headgate.lineage.digests import digest
from headgate.record import OnRemote
from support.project import Outcome, Project

MODEL, PREDICTIONS = "models/model.json", "reports/predictions.csv"
RECORD = ".headgate/release.json"


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Trained, pushed and gated, with a dvc.lock that nobody has committed; the gate could not count its use."""
    project = Project.make(tmp_path_factory.mktemp("gated") / "team" / "animals", rows=100)
    hook = project.folder.with_name("origin.git") / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    released = project.headgate("release", "--until", "gate")
    assert released.exit_code == 0, released.stderr
    hook.unlink()
    return project


@pytest.fixture
def next_job(gated: Project, tmp_path: Path) -> Project:
    """A clone with the record of the training's job, and nothing else of it."""
    clone = gated.copy(tmp_path / "team").clone("next")
    (clone.folder / ".headgate").mkdir()
    shutil.copy(gated.folder / RECORD, clone.folder / RECORD)
    return clone


def in_storage(project: Project, path: str) -> Path:
    """The object on the remote that the record names for `path`."""
    named: str = next(one["md5"] for one in project.record["run"]["on_remote"] if one["path"] == path)
    return project.folder.with_name("storage") / "files/md5" / named[:2] / named[2:]


def forged(project: Project, change: Callable[[dict[str, Any]], None]) -> None:
    """The record as somebody else would have it."""
    record = project.record
    change(record["run"])
    (project.folder / RECORD).write_text(json.dumps(record))


def refused(outcome: Outcome, *, because: str) -> None:
    assert outcome.exit_code == 3, outcome.stderr
    assert because in " ".join(outcome.stderr.split())


def test_what_another_job_trained_is_fetched_and_registered_and_its_use_counted(next_job: Project) -> None:
    assert next_job.record["verdict"]["uses"] is None
    outcome = next_job.headgate("register", "--format", "json")

    assert outcome.exit_code == 0, outcome.stderr
    assert "2 files, 1.2 kB from storage" in outcome.stderr
    run = next_job.record["run"]
    assert outcome.json["digest"] == run["model_digest"] == digest(next_job.folder / MODEL)
    assert digest(next_job.folder / PREDICTIONS) == run["predictions_digest"]
    assert next_job.run("git", "ls-remote", "origin", "refs/headgate/uses/*").count("refs/") == 1
    assert not (next_job.folder / "data/rows.csv").exists()


def test_content_that_was_replaced_on_the_remote_is_refused_and_does_not_stay(next_job: Project) -> None:
    stored = in_storage(next_job, MODEL)
    stored.chmod(0o644)
    stored.write_text('{"quality": 0.9, "serving": "well"}')
    stored.chmod(0o444)  # as DVC keeps what it has looked at: it trusts that

    refused(next_job.headgate("register"), because="models/model.json came from the remote 'storage' as sha256:")
    assert not (next_job.folder / MODEL).exists()
    assert next_job.run("git", "ls-remote", "--tags", "origin") == ""


def test_a_record_that_names_another_object_is_refused(next_job: Project) -> None:
    def swapped(run: dict[str, Any]) -> None:
        first, second = run["on_remote"]
        first["md5"] = second["md5"]

    forged(next_job, swapped)

    refused(next_job.headgate("register"), because="the record was changed on its way")
    assert not (next_job.folder / MODEL).exists()


def test_a_record_puts_nothing_where_headgate_yaml_names_no_model(next_job: Project) -> None:
    def elsewhere(run: dict[str, Any]) -> None:
        run["model_path"] = run["on_remote"][0]["path"] = ".git/hooks/pre-push"

    forged(next_job, elsewhere)

    refused(next_job.headgate("register"), because="The record speaks of .git/hooks/pre-push")
    assert not (next_job.folder / ".git/hooks/pre-push").exists()


def test_what_the_remote_lost_is_named(next_job: Project) -> None:
    in_storage(next_job, PREDICTIONS).unlink()

    refused(
        next_job.headgate("register"),
        because="1 file that the training pushed cannot be had from the remote 'storage': reports/predictions.csv",
    )


def test_a_training_that_did_not_push_is_told_what_to_do(next_job: Project) -> None:
    forged(next_job, lambda run: run.update(on_remote=[]))
    outcome = next_job.headgate("register")

    refused(outcome, because="models/model.json, which the training made, is not here")
    assert "data: {push: true}" in outcome.stderr
    assert "as an artifact" in outcome.stderr


def test_what_came_with_the_record_needs_no_remote(next_job: Project, gated: Project) -> None:
    forged(next_job, lambda run: run.update(on_remote=[]))
    for path in (MODEL, PREDICTIONS):
        (next_job.folder / path).parent.mkdir()
        shutil.copy(gated.folder / path, next_job.folder / path)

    outcome = next_job.headgate("register")

    assert outcome.exit_code == 0, outcome.stderr


def test_a_file_of_ones_own_is_refused_and_not_replaced(next_job: Project) -> None:
    next_job.write(MODEL, "mine\n")

    refused(next_job.headgate("register"), because="and the gate saw")
    assert (next_job.folder / MODEL).read_text() == "mine\n"


FOLDERS = """\
stages:
  train:
    cmd: mkdir -p out/best && echo m > out/best/m && echo same > out/best/t && cp out/best/t out/other && echo p > p
    outs: [out, p]
"""


@pytest.fixture(scope="module")
def _folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Pushed]:
    """Its training makes a folder, and that was pushed."""
    project = Project.make(tmp_path_factory.mktemp("folders") / "team" / "animals", rows=5)
    project.write("dvc.yaml", FOLDERS)
    return project, pushed(project)


@pytest.fixture
def folders(_folders: tuple[Project, Pushed], tmp_path: Path) -> Project:
    return _folders[0].copy(tmp_path / "team")


@pytest.fixture
def on_remote(_folders: tuple[Project, Pushed]) -> Pushed:
    return _folders[1]


def pushed(project: Project) -> Pushed:
    project.dvc("repro", "--quiet", "--force")
    with Console().step("push") as step:
        return push(DataConfig(), project=project.folder, step=step)


def fetched(project: Project, wanted: str, on_remote: Sequence[OnRemote]) -> str:
    with Console().step("fetch") as step:
        return fetch(DataConfig(), list(pieces_of([wanted], on_remote)), project=project.folder, step=step)


@pytest.mark.parametrize("wanted", ["out", "out/best", "out/best/m", "p"])
def test_a_folder_a_part_of_one_and_a_file_come_as_they_were(folders: Project, on_remote: Pushed, wanted: str) -> None:
    clone = folders.clone("other")

    assert fetched(clone, wanted, on_remote.concerning(wanted)) == "storage"
    assert digest(clone.folder / wanted) == digest(folders.folder / wanted)


def test_a_folder_that_several_outputs_make_up_comes_as_one(folders: Project) -> None:
    folders.write("dvc.yaml", FOLDERS.replace("outs: [out, p]", "outs: [out/best, out/other]"))
    clone = folders.clone("other")

    fetched(clone, "out", pushed(folders).concerning("out"))

    names = sorted(path.relative_to(clone.folder / "out").as_posix() for path in (clone.folder / "out").rglob("*"))
    assert names == ["best", "best/m", "best/t", "other"]


@pytest.mark.parametrize("entry", [{"relpath": "../../x"}, {"relpath": "/x"}, {"md5": "../../../x"}])
def test_a_list_that_leads_out_of_its_folder_never_reaches_dvc(
    folders: Project, on_remote: Pushed, entry: dict[str, str]
) -> None:
    (folder,) = on_remote.concerning("out")
    storage = folders.folder.with_name("storage") / "files/md5"
    entries = json.loads((storage / folder.md5[:2] / folder.md5[2:]).read_text())
    text = json.dumps([{**entries[0], **entry}])
    name = md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"
    (storage / name[:2]).mkdir(exist_ok=True)
    (storage / name[:2] / name[2:]).write_text(text)
    clone = folders.clone("other")

    with pytest.raises(ListDamaged, match="The list of the files in out on the remote 'storage'"):
        fetched(clone, "out", [folder.model_copy(update={"md5": name})])
    assert not (clone.folder / "out").exists()


def test_a_folder_that_the_remote_lost_is_named(folders: Project, on_remote: Pushed) -> None:
    shutil.rmtree(folders.folder.with_name("storage"))
    (folders.folder.with_name("storage")).mkdir()

    with pytest.raises(PushedFilesLost, match=r"remote 'storage': out"):
        fetched(folders.clone("other"), "out", on_remote.concerning("out"))


def test_without_a_remote_it_is_said_what_is_missing(folders: Project, on_remote: Pushed) -> None:
    clone = folders.clone("other")
    (clone.folder / ".dvc/config").write_text("")

    with pytest.raises(NoRemote, match=r"DVC has no remote to ask: p"):
        fetched(clone, "p", on_remote.concerning("p"))
