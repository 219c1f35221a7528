"""The program that builds, and the commands it is given.

buildx where it answers. Else the docker client itself, if it still has BuildKit inside: from 18.09 until 23, when
BuildKit moved into buildx. Several clients may be on PATH, and the first need not be the one that can build.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from headgate.errors import CouldNotCarryOut
from headgate.process import Runner

ENVIRONMENT = {
    "DOCKER_BUILDKIT": "1",
    "BUILDKIT_PROGRESS": "plain",
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",  # they would make an index of every image, with a digest of its own
}

_VERSION = re.compile(r"Docker version (\d+)\.(\d+)")
_BUILDKIT_INSIDE = ((18, 9), (23, 0))


class NoBuilder(CouldNotCarryOut):
    """No program on PATH can build."""

    title = "there is no image builder"


@dataclass(frozen=True)
class Builder:
    """A docker client that can build; `buildx` says through what."""

    program: str
    buildx: bool


@dataclass(frozen=True)
class Request:
    """What is to be built. `cache` is an image whose layers may be taken from its registry; `tag` a full reference."""

    folder: Path
    dockerfile: Path
    tag: str
    labels: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None
    cache: str | None = None


def find_builder(run: Runner, programs: Sequence[str] | None = None) -> Builder:
    """The first docker client on PATH that can build with BuildKit.

    Raises:
        NoBuilder: none can; says what each one lacks.
    """
    programs = docker_clients() if programs is None else programs
    for program in programs:
        if run([program, "buildx", "version"]).ok:
            return Builder(program, buildx=True)
    versions = {program: _version(run([program, "--version"]).stdout) for program in programs}
    for program, version in versions.items():
        if version and _BUILDKIT_INSIDE[0] <= version < _BUILDKIT_INSIDE[1]:
            return Builder(program, buildx=False)
    raise NoBuilder(
        "".join(f"{program} has neither buildx nor BuildKit of its own.\n" for program in programs).rstrip()
        or "No docker client is on PATH.",
        hint="Install Docker with its buildx plugin (docker-buildx-plugin).",
    )


def docker_clients(path: str | None = None) -> list[str]:
    """Every docker client on PATH, in order, each once however many names it has."""
    folders = (os.environ.get("PATH", "") if path is None else path).split(os.pathsep)
    found = (Path(folder) / "docker" for folder in folders if folder)
    distinct = {file.resolve(): str(file) for file in reversed([*found]) if os.access(file, os.X_OK)}
    return list(reversed(distinct.values()))


def build_command(builder: Builder, request: Request) -> list[str]:
    """Builds the image and leaves it in the engine, under one tag."""
    start = ["buildx", "build", "--load"] if builder.buildx else ["build"]
    return [
        builder.program,
        *start,
        f"--file={request.dockerfile}",
        f"--tag={request.tag}",
        *(f"--label={name}={value}" for name, value in sorted(request.labels.items())),
        *([f"--platform={request.platform}"] if request.platform else []),
        *_cache_options(builder, request.cache),
        "--",
        str(request.folder),
    ]


def push_command(builder: Builder, reference: str) -> list[str]:
    """Pushes one tag; the credentials are those of `docker login`."""
    return [builder.program, "push", "--", reference]


def _cache_options(builder: Builder, cache: str | None) -> list[str]:
    """Layers from the last image, and in the new one a note of its own, so that the next build may do the same."""
    if cache is None:
        return []
    if builder.buildx:
        return [f"--cache-from=type=registry,ref={cache}", "--cache-to=type=inline"]
    return [f"--cache-from={cache}", "--build-arg=BUILDKIT_INLINE_CACHE=1"]


def _version(text: str) -> tuple[int, int] | None:
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2])) if found else None
