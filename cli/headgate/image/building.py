"""The build under way: its progress for whoever waits, and what went wrong in words."""

from __future__ import annotations

import re

from headgate.console import Step
from headgate.errors import CouldNotCarryOut
from headgate.image.builder import ENVIRONMENT, Builder, Request, build_command
from headgate.masking import mask
from headgate.process import Completed, Runner

_TIMEOUT = 3600.0
_STAGE = re.compile(r"^#\d+ \[(?:[^\]\s]+ )?\s*(\d+)/(\d+)\] (.+)")
_NOISE = re.compile(r"^(#\d+ (CACHED|DONE|sha256:|\.\.\.)|-+$|\s*$)")
_SHOWN = 12  # lines of the build that an error repeats


class BuildFailed(CouldNotCarryOut):
    """The builder did not make the image."""

    title = "the image could not be built"


def build_image(builder: Builder, request: Request, *, run: Runner, step: Step) -> None:
    """Build, and leave the image in the engine under `request.tag`.

    Raises:
        BuildFailed: with the end of the build's output.
        TimedOut: after an hour.
    """
    command = build_command(builder, request)

    def follow(line: str) -> None:
        step.detail(line)
        if stage := _STAGE.match(line):
            step.doing(stage[3], int(stage[1]), int(stage[2]))

    completed = run(command, env=ENVIRONMENT, timeout=_TIMEOUT, on_line=follow)
    if not completed.ok:
        raise failure(completed, request)


def failure(completed: Completed, request: Request) -> BuildFailed:
    """The end of the build's output, and what usually helps."""
    lines = [line for line in completed.tail if not _NOISE.match(line)]
    said = "\n".join(mask(line) for line in lines[-_SHOWN:]) or completed.last_words
    return BuildFailed(f"{request.dockerfile} did not build:\n{said}", hint=_hint(said))


def _hint(said: str) -> str:
    if "no space left on device" in said:
        return "docker system df shows what takes the space; docker builder prune frees old build cache."
    if re.search(r"Cannot connect to the Docker daemon|docker daemon running", said):
        return "sudo systemctl start docker, or start Docker Desktop; DOCKER_HOST names another engine."
    if re.search(r"failed to resolve source metadata|pull access denied|failed to do request", said):
        return "Is the base image's name right, and can this machine reach its registry?"
    if re.search(r"failed to (compute|calculate) (cache key|checksum)|: not found", said):
        return "A file that COPY names is not in the build context; .dockerignore may leave it out."
    return "The same build by hand, with all of its output: headgate build -v"
