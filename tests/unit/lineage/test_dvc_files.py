"""dvc.lock, dvc.yaml and *.dvc are read as DVC writes them, and refused where it would not have written them."""

from pathlib import Path
from textwrap import dedent

import pytest

from headgate.lineage.dvc_files import read_dvc_files
from headgate.lineage.dvc_yaml import DvcFileUnreadable, MergeConflictLeft, plot_files

ADDED = """\
outs:
- md5: 53d025127ae99ab79e8502aae2d9bea6
  size: 3893
  hash: md5
  path: rows.csv
"""
LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: python train.py
    deps:
    - {path: data/rows.csv, hash: md5, md5: 53d025127ae99ab79e8502aae2d9bea6, size: 3893}
    - {path: train.py, hash: md5, md5: 00000000000000000000000000000000, size: 10}
    outs:
    - {path: metrics.json, hash: md5, md5: 11111111111111111111111111111111, size: 12}
    - {path: features, hash: md5, md5: 22222222222222222222222222222222.dir, size: 60, nfiles: 3}
  score:
    cmd: python score.py
    deps:
    - {path: features/test.csv, hash: md5, md5: 33333333333333333333333333333333, size: 20}
    outs:
    - {path: model.bin, hash: md5, md5: 44444444444444444444444444444444, size: 7}
"""
PIPELINE = """\
stages:
  train:
    cmd: python train.py
    metrics:
    - metrics.json: {cache: false}
  score:
    cmd: python score.py
    outs: [model.bin]
"""


def write(project: Path, **files: str) -> Path:
    for name, text in files.items():
        path = project / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path, data__rows_csv_dvc=ADDED, dvc_lock=LOCK, dvc_yaml=PIPELINE)


def test_every_output_has_its_hash_its_size_and_its_stage(project: Path) -> None:
    found = {entry.path: entry for entry in read_dvc_files(project).tracked}

    assert sorted(found) == ["data/rows.csv", "features", "metrics.json", "model.bin"]
    rows, features = found["data/rows.csv"], found["features"]
    assert (rows.file.md5, rows.file.size, rows.stage) == ("53d025127ae99ab79e8502aae2d9bea6", 3893, None)
    assert (features.file.md5[-4:], features.file.files, features.stage) == (".dir", 3, "train")


def test_what_git_keeps_is_not_expected_on_the_remote(project: Path) -> None:
    assert [entry.path for entry in read_dvc_files(project).cached] == ["data/rows.csv", "features", "model.bin"]


def test_inputs_are_added_data_and_what_one_stage_hands_to_another(project: Path) -> None:
    assert [entry.path for entry in read_dvc_files(project).inputs] == ["data/rows.csv", "features"]


def test_a_file_inside_a_tracked_folder_belongs_to_the_stage_that_makes_the_folder(project: Path) -> None:
    files = read_dvc_files(project)

    assert (files.made_by("features/test.csv"), files.made_by("model.bin")) == ("train", "score")
    assert (files.made_by("data/rows.csv"), files.made_by("README.md")) == (None, None)


@pytest.mark.parametrize(
    ("target", "paths"),
    [
        ("data/rows.csv", ["data/rows.csv"]),
        ("./data", ["data/rows.csv"]),
        ("data/rows.csv.dvc", ["data/rows.csv"]),
        ("train", ["features", "metrics.json"]),
        ("dvc.yaml:score", ["model.bin"]),
        ("dvc.yaml", ["features", "metrics.json", "model.bin"]),
        ("features/test.csv", ["features"]),
        ("nothing", []),
    ],
)
def test_targets_are_understood_as_dvc_understands_them(project: Path, target: str, paths: list[str]) -> None:
    assert [entry.path for entry in read_dvc_files(project).only([target]).tracked] == paths


def test_paths_of_a_stage_are_relative_to_its_working_directory(tmp_path: Path) -> None:
    write(
        tmp_path,
        dvc_yaml="stages:\n  a:\n    cmd: x\n    wdir: sub\n    outs: [m.json: {cache: false}]\n",
        dvc_lock="stages:\n  a:\n    cmd: x\n    outs: [{path: m.json, md5: aa}, {path: ../b, md5: bb}]\n",
    )
    assert [(e.path, e.cached) for e in read_dvc_files(tmp_path).tracked] == [("b", True), ("sub/m.json", False)]


def test_instances_of_a_matrix_stage_share_its_options(tmp_path: Path) -> None:
    write(
        tmp_path,
        dvc_yaml="stages:\n  a:\n    foreach: [x, y]\n    do:\n      cmd: c\n      metrics: [m.json: {cache: false}]\n",
        dvc_lock="schema: '2.0'\nstages:\n  a@x:\n    cmd: c\n    outs: [{path: m.json, md5: aa}]\n",
    )
    (entry,) = read_dvc_files(tmp_path).tracked
    assert (entry.stage, entry.cached) == ("a@x", False)


def test_files_of_a_versioned_cloud_remote_are_named_one_by_one(tmp_path: Path) -> None:
    write(tmp_path, d_dvc="outs:\n- path: d\n  files:\n  - {relpath: a/b.txt, md5: ab, size: 1, version_id: v}\n")
    (entry,) = read_dvc_files(tmp_path).tracked
    assert (entry.path, entry.file.md5) == ("d/a/b.txt", "ab")


def test_tracked_folders_and_environments_are_not_searched(project: Path) -> None:
    (project / "features").mkdir()
    (project / "features" / "broken.dvc").write_text("[")
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").touch()
    (project / "env" / "broken.dvc").write_text("[")

    assert len(read_dvc_files(project).tracked) == 4


def test_stages_without_a_lock_are_reported_with_what_they_read(tmp_path: Path) -> None:
    write(tmp_path, dvc_yaml="stages:\n  a:\n    cmd: c\n    deps: [x.csv, '${y}']\n    outs: [m]\n")
    (stage,) = read_dvc_files(tmp_path).unlocked
    assert (stage.name, stage.reads, stage.makes) == ("a", ("x.csv",), ("m",))


def test_a_project_without_dvc_tracks_nothing(tmp_path: Path) -> None:
    assert read_dvc_files(tmp_path).tracked == ()


def test_plots_are_those_of_stages_and_of_the_file_that_exist(tmp_path: Path) -> None:
    write(
        tmp_path,
        dvc_yaml="stages:\n  a:\n    cmd: c\n    plots: [one.csv, gone.csv]\nplots:\n- two.csv: {x: a}\n- three.csv\n",
        one_csv="",
        two_csv="",
    )
    assert plot_files(tmp_path) == ("one.csv", "two.csv")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("dvc.lock", "stages: [", "not valid YAML"),
        ("dvc.lock", "- a\n", "it should be a mapping, and is list"),
        ("dvc.lock", "stages: 3\n", "'stages' should be a mapping, and is int"),
        ("dvc.lock", "stages: {a: {outs: {b: c}}}\n", "'outs' should be a list of entries with a path"),
        ("data.dvc", "outs: [{md5: a}]\n", "'outs' should be a list of entries with a path"),
        ("data.dvc", "", "it should be a mapping, and is NoneType"),
        ("dvc.yaml", "stages: [a]\n", "'stages' should be a mapping, and is list"),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DvcFileUnreadable) as caught:
        read_dvc_files(tmp_path)
    assert caught.value.message.startswith(f"{name}: ")
    assert said in caught.value.message
    assert caught.value.exit_code == 3


def test_leftovers_of_a_merge_are_named_with_their_line(project: Path) -> None:
    (project / "dvc.lock").write_text("schema: '2.0'\n<<<<<<< HEAD\nstages: {}\n=======\n>>>>>>> other\n")
    with pytest.raises(MergeConflictLeft, match=r"dvc\.lock:2 "):
        read_dvc_files(project)
