"""What nobody can read from a repository and somebody has to say; everything else is not asked."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from headgate.onboarding.findings import KNOWN_HOSTS, Findings

LOCAL = "local"
NONE = "none"
_PLACEHOLDER_MODEL = "models/model.joblib"


class Questions(Protocol):
    """Somebody who answers. Every question comes with the answer that is taken when nobody does."""

    def text(self, question: str, default: str) -> str:
        """One line."""

    def choose(self, question: str, options: Sequence[str], default: str) -> str:
        """One of `options`."""

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""


class Unasked:
    """Nobody is there (`--yes`): every question has its default answer."""

    def text(self, question: str, default: str) -> str:  # noqa: ARG002
        """The default."""
        return default

    def choose(self, question: str, options: Sequence[str], default: str) -> str:  # noqa: ARG002
        """The default."""
        return default

    def confirm(self, question: str, *, default: bool) -> bool:  # noqa: ARG002
        """The default."""
        return default


@dataclass(frozen=True)
class Answers:
    """What the files are written from.

    Args:
        name: the registered model's.
        model: its file or folder; `model_known` is False where that is only a placeholder.
        predictions: the file with one row per test example, or None.
        hosts: as `deploy.hosts` takes them.
        known_hosts: the file with the hosts' keys, relative to the project.
        repository: where the image is pushed; None: nowhere.
        service: whether a Dockerfile, and a serve.py where there is no application, are wanted.
    """

    name: str
    model: str
    model_known: bool
    predictions: str | None
    hosts: tuple[str, ...]
    known_hosts: str
    repository: str | None
    service: bool

    @property
    def over_ssh(self) -> bool:
        """Whether any host is another machine."""
        return any(host != LOCAL for host in self.hosts)


def ask(findings: Findings, questions: Questions, *, service: bool | None = None) -> Answers:
    """The answers, with as few questions as the findings allow; `service` answers one of them beforehand."""
    existing = findings.existing
    name = existing.model if existing else model_name(findings)
    model, known = _model(findings, questions)
    hosts = existing.deploy.hosts if existing else _hosts(questions)
    repository = existing.image.repository if existing else None
    if repository is None and any(host != LOCAL for host in hosts):
        repository = questions.text("Where is the image pushed, so that the hosts can pull it?", image_name(findings))
    wanted = False
    if not findings.containers:
        wanted = service if service is not None else questions.confirm(_offer(findings), default=True)
    pinned = (existing.deploy.known_hosts if existing else None) or posixpath.relpath(KNOWN_HOSTS, findings.folder)
    return Answers(name, model, known, _predictions(findings, questions), hosts, pinned, repository, wanted)


def model_name(findings: Findings) -> str:
    """What dvc.yaml calls the model, else the folder's or the repository's name, in letters that every part takes."""
    origin = (findings.repository.origin or "").removesuffix(".git").rstrip("/")
    folder = findings.folder.rpartition("/")[2] if findings.folder != "." else ""
    for name in (findings.pipeline.name, folder, re.split(r"[/:]", origin)[-1], findings.project.resolve().name):
        plain = re.sub(r"[^a-z0-9]+", "-", (name or "").lower()).strip("-")[:63].strip("-")
        if plain:
            return plain
    return "model"


def image_name(findings: Findings) -> str:
    """The package registry beside a GitHub repository; elsewhere a name that is plainly an example."""
    origin = re.search(r"github\.com[/:]([\w.-]+)/", findings.repository.origin or "")
    return f"ghcr.io/{origin[1].lower() if origin else 'acme'}/{model_name(findings)}"


def _model(findings: Findings, questions: Questions) -> tuple[str, bool]:
    if findings.existing and "model" in findings.existing.train.model_fields_set:
        return findings.existing.train.model, True
    found = findings.pipeline.models
    if len(found) > 1:
        return questions.choose("Which of these is the model that ships?", found, found[0]), True
    if found:
        return found[0], True
    said = questions.text("Which file or folder does training write the model to?", _PLACEHOLDER_MODEL)
    return said, said != _PLACEHOLDER_MODEL or (findings.project / said).exists()


def _predictions(findings: Findings, questions: Questions) -> str | None:
    if findings.existing:
        return findings.existing.train.predictions
    usable = [table.path for table in findings.tables if table.usable]
    if len(usable) > 1:
        return questions.choose("Which of these has one row per test example?", usable, usable[0])
    if usable or findings.numbers or findings.tables:
        return usable[0] if usable else None
    said = questions.text("Which file has one prediction per test example (parquet, CSV, JSON Lines)?", NONE)
    return None if said in (NONE, "") else said


def _hosts(questions: Questions) -> tuple[str, ...]:
    said = questions.text("Which hosts serve the model (local, or ssh://user@host, several with commas)?", LOCAL)
    return tuple(host.strip() for host in said.split(",") if host.strip()) or (LOCAL,)


def _offer(findings: Findings) -> str:
    if findings.services:
        return f"There is no Dockerfile. Write one for {findings.services[0].path}?"
    return "There is no service and no Dockerfile. Write a FastAPI serve.py and a Dockerfile to begin with?"
