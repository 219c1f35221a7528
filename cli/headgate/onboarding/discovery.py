"""One look at a project: files are read, nothing of it is run, imported or changed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from headgate.config import DEFAULT_PATH, Config, ConfigError, load
from headgate.errors import CouldNotCarryOut
from headgate.lineage.dvc import root_of
from headgate.lineage.dvc_config import DvcConfig, read_config
from headgate.lineage.dvc_secrets import exposed
from headgate.lineage.params import read_metrics
from headgate.onboarding.findings import KNOWN_HOSTS, Findings, Repository
from headgate.onboarding.pipelines import read_pipeline
from headgate.onboarding.remotes import read_remotes
from headgate.onboarding.services import read_containers, read_services, tracking_server
from headgate.onboarding.tables import look_into

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*([=<>!~].*)?$")
_NONE: Mapping[str, str] = {}
_WORKFLOWS = Path(".github/workflows")


def discover(
    repository: Repository,
    folder: str = ".",
    *,
    environ: Mapping[str, str],
    python: str,
    installed: Mapping[str, str] = _NONE,
) -> Findings:
    """What is in the project `folder` of the repository.

    Args:
        repository: what git says of it.
        folder: the project, relative to the repository's root.
        environ: where DVC's configuration outside of the project is looked for.
        python: the version that trains, e.g. `3.11`, where no file says another.
        installed: versions of the packages that train, by name, where no requirement file pins them.

    Raises:
        DvcFileUnreadable, MergeConflictLeft: dvc.yaml is not what DVC can read.
        CouldNotCarryOut: .dvc/config is none of DVC's.
    """
    project = repository.root / folder
    pipeline = read_pipeline(project)
    dvc = root_of(project)
    config = read_config(dvc / ".dvc", environ) if dvc else DvcConfig({}, project / ".dvc")
    existing, invalid = _existing(project / DEFAULT_PATH, posixpath.relpath(KNOWN_HOSTS, folder))
    return Findings(
        repository=repository,
        folder=folder,
        pipeline=pipeline,
        tables=tuple(look_into(project, name) for name in pipeline.predictions),
        numbers=_numbers(project, pipeline.metrics),
        services=read_services(project),
        containers=read_containers(project),
        has_dvc=dvc is not None,
        remotes=read_remotes(config),
        exposed=exposed(config.folder),
        workflows=_texts(repository.root / _WORKFLOWS, ("*.yml", "*.yaml")),
        tracking=tracking_server(project),
        requirements=_requirements(project, installed),
        files=_files(repository.root, folder),
        existing=existing,
        invalid=invalid,
        python=_python(project) or python,
    )


def _existing(path: Path, known_hosts: str) -> tuple[Config | None, str | None]:
    """The configuration that is there, and what is wrong with it.

    Where nothing is wrong but that hosts over SSH lack the file with their keys, both are there: that file is written.
    """
    if not path.is_file():
        return None, None
    try:
        return load(path), None
    except ConfigError as error:
        return _completed(path, known_hosts), error.message


def _completed(path: Path, known_hosts: str) -> Config | None:
    """The configuration as it is once `deploy.known_hosts` is in it; None where that is not all that it lacks."""
    try:
        values = yaml.safe_load(path.read_bytes())
        values["deploy"].setdefault("known_hosts", known_hosts)
        return load(path, content=yaml.safe_dump(values).encode())
    except (ConfigError, yaml.YAMLError, TypeError, KeyError, AttributeError):
        return None


def _numbers(project: Path, files: tuple[str, ...]) -> dict[str, float]:
    """What the metrics files hold today; one that is not here or holds no number that can be compared adds nothing."""
    numbers: dict[str, float] = {}
    for name in files:
        try:
            numbers |= read_metrics(project, [name])
        except CouldNotCarryOut:
            continue
    return numbers


def _requirements(project: Path, installed: Mapping[str, str]) -> dict[str, str]:
    """The plain lines of the requirement files, by name; what they do not pin, in the version that is installed."""
    lines: dict[str, str] = {}
    for path in sorted(project.glob("requirements*.txt")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if found := _REQUIREMENT.match(line.partition("#")[0].rstrip()):
                lines.setdefault(found[1].lower().replace("_", "-"), found[0].strip())
    pinned = {name: f"{name}=={version}" for name, version in installed.items() if "==" not in lines.get(name, "")}
    return {**lines, **pinned}


def _python(project: Path) -> str | None:
    """The version that `.python-version` names."""
    path = project / ".python-version"
    found = re.match(r"\s*(3\.\d+)", path.read_text(encoding="utf-8")) if path.is_file() else None
    return found[1] if found else None


def _texts(folder: Path, patterns: tuple[str, ...]) -> dict[str, str]:
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern))
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in paths}


def _files(root: Path, folder: str) -> dict[str, str]:
    """The text of the files that init would add to, or that workflows read, by path relative to the root."""
    ignored = ".gitignore" if folder == "." else f"{folder}/.gitignore"
    names = (".pre-commit-config.yaml", "requirements.txt", KNOWN_HOSTS, ignored)
    return {name: (root / name).read_text(encoding="utf-8") for name in names if (root / name).is_file()}
