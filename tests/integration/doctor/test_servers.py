"""A real tracking server, image registries that ask for a login, and GitHub's stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from headgate.image.access import LoginRefused, RegistrySilent, access_to
from support.github_server import github_server
from support.image_registry import PASSWORD, USER, TokenRegistry, logged_in, registry_with_password
from support.mlflow_server import tracking_server
from support.project import Project

from .conftest import Doctor


@pytest.fixture(scope="module")
def mlflow_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    allowed = ("--allowed-hosts", "127.0.0.1:*")
    with tracking_server(folder, "--artifacts-destination", str(folder / "artifacts"), *allowed) as url:
        yield url


def test_a_tracking_server_takes_a_run_and_a_model_and_keeps_neither(
    project: Project, doctor: Doctor, mlflow_url: str
) -> None:
    project.configure(tracking={"uri": mlflow_url}, registry={"uri": "tracking"})

    findings = doctor("tracking", "registry", "clock", code=0)

    assert {finding["state"] for finding in findings} == {"ok"}
    assert "run written and deleted" in str(findings)
    client = mlflow.MlflowClient(tracking_uri=mlflow_url)
    assert list(client.search_runs(["0"])) == []
    assert list(client.search_registered_models()) == []
    assert [one.name for one in client.search_experiments()] == ["Default"]


def test_an_experiment_that_is_there_takes_a_file_too(project: Project, doctor: Doctor, mlflow_url: str) -> None:
    client = mlflow.MlflowClient(tracking_uri=mlflow_url)
    experiment = client.create_experiment("zoo")
    project.configure(tracking={"uri": mlflow_url, "experiment": "zoo"})

    (found,) = doctor("tracking", code=0)

    assert "run and artifact written and deleted" in found["why"]
    assert list(client.search_runs([experiment])) == []
    client.delete_experiment(experiment)
    assert "mlflow experiments restore" in doctor.failure("tracking")


def test_a_server_that_refuses_its_name_says_how_to_start_it(project: Project, doctor: Doctor, mlflow_url: str) -> None:
    by_another_name = mlflow_url.replace("127.0.0.1", "localhost")
    project.configure(tracking={"uri": by_another_name}, registry={"uri": "tracking"})

    for check in ("tracking", "registry"):
        said = doctor.failure(check)
        assert "does not answer under this name" in said
        assert f"mlflow server --allowed-hosts {by_another_name.removeprefix('http://')}" in said


@pytest.fixture(scope="module")
def with_password(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registry_with_password(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


def test_a_registry_takes_who_is_logged_in(
    project: Project, doctor: Doctor, with_password: str, tmp_path: Path
) -> None:
    project.configure(image={"repository": f"{with_password}/acme/sentiment"})

    (found,) = doctor("image-registry", code=0, environ=logged_in(tmp_path / "docker", with_password))

    assert (found["state"], f"as {USER}: may push acme/sentiment" in found["why"]) == ("ok", True)


def test_a_registry_refuses_the_wrong_password_and_nobody_at_all(
    project: Project, doctor: Doctor, with_password: str, tmp_path: Path
) -> None:
    project.configure(image={"repository": f"{with_password}/acme/sentiment"})

    wrong = doctor.failure("image-registry", environ=logged_in(tmp_path / "docker", with_password, "wrong password"))
    nobody = doctor.failure("image-registry", environ={"DOCKER_CONFIG": str(tmp_path)})

    assert "refused the login of octocat" in wrong
    assert "wrong password" not in wrong
    assert "it asks for a login" in nobody
    assert f"docker login {with_password}" in nobody


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


LOGIN = {"HEADGATE_REGISTRY_USERNAME": USER, "HEADGATE_REGISTRY_PASSWORD": PASSWORD}


def test_a_token_is_fetched_for_pushing_and_the_upload_is_cancelled(nobody: None) -> None:
    stand_in = TokenRegistry()
    with stand_in.running() as registry:
        access = access_to(f"{registry}/acme/sentiment", environ=LOGIN)

    assert (access.user, access.push) == (USER, True)
    assert stand_in.uploads == set()
    assert stand_in.asked[-1] == "DELETE /v2/acme/sentiment/blobs/uploads/1"


def test_who_may_only_read_may_not_push(nobody: None) -> None:
    with TokenRegistry(writers=()).running() as registry:
        reader = access_to(f"{registry}/acme/sentiment", environ=LOGIN)
        stranger = access_to(f"{registry}/acme/sentiment", environ={})

    assert (reader.user, reader.push) == (USER, False)
    assert (stranger.user, stranger.push) == (None, False)


def test_a_token_is_not_handed_out_for_a_wrong_password(nobody: None) -> None:
    with TokenRegistry().running() as registry, pytest.raises(LoginRefused, match="refused the login of octocat"):
        access_to(f"{registry}/acme/sentiment", environ={**LOGIN, "HEADGATE_REGISTRY_PASSWORD": "wrong"})


def test_a_registry_that_is_down_is_no_login_problem(nobody: None) -> None:
    with pytest.raises(RegistrySilent, match="does not answer"):
        access_to("127.0.0.1:9/acme/sentiment", environ={})


def workflow(url: str, token: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "octocat/houses",
        "GITHUB_API_URL": url,
        "GITHUB_TOKEN": token,
    }


def test_github_knows_the_token_or_does_not(doctor: Doctor) -> None:
    with github_server() as server:
        server.github.repository("octocat/houses")
        server.github.token("ghs_well")
        (well,) = doctor("github", code=0, environ=workflow(server.url, "ghs_well"))
        unknown = doctor.failure("github", environ=workflow(server.url, "ghs_expired"))
        (none,) = doctor("github", code=0, environ=workflow(server.url, ""))

    assert "octocat/houses answers" in well["why"]
    assert "ghs_" not in str(well) + unknown
    assert "401" in unknown or "token" in unknown
    assert (none["state"], "github.token" in none["fix"]) == ("warn", True)
