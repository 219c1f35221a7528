"""Finding a program that can build, and the commands it is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from headgate.image.builder import (
    Builder,
    NoBuilder,
    Request,
    build_command,
    docker_clients,
    find_builder,
    push_command,
)
from headgate.process import Completed

REQUEST = Request(
    folder=Path("/project"),
    dockerfile=Path("/project/Dockerfile"),
    tag="acme/sentiment:20261121101502-3f2c1ab",
    labels={"dev.headgate.model": "sentiment", "a": "it's; $(id)"},
)


class Machine:
    """Docker clients by path: the version each one says, and whether it has buildx."""

    def __init__(self, clients: Mapping[str, tuple[str, bool]]) -> None:
        self.clients = clients

    def __call__(self, argv: Any, **_options: Any) -> Completed:
        version, buildx = self.clients[argv[0]]
        if argv[1:] == ["buildx", "version"]:
            return Completed(tuple(argv), 0 if buildx else 1, "", "")
        return Completed(tuple(argv), 0, f"Docker version {version}, build deadbee\n", "")

    def find(self) -> Builder:
        return find_builder(self, list(self.clients))


def test_buildx_is_preferred() -> None:
    machine = Machine({"/usr/local/bin/docker": ("28.2.2", True), "/usr/bin/docker": ("20.10.24+dfsg1", False)})

    assert machine.find() == Builder("/usr/local/bin/docker", buildx=True)


def test_an_older_client_with_buildkit_inside_is_found_behind_a_newer_one_without() -> None:
    machine = Machine({"/usr/local/bin/docker": ("28.2.2", False), "/usr/bin/docker": ("20.10.24+dfsg1", False)})

    assert machine.find() == Builder("/usr/bin/docker", buildx=False)


@pytest.mark.parametrize("version", ["28.2.2", "23.0.0", "18.06.1-ce"])
def test_a_client_that_cannot_build_is_named(version: str) -> None:
    with pytest.raises(NoBuilder, match="/usr/bin/docker has neither buildx nor BuildKit of its own") as refused:
        Machine({"/usr/bin/docker": (version, False)}).find()
    assert "buildx" in (refused.value.hint or "")


def test_no_client_at_all_is_said() -> None:
    with pytest.raises(NoBuilder, match="No docker client is on PATH"):
        Machine({}).find()


def test_each_client_on_path_is_listed_once_and_in_order(tmp_path: Path) -> None:
    for name in ("first", "second", "empty"):
        (tmp_path / name).mkdir()
    for name in ("first", "second"):
        (tmp_path / name / "docker").write_text("#!/bin/sh\n")
        (tmp_path / name / "docker").chmod(0o755)
    (tmp_path / "link").symlink_to(tmp_path / "second")
    folders = ["", *(str(tmp_path / name) for name in ("empty", "first", "second", "link"))]

    assert docker_clients(os.pathsep.join(folders)) == [str(tmp_path / n / "docker") for n in ("first", "second")]


def test_buildx_leaves_the_image_in_the_engine() -> None:
    assert build_command(Builder("docker", buildx=True), REQUEST) == [
        "docker",
        "buildx",
        "build",
        "--load",
        "--file=/project/Dockerfile",
        "--tag=acme/sentiment:20261121101502-3f2c1ab",
        "--label=a=it's; $(id)",
        "--label=dev.headgate.model=sentiment",
        "--",
        "/project",
    ]


def test_layers_come_from_the_last_image_of_the_registry() -> None:
    request = Request(REQUEST.folder, REQUEST.dockerfile, REQUEST.tag, platform="linux/arm64", cache="acme/x:latest")

    through_buildx = build_command(Builder("docker", buildx=True), request)
    through_client = build_command(Builder("docker", buildx=False), request)

    assert {"--platform=linux/arm64", "--cache-from=type=registry,ref=acme/x:latest"} <= set(through_buildx)
    assert {"--platform=linux/arm64", "--cache-from=acme/x:latest"} <= set(through_client)
    assert "--cache-to=type=inline" in through_buildx
    assert "--build-arg=BUILDKIT_INLINE_CACHE=1" in through_client


def test_a_tag_is_pushed_by_its_full_name() -> None:
    assert push_command(Builder("docker", buildx=True), "acme/x:1") == ["docker", "push", "--", "acme/x:1"]
