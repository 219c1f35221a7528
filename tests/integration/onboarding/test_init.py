"""`headgate init` in real repositories, and what comes of it."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from headgate.config import load
from support import shapes
from support.project import Project
from support.shapes import lay_out

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "text-sentiment"
WORDS = {
    "positive": ("great", "love", "thanks", "friendly", "smooth"),
    "negative": ("late", "worst", "lost", "rude", "cancelled"),
}


def repository(folder: Path, files: Mapping[str, str]) -> Project:
    """Files under git, with a remote."""
    project = Project(lay_out(folder / "houses", files))
    project.run("git", "init", "--quiet", "--initial-branch=main")
    project.run("git", "config", "user.name", "octocat")
    project.run("git", "config", "user.email", "octocat@example.com")
    project.run("git", "remote", "add", "origin", "https://github.com/octocat/houses.git")
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "A model")
    return project


@pytest.fixture
def sentiment(tmp_path: Path) -> Project:
    """The example as it is in this repository, with tweets made up on the spot and without its configuration."""
    project = Project(tmp_path / "sentiment")
    shutil.copytree(EXAMPLE, project.folder, ignore=shutil.ignore_patterns("data", "models", "headgate.yaml", ".dvc*"))
    chance = random.Random(7)  # noqa: S311  (the same tweets every time)
    rows = [
        (label, " ".join(chance.choices(words, k=4)) + f" {chance.random():.9f}")
        for label, words in WORDS.items()
        for _ in range(400)
    ]
    project.write("data/tweets.csv", "sentiment,text\n" + "".join(f"{label},{text}\n" for label, text in rows))
    for command in (
        ("git", "init", "--quiet", "--initial-branch=main"),
        ("git", "config", "user.name", "octocat"),
        ("git", "config", "user.email", "octocat@example.com"),
        ("git", "init", "--quiet", "--bare", "../origin.git"),
        ("git", "remote", "add", "origin", "../origin.git"),
    ):
        project.run(*command)
    project.dvc("init", "--quiet")
    project.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
    project.dvc("add", "--quiet", "data/tweets.csv")
    project.dvc("push", "--quiet")
    project.commit("An example")
    return project


def test_the_example_is_released_up_to_the_gate_with_what_init_wrote(sentiment: Project) -> None:
    made = sentiment.headgate("init", "--yes")
    assert made.exit_code == 0, made.stderr
    sentiment.commit("Release with headgate")

    released = sentiment.headgate("release", "--until", "gate")

    assert released.exit_code == 0, released.stderr
    assert [check["id"] for check in sentiment.record["verdict"]["checks"]] == [
        "accuracy.max_drop",
        "f1_macro.max_drop",
    ]


def test_a_second_run_writes_nothing_and_says_what_is_there(tmp_path: Path) -> None:
    project = repository(tmp_path, shapes.GET_STARTED)
    first = project.headgate("init", "--yes", "--format", "json").json
    before = {file["path"]: (project.folder / file["path"]).read_text() for file in first["files"]}

    second = project.headgate("init", "--yes", "--format", "json").json

    assert {file["state"] for file in first["files"]} == {"new"}
    assert {(file["state"], file["written"]) for file in second["files"]} == {("same", False)}
    assert before == {path: (project.folder / path).read_text() for path in before}
    load(project.folder / "headgate.yaml")


def test_what_somebody_changed_is_kept_until_forced(tmp_path: Path) -> None:
    project = repository(tmp_path, shapes.GET_STARTED)
    project.headgate("init", "--yes")
    project.write("Dockerfile", "FROM scratch\n")

    kept = project.headgate("init", "--yes")
    assert (project.folder / "Dockerfile").read_text() == "FROM scratch\n"
    assert "kept      Dockerfile" not in kept.stdout  # it is theirs by now: nothing is proposed in its place

    project.write("headgate.yaml", "version: 1\nmodel: houses\ntrain: {model: model.pkl}\n")
    kept = project.headgate("init", "--yes")
    assert " kept      headgate.yaml" in kept.stdout
    assert "--force replaces it" in kept.stdout
    assert "-train: {model: model.pkl}" in kept.stderr
    assert (project.folder / "headgate.yaml").read_text().startswith("version: 1\n")

    forced = project.headgate("init", "--yes", "--force")
    assert " replaced  headgate.yaml" in forced.stdout
    assert load(project.folder / "headgate.yaml").gate.reported


def test_a_dry_run_shows_every_file_and_writes_none(tmp_path: Path) -> None:
    project = repository(tmp_path, shapes.GET_STARTED)

    shown = project.headgate("init", "--dry-run")

    assert shown.exit_code == 0
    for text in ("+++ headgate.yaml", "+++ serve.py", "+++ Dockerfile", "USER app"):
        assert text in shown.stderr
    assert project.run("git", "status", "--porcelain") == ""


def test_without_a_terminal_somebody_has_to_say_yes(tmp_path: Path) -> None:
    project = repository(tmp_path, shapes.GET_STARTED)

    refused = project.headgate("init")

    assert (refused.exit_code, project.run("git", "status", "--porcelain")) == (2, "")
    assert "headgate init --yes" in refused.stderr


def test_each_pipeline_of_a_monorepo_gets_its_own(tmp_path: Path) -> None:
    project = repository(tmp_path, shapes.MONOREPO)

    made = project.headgate("init", "--yes", "--no-service")

    assert made.exit_code == 0, made.stderr
    assert load(project.folder / "churn/headgate.yaml").model == "churn"
    assert load(project.folder / "demand/headgate.yaml").model == "demand"
    assert (project.folder / "churn/.gitignore").read_text() == "/.headgate/\n"
    assert not (project.folder / "headgate.yaml").exists()


def test_one_pipeline_of_a_monorepo_may_be_named(tmp_path: Path) -> None:
    project = repository(tmp_path, shapes.MONOREPO)

    made = project.headgate("init", "--yes", "--no-service", "--pipeline", "demand/")
    wrong = project.headgate("init", "--yes", "--pipeline", "supply")

    assert made.exit_code == 0, made.stderr
    assert not (project.folder / "churn/headgate.yaml").exists()
    assert (wrong.exit_code, "Folders with a pipeline: churn, demand" in wrong.stderr) == (2, True)


def test_credentials_in_git_are_said_loudly_and_not_shown(tmp_path: Path) -> None:
    project = repository(tmp_path, {**shapes.SECRETS, ".env": "TOKEN=abcdef\n"})

    made = project.headgate("init", "--yes")

    assert "!! Credentials are in git, for everybody who can read the repository:" in made.stdout
    assert "!! Git keeps .env" in made.stdout
    for secret in ("AKIAEXAMPLE", "very-secret-value", "hunter2", "abcdef"):
        assert secret not in made.stdout + made.stderr


def test_a_dvc_yaml_with_a_conflict_is_refused_with_its_line(tmp_path: Path) -> None:
    conflict = {**shapes.GET_STARTED, "dvc.yaml": "stages:\n<<<<<<< ours\n  a: {cmd: b}\n"}
    project = repository(tmp_path, conflict)

    refused = project.headgate("init", "--yes")

    assert refused.exit_code == 3
    assert "dvc.yaml:2" in refused.stderr


def test_the_hook_that_is_written_is_one_that_pre_commit_runs(tmp_path: Path) -> None:
    project = repository(tmp_path, shapes.GET_STARTED)
    project.headgate("init", "--yes")
    project.run("git", "add", "--all")

    project.run("pre-commit", "run", "headgate-config")
    project.write("headgate.yaml", "version: 1\nmodle: houses\n")
    project.run("git", "add", "headgate.yaml")

    refused = subprocess.run(
        ["pre-commit", "run", "headgate-config"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
        env=project._environ(),
    )
    assert refused.returncode == 1
    assert "unknown key 'modle'" in refused.stdout
