"""The registry that headgate.yaml names."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from headgate.config import Config
from headgate.errors import UsageError
from headgate.lineage.git import Git
from headgate.lineage.source import actor, now
from headgate.process import Runner
from headgate.process import run as run_program
from headgate.registry.base import Registry


def open_registry(
    config: Config,
    *,
    project: Path,
    run: Runner = run_program,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = now,
) -> Registry:
    """The registry of `config`; nothing is asked of it yet.

    Args:
        config: `registry`, `model`, `data.remote` and `tracking` are read.
        project: the folder of headgate.yaml.
        run: how git and dvc are run.
        environ: who registers, where GitHub says so.
        clock: the time, in UTC.

    Raises:
        UsageError: `registry.uri` names none, or the git registry cannot be told which remote is meant.
    """
    uri = config.tracking.uri if config.registry.uri == "tracking" else config.registry.uri
    if uri == "git":
        return _git_registry(config, project, run, actor(environ), clock)
    scheme = uri.partition("://")[0].lower()
    if scheme not in ("sqlite", "http", "https"):
        raise UsageError(
            f"registry.uri begins with '{scheme or uri}', which is no registry headgate knows.",
            hint="registry: {uri: git}, or {uri: tracking}, or sqlite:///… or https://… for MLflow",
        )
    from headgate.registry.mlflow import MlflowRegistry
    from headgate.registry.mlflow_client import located

    return MlflowRegistry(
        config.model,
        config.registry.alias,
        config.registry.stage,
        uri=located(uri, project),
        experiment=config.experiment,
        clock=clock,
    )


def _git_registry(config: Config, project: Path, run: Runner, who: str, clock: Callable[[], datetime]) -> Registry:
    from headgate.registry.dvc_store import DvcStore
    from headgate.registry.git import GitRegistry
    from headgate.registry.tags import SharedTags, registry_remote

    if ".." in config.model:
        raise UsageError(
            f"The git registry makes tags of the model's name, and git takes no '..' in a tag: {config.model}.",
            hint=f"model: {config.model.replace('..', '.')}",
        )
    git = Git(project, run)
    return GitRegistry(
        config.model,
        config.registry.alias,
        tags=SharedTags(git, registry_remote(git)),
        store=DvcStore(project, config.data.remote, run),
        actor=who,
        clock=clock,
    )
