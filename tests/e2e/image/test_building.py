"""An image of the gated model, on this machine's engine."""

import socket
from pathlib import Path

import pytest

from headgate.hosts import Local
from headgate.hosts.trouble import EngineUnreachable
from headgate.image.builder import find_builder
from headgate.image.building import BuildFailed
from headgate.image.contents import WrongModelInside
from headgate.image.context import AnotherCommit, ModelNotInContext, NotTheGatedModel
from headgate.process import run

pytestmark = pytest.mark.engine


def test_the_image_holds_the_gated_model_and_says_where_it_comes_from(repository) -> None:
    image = repository.build()

    commit = repository.record.source.commit
    assert image.tags == ("20261121101502", f"20261121101502-{commit[:7]}", "latest")
    assert repository.images() == sorted(f"{repository.name}:{tag}" for tag in image.tags)
    assert image.pushed is False
    assert image.platform == Local().engine.info().platform
    assert image.model_digest == repository.model.digest

    found = repository.engine.images.get(image.digest)
    assert found.id == image.digest == image.reference
    assert found.labels["org.opencontainers.image.revision"] == commit
    assert found.labels["dev.headgate.release"] == image.tags[1]
    assert found.labels["dev.headgate.model-digest"] == repository.model.digest
    assert repository.engine.containers.run(image.digest, remove=True) == b"served\n"


def test_a_folder_may_be_the_model(folder_repository) -> None:
    assert folder_repository.build().model_digest == folder_repository.model.digest


def test_the_plain_client_builds_where_there_is_no_buildx(
    repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not Path("/usr/bin/docker").exists():
        pytest.skip("no second docker client")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").symlink_to("/usr/bin/docker")
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "no-plugins"))

    assert find_builder(run).buildx is False
    image = repository.build(repository=repository.pushed_to)

    assert repository.engine.images.get_registry_data(f"{image.repository}:latest").id == image.digest


def test_a_model_changed_after_the_gate_is_not_built(repository) -> None:
    repository.write(repository.model_path, "something else")

    with pytest.raises(NotTheGatedModel, match="is not the model that was gated"):
        repository.build()
    assert repository.images() == []


def test_a_context_without_the_model_is_not_built(repository) -> None:
    (repository.folder / repository.model_path).unlink()

    with pytest.raises(ModelNotInContext, match=r"There is no models/model\.bin"):
        repository.build()


def test_an_ignore_file_that_leaves_the_model_out_is_named(repository) -> None:
    repository.write(".dockerignore", "models\n")
    repository.commit()
    repository.gate()

    with pytest.raises(ModelNotInContext, match=r"\.dockerignore leaves models/model\.bin out"):
        repository.build()


def test_a_build_that_changes_the_model_leaves_no_image(repository) -> None:
    repository.write(
        "Dockerfile", "FROM python:3.11-slim\nWORKDIR /app\nCOPY models/ models/\nRUN echo x >> models/model.bin\n"
    )

    with pytest.raises(WrongModelInside, match=repository.model.digest):
        repository.build()
    assert repository.images() == []
    assert repository.engine.containers.list(all=True, filters={"label": "dev.headgate.purpose=look-inside"}) == []


def test_an_image_without_the_model_where_it_should_be_leaves_no_image(repository) -> None:
    repository.write("Dockerfile", "FROM python:3.11-slim\nCOPY models/ /opt/models/\n")

    with pytest.raises(WrongModelInside, match=r"The image holds nothing at /models/model\.bin") as refused:
        repository.build()
    assert "image.model_path" in (refused.value.hint or "")
    assert repository.images() == []


def test_the_model_may_be_anywhere_in_the_image(repository) -> None:
    repository.write("Dockerfile", "FROM scratch\nCOPY models/ /opt/models/\n")

    assert repository.build(model_path="/opt/models/model.bin").digest


def test_sources_of_another_commit_are_not_built(repository) -> None:
    repository.commit()

    with pytest.raises(AnotherCommit, match="the record belongs to"):
        repository.build()
    assert repository.images() == []


def test_a_dockerfile_that_fails_shows_what_it_said(repository) -> None:
    repository.write("Dockerfile", "FROM python:3.11-slim\nRUN echo the last words && exit 3\n")

    with pytest.raises(BuildFailed) as failed:
        repository.build()

    assert "the last words" in failed.value.message
    assert failed.value.exit_code == 3
    assert repository.images() == []


def test_a_file_that_is_not_in_the_context_is_named(repository) -> None:
    repository.write("Dockerfile", "FROM python:3.11-slim\nCOPY gone.py .\n")

    with pytest.raises(BuildFailed, match=r"gone\.py"):
        repository.build()


def test_the_build_says_what_it_does(repository) -> None:
    repository.build()

    assert "COPY models/ models/" in repository.talk.getvalue()


def test_an_engine_that_does_not_run_is_said(repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "docker.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    with pytest.raises(EngineUnreachable) as refused:
        repository.build()
    assert "systemctl start docker" in (refused.value.hint or "")
