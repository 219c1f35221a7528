"""A build under way: what is shown, and what an error says."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headgate.console import Console
from headgate.image.builder import Builder, Request
from headgate.image.building import BuildFailed, build_image
from headgate.process import Completed

REQUEST = Request(Path("/project"), Path("/project/Dockerfile"), "sentiment:1")
LINES = [
    "#5 [internal] load build context",
    "#9 [4/6] RUN pip install --requirement requirements.txt",
    "#9 CACHED",
    "#10 [stage-1 5/6] COPY models/model.joblib models/",
]


def build(lines: list[str], returncode: int) -> str:
    """Run a build that says `lines`; what was written on the way."""

    def run(argv: Any, *, on_line: Callable[[str], None], **_options: Any) -> Completed:
        for line in lines:
            on_line(line)
        return Completed(tuple(argv), returncode, "", "", tuple(lines))

    talk = io.StringIO()
    with Console(talk, environ={}, verbosity=1).step("build") as step:
        build_image(Builder("docker", buildx=True), REQUEST, run=run, step=step)  # type: ignore[arg-type]
        return talk.getvalue()


def test_every_line_of_the_build_is_a_detail() -> None:
    assert "RUN pip install" in build(LINES, 0)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ('ERROR: failed to calculate checksum of ref x: "/models/model.joblib": not found', ".dockerignore"),
        ("ERROR: write /layer: no space left on device", "docker builder prune"),
        ("ERROR: python:3.12-slim: failed to resolve source metadata for docker.io/library/python", "base image"),
        ("ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "systemctl start docker"),
        ('ERROR: process "/bin/sh -c pip install" did not complete successfully: exit code: 1', "headgate build -v"),
    ],
)
def test_an_error_repeats_the_end_of_the_build_and_says_what_to_do(said: str, hint: str) -> None:
    with pytest.raises(BuildFailed) as failed:
        build([*LINES, "------", "", said], 1)

    assert said in failed.value.message
    assert "CACHED" not in failed.value.message
    assert hint in (failed.value.hint or "")
