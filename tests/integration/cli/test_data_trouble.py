"""Data that is not to be had: the release ends before anything was trained, and says who can mend it."""

from support.project import Project


def test_what_was_never_pushed_is_named_with_who_to_ask(project: Project) -> None:
    project.write("data/rows.csv", "id,label\n1,cat\n2,dog\n")
    project.dvc("add", "--quiet", "data/rows.csv")
    commit = project.commit("New rows, and no dvc push")
    other = project.clone("clone")
    outcome = other.headgate("release", "--until", "gate")

    assert outcome.exit_code == 3
    assert "headgate: data is incomplete\n" in outcome.stderr
    assert "1 file named by dvc.lock or *.dvc is not on the remote 'storage': data/rows.csv" in outcome.stderr
    assert f"try: dvc push -r storage  (on the machine that made them; last changed in {commit[:7]}" in outcome.stderr
    assert "by octocat" in outcome.stderr
    assert not (other.folder / ".headgate/release.json").exists()


def test_a_stage_whose_data_nothing_names_asks_for_dvc_lock(project: Project) -> None:
    dvc_yaml = (project.folder / "dvc.yaml").read_text().replace("data/rows.csv", "data/raw.csv")
    project.write("dvc.yaml", dvc_yaml)
    project.commit("Reads what no dvc.lock names")
    outcome = project.headgate("pull")

    assert outcome.exit_code == 3
    assert "headgate: dvc.lock is missing\n" in outcome.stderr
    assert "data/raw.csv" in outcome.stderr
    assert "dvc repro && git add dvc.lock" in outcome.stderr


def test_a_remote_that_is_gone_is_named(elsewhere: Project) -> None:
    elsewhere.folder.with_name("storage").rename(elsewhere.folder.with_name("moved"))
    outcome = elsewhere.headgate("pull")

    assert outcome.exit_code == 3
    assert "storage" in outcome.stderr
    assert not (elsewhere.folder / ".headgate/release.json").exists()


def test_data_changed_by_hand_is_not_trained_on(project: Project) -> None:
    project.write("data/rows.csv", "id,label\n1,cat\n")
    outcome = project.headgate("release", "--until", "gate")

    assert outcome.exit_code == 3
    assert "data/rows.csv" in outcome.stderr
    assert "is not what commit" in outcome.stderr
    assert (project.folder / "data/rows.csv").read_text() == "id,label\n1,cat\n"


def test_a_clone_pulls_everything_and_the_record_says_what(elsewhere: Project) -> None:
    outcome = elsewhere.headgate("pull", "--format", "json")

    assert outcome.exit_code == 0
    assert [file["path"] for file in outcome.json["files"]] == ["data/rows.csv"]
    assert elsewhere.record["data"] == outcome.json
