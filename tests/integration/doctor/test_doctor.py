"""One thing after the other is broken, and `headgate doctor` says which, and what mends it."""

from __future__ import annotations

import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.project import Project

from .conftest import Doctor


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_repository_that_is_ready_has_no_failure(doctor: Doctor) -> None:
    findings = doctor(
        "tools", "checkout", "configuration", "credentials", "secrets", "data", "tracking", "registry",
        "evaluation", "image-registry", "github", code=0,
    )  # fmt: skip

    assert {finding["state"] for finding in findings} == {"ok"}


def test_nothing_is_left_behind(project: Project, doctor: Doctor) -> None:
    before = project.run("git", "ls-remote", "origin"), (project.folder / ".dvc/config").read_text()

    doctor("data", "tracking", "registry", code=0)

    assert (project.run("git", "ls-remote", "origin"), (project.folder / ".dvc/config").read_text()) == before
    assert project.run("git", "status", "--porcelain") == ""
    assert not (project.folder / ".dvc/config.local").exists()


def test_data_that_was_never_pushed(project: Project, doctor: Doctor) -> None:
    for stored in (project.folder / "../storage").rglob("*"):
        if stored.is_file():
            stored.unlink()

    said = doctor.failure("data")

    assert "data/rows.csv" in said
    assert "dvc push -r storage" in said


def test_a_remote_that_is_not_mounted(project: Project, doctor: Doctor) -> None:
    shutil.rmtree(project.folder / "../storage")

    assert "which is not there" in doctor.failure("data")


def test_a_project_without_a_remote(project: Project, doctor: Doctor) -> None:
    project.write(".dvc/config", "[core]\n")

    assert "dvc remote add --default" in doctor.failure("data")


def test_a_git_remote_that_takes_nothing(project: Project, doctor: Doctor) -> None:
    hook = (project.folder / "../origin.git/hooks/pre-receive").resolve()
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'you may not push here' >&2\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)

    said = doctor.failure("registry")

    assert "you may not push here" in said
    assert "permissions: {contents: write}" in said


def test_a_git_remote_that_is_gone(project: Project, doctor: Doctor) -> None:
    shutil.rmtree(project.folder / "../origin.git")

    assert "git ls-remote --tags origin" in doctor.failure("registry")


def test_a_registry_in_a_file_of_a_runner(project: Project, doctor: Doctor) -> None:
    project.configure(registry={"uri": "sqlite:///.headgate/registry.db"})

    said = doctor.failure("registry", environ={"CI": "true"})

    assert "every job begins without a Production" in said
    assert doctor("registry", code=0)[-1]["state"] == "ok"


def test_a_clone_without_history(project: Project, tmp_path: Path) -> None:
    project.commit("Another one")
    project.run("git", "clone", "--quiet", "--depth=1", f"file://{project.folder.parent}/origin.git", "../shallow")
    shallow = Project(project.folder.with_name("shallow"), config=dict(project.config))
    shallow.configure(gate={"baseline": "git:HEAD~1", "metrics": {"accuracy": {"max_drop": 0.02}}})

    findings = Doctor(shallow)("checkout", code=3)

    assert [finding["state"] for finding in findings] == ["warn", "fail", "ok"]
    assert "headgate.yaml" in findings[0]["why"]
    assert "fetch-depth: 0" in findings[1]["fix"]


def test_secrets_that_are_not_set(project: Project, doctor: Doctor) -> None:
    project.configure(deploy={"port": 8080, "secrets": ["API_KEY"]})

    assert "API_KEY is not set" in doctor.failure("secrets")
    findings = doctor("secrets", code=0, environ={"API_KEY": "very-secret"})
    assert "very-secret" not in str(findings)


def test_credentials_in_git(project: Project, doctor: Doctor) -> None:
    config = (project.folder / ".dvc/config").read_text()
    project.write(".dvc/config", f"{config}    password = very-secret\n")

    (found,) = doctor("credentials", code=0)

    assert found["state"] == "warn"
    assert "dvc remote modify --unset storage password" in found["fix"]
    assert "very-secret" not in str(found)


def test_what_a_step_needs_and_is_not_there(project: Project, doctor: Doctor) -> None:
    (project.folder / "Dockerfile").unlink()

    assert "There is no Dockerfile" in doctor.failure("configuration")


def test_a_model_that_no_stage_makes(project: Project, doctor: Doctor) -> None:
    project.configure(train={"model": "models/other.json", "predictions": "reports/predictions.csv"})

    findings = doctor("configuration", code=0)

    assert [finding["state"] for finding in findings] == ["warn", "ok"]
    assert "train.model names models/other.json" in findings[0]["why"]


def test_an_evaluation_set_too_small_for_its_margin(project: Project, doctor: Doctor) -> None:
    released = project.headgate("release", "--until", "gate")
    assert released.exit_code == 0, released.stderr

    findings = doctor("evaluation", code=0)

    assert [finding["state"] for finding in findings] == ["warn", "ok"]
    assert "headgate gate --plan" in findings[0]["fix"]


def test_a_server_that_hangs_does_not_hold_up_the_others(project: Project, doctor: Doctor, silent: int) -> None:
    project.configure(tracking={"uri": f"http://127.0.0.1:{silent}"})

    findings = doctor("tracking", "credentials", code=3)

    assert {finding["check"]: finding["state"] for finding in findings} == {"tracking": "fail", "credentials": "ok"}
    assert "no answer within" in str(findings)


def test_a_data_remote_that_hangs(project: Project, doctor: Doctor, silent: int) -> None:
    config = (project.folder / ".dvc/config").read_text()
    project.write(".dvc/config", config.replace("../../storage", f"http://127.0.0.1:{silent}/store"))

    said = doctor.failure("data")

    assert "could not be listed in time" in said or "no answer within" in said
    assert not (project.folder / ".dvc/config.local").exists()


def test_a_server_that_is_down(project: Project, doctor: Doctor) -> None:
    project.configure(tracking={"uri": "http://127.0.0.1:9"})

    said = doctor.failure("tracking")

    assert "does not answer" in said
    assert "curl http://127.0.0.1:9/health" in said


def test_an_engine_that_is_not_running(doctor: Doctor, tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}

    assert "no engine is running there" in doctor.failure("hosts", environ=nowhere)
    assert "no engine is running there" in doctor.failure("builder", environ=nowhere)


def test_checks_that_load_the_same_libraries_do_not_stop_each_other(project: Project, tmp_path: Path) -> None:
    project.configure(image={"repository": "127.0.0.1:9/acme/sentiment"})
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"}

    found = project.headgate("doctor", "--format", "json", "--skip", "data", environ=nowhere)

    assert "the check itself failed" not in found.stdout
    assert {one["check"] for one in found.json["findings"] if one["state"] == "fail"} == {
        "builder",
        "hosts",
        "image-registry",
    }


def test_a_host_that_nobody_listens_on(project: Project, doctor: Doctor, tmp_path: Path) -> None:
    project.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key"))
    public = (tmp_path / "key.pub").read_text()
    project.write("known_hosts", f"[127.0.0.1]:9 {public}")
    project.configure(deploy={"hosts": ["ssh://deploy@127.0.0.1:9"], "known_hosts": "known_hosts"})

    said = doctor.failure("hosts", environ={"HEADGATE_SSH_KEY": (tmp_path / "key").read_text()})

    assert "nobody listens on port 9" in said
    assert "systemctl status ssh" in said


def test_text_for_a_person_and_a_page_for_the_summary(project: Project, tmp_path: Path) -> None:
    (project.folder / "Dockerfile").unlink()
    only = ("--only", "configuration", "--only", "credentials")

    text = project.headgate("doctor", *only)
    page = project.headgate("doctor", *only, "--format", "markdown")

    assert (text.exit_code, page.exit_code) == (3, 3)
    assert " FAIL  configuration   There is no Dockerfile" in text.stdout
    assert "fix: Write one, or end before it: headgate release --until register" in text.stdout
    assert max(map(len, text.stdout.splitlines())) <= 96
    assert "| **fail** | configuration |" in page.stdout


def test_a_check_that_is_not_one_is_refused(project: Project) -> None:
    refused = project.headgate("doctor", "--only", "dta")

    assert refused.exit_code == 2
    assert "did you mean 'data'" in refused.stderr


def test_a_configuration_with_a_mistake_comes_first(project: Project) -> None:
    project.write("headgate.yaml", "version: 1\nmodle: animals\n")

    assert project.headgate("doctor").exit_code == 2
