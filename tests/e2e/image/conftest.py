"""A git repository with a gated model and a Dockerfile, built with the real engine and pushed to a real registry."""

from __future__ import annotations

import io
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import docker
import pytest

from headgate.config.models import Image as ImageConfig
from headgate.console import Console
from headgate.image import build
from headgate.lineage.digests import digest
from headgate.lineage.git import Git
from headgate.lineage.source import source_of
from headgate.record import Image, Model, Record

REGISTRY = os.environ.get("HEADGATE_LAB_REGISTRY", "127.0.0.1:5000")
NOW = datetime(2026, 11, 21, 10, 15, 2, tzinfo=timezone.utc)
DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /app
COPY models/ models/
CMD ["python", "-c", "print('served')"]
"""


@dataclass
class Repository:
    """The repository in `folder`; its images are called `name`, wherever they are."""

    folder: Path
    engine: docker.DockerClient
    model_path: str = "models/model.bin"
    name: str = field(default_factory=lambda: f"hgtest-{uuid.uuid4().hex[:8]}")
    talk: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.git("init", "--quiet")
        self.git("config", "user.name", "octocat")
        self.git("config", "user.email", "octocat@example.com")
        self.write("Dockerfile", DOCKERFILE)
        self.write(".gitignore", "models/\n")
        self.write(self.model_path, uuid.uuid4().hex)
        self.commit()
        self.gate()

    @property
    def pushed_to(self) -> str:
        """Where the registry of the tests would have the image."""
        return f"{REGISTRY}/headgate-test/{self.name}"

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a model")

    def gate(self) -> None:
        """Take the model and the commit as they are now for what was gated and registered."""
        self.model = Model(
            name=self.name,
            version="8",
            registry="git",
            digest=digest(self.folder / self.model_path),
            registered_at=NOW,
        )
        self.record = Record(headgate="0.1.0", name=self.name, source=source_of(Git(self.folder)), model=self.model)

    def build(self, **config: Any) -> Image:
        with Console(self.talk, environ={}, verbosity=1).step("build") as step:
            return build(
                ImageConfig(**config),
                self.record,
                self.model,
                project=self.folder,
                model_path=self.model_path,
                step=step,
                clock=lambda: NOW,
            )

    def images(self) -> list[str]:
        """The tags that the engine has of this repository, with and without a registry in front."""
        tags = [tag for image in self.engine.images.list() for tag in image.tags]
        return sorted(tag for tag in tags if self.name in tag)

    def remove_images(self) -> None:
        """Take them from the engine, those that were pulled by digest too."""
        for image in self.engine.images.list():
            if self.name in f"{image.tags} {image.attrs['RepoDigests']}":
                self.engine.images.remove(image.id, force=True)


@pytest.fixture
def repository(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Repository]:
    """A repository whose model is a file."""
    repository = Repository(tmp_path / "project", engine)
    yield repository
    repository.remove_images()


@pytest.fixture
def folder_repository(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Repository]:
    """A repository whose model is a folder."""
    repository = Repository(tmp_path / "project", engine, model_path="models/bert/weights.bin")
    repository.write("models/bert/a-b", "1")
    repository.write("models/bert/a/b.json", "2")
    repository.model_path = "models/bert"
    repository.gate()
    yield repository
    repository.remove_images()
