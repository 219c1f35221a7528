"""The image in a registry: what was verified is what is there."""

import socket

import docker
import pytest

from headgate.console import Console
from headgate.hosts import Local
from headgate.image.builder import find_builder
from headgate.image.pushing import PushFailed, push
from headgate.process import run

pytestmark = pytest.mark.engine


def test_the_registry_has_what_was_verified_under_every_tag(repository) -> None:
    image = repository.build(repository=repository.pushed_to)

    assert image.pushed is True
    assert image.reference == f"{repository.pushed_to}@{image.digest}"
    for tag in image.tags:
        assert repository.engine.images.get_registry_data(f"{repository.pushed_to}:{tag}").id == image.digest


def test_the_pushed_image_runs_by_digest_on_an_engine_that_never_saw_it(repository) -> None:
    image = repository.build(repository=repository.pushed_to)
    repository.remove_images()

    assert repository.engine.containers.run(image.reference, remove=True) == b"served\n"


def test_a_second_image_takes_the_name_latest_and_leaves_the_first_alone(repository) -> None:
    first = repository.build(repository=repository.pushed_to)
    repository.write(repository.model_path, "a better model")
    repository.commit()
    repository.gate()

    second = repository.build(repository=repository.pushed_to)

    digests = {
        tag: repository.engine.images.get_registry_data(f"{repository.pushed_to}:{tag}").id
        for tag in (first.tags[1], second.tags[1], "latest")
    }
    assert digests == {first.tags[1]: first.digest, second.tags[1]: second.digest, "latest": second.digest}


def test_an_image_that_fails_its_verification_is_never_pushed(repository) -> None:
    repository.write(
        "Dockerfile", "FROM python:3.11-slim\nWORKDIR /app\nRUN mkdir models && echo other > models/model.bin\n"
    )

    with pytest.raises(Exception, match="was gated"):
        repository.build(repository=repository.pushed_to)
    with pytest.raises(docker.errors.NotFound):
        repository.engine.images.get_registry_data(f"{repository.pushed_to}:latest")


def test_a_registry_that_is_down_is_said_before_anything_is_built(repository) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"

        with pytest.raises(PushFailed, match=f"The registry of {address}/{repository.name} does not answer") as failed:
            repository.build(repository=f"{address}/{repository.name}")

    assert failed.value.exit_code == 3
    assert repository.images() == []


def test_a_registry_that_goes_down_during_the_build_fails_the_push(repository) -> None:
    image = repository.build()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        gone = f"127.0.0.1:{nobody.getsockname()[1]}/{repository.name}"
        local = Local()
        local.engine.images.tag(image.digest, gone, "1")

        with (
            pytest.raises(PushFailed, match="connection refused") as failed,
            Console(repository.talk, environ={}).step("build") as step,
        ):
            push(find_builder(run), gone, ["1"], engine=local.engine, run=run, step=step)

    assert "image.repository" in (failed.value.hint or "")
    local.close()
