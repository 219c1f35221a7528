"""headgate.yaml against the project it stands in; credentials that should not be there, secrets that should."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from headgate.config import Config
from headgate.errors import HeadgateError
from headgate.hosts.identity import VARIABLE as SSH_KEY
from headgate.image.context import Context as BuildContext
from headgate.lineage.dvc import root_of
from headgate.lineage.dvc_secrets import exposed
from headgate.lineage.dvc_yaml import OUT_KINDS, PIPELINE, declared_paths, read_stages, working_directory
from headgate.workflow.doctor.finding import Context, Said, fail, failed, ok, warn
from headgate.workflow.job import Job
from headgate.workflow.preflight import check_dockerfile, check_policy


def configuration(context: Context) -> Iterator[Said]:
    """The policy can decide something, and what the steps read is there, or is made."""
    job, config = context.job, context.job.config
    sound = True
    yield from (warn(sentence) for sentence in job.skipped)
    for look in (check_policy, check_dockerfile):
        try:
            look(job)
        except HeadgateError as error:
            sound = False
            yield failed(error)
    try:
        _ = BuildContext.of(config.image, job.project, config.train.model).model_inside
    except HeadgateError as error:
        sound = False
        yield failed(error)
    if config.train.command is None and not job.path(PIPELINE).is_file():
        sound = False
        yield fail("there is no dvc.yaml, and train.command says nothing", "train: {command: python train.py}")
    yield from _unmade(job)
    if not config.health.checks:
        yield warn(
            "health.checks is empty: a release that answers nonsense would count as healthy",
            "health: {checks: [{path: /predict, method: POST, json: {…}, expect: {json: {…}}}]}",
        )
    if sound:
        count = len(config.gate.metrics) + len(config.gate.reported) + len(config.gate.slices)
        yield ok(f"{config.model} in {job.environment}: {count} rule{'' if count == 1 else 's'} in the gate")


def _unmade(job: Job) -> Iterator[Said]:
    """Files that training is to leave behind, and no stage of dvc.yaml names."""
    stages = read_stages(job.project, job.path(PIPELINE)).values()
    made = [
        PurePosixPath(os.path.normpath(f"{working_directory(stage)}/{path}"))
        for stage in stages
        for path, _ in declared_paths(stage, OUT_KINDS)
    ]
    train = job.config.train
    if not made or train.command is not None or any("$" in str(path) for path in made):
        return  # what a command of one's own writes, or a template's stage, nobody knows beforehand
    for key, name in {"model": train.model, "predictions": train.predictions}.items():
        if name and not job.path(name).exists() and not any(PurePosixPath(name).is_relative_to(path) for path in made):
            yield warn(f"train.{key} names {name}, which is not there and no stage of dvc.yaml makes", "dvc stage list")


def credentials(context: Context) -> Iterator[Said]:
    """Nothing that opens a door is in git."""
    root = root_of(context.job.project)
    found = exposed(root / ".dvc") if root else ()
    for one in found:
        yield warn(f"a credential is in git: {one.place}", "\n".join((*one.cure, "then revoke the old one")))
    if not found:
        yield ok("none in .dvc/config")


def secrets(context: Context) -> Iterator[Said]:
    """Every variable that the configuration hands on is set. Names only."""
    yield from missing_secrets(context.job.config, context.job.environ, in_ci=context.in_ci)


def missing_secrets(config: Config, environ: Mapping[str, str] = os.environ, *, in_ci: bool) -> Iterator[Said]:
    """What is not set, or empty, and where it is set."""
    absent = [name for name in config.deploy.secrets if not environ.get(name)]
    for name in absent:
        how = "is empty" if name in environ else "is not set"
        yield fail(f"{name} {how}, and deploy.secrets hands it to the container", _where_to_set(name, in_ci=in_ci))
    wandb = config.tracking.wandb
    if wandb and wandb.mode == "online" and not environ.get("WANDB_API_KEY"):
        yield warn(
            "WANDB_API_KEY is not set: W&B takes only what `wandb login` left on this machine",
            _where_to_set("WANDB_API_KEY", in_ci=in_ci),
        )
    over_ssh = any(host.startswith("ssh://") for host in config.deploy.hosts)
    if over_ssh and not environ.get(SSH_KEY) and not environ.get("SSH_AUTH_SOCK"):
        yield fail(f"no key for the hosts: neither an agent nor {SSH_KEY}", _where_to_set(SSH_KEY, in_ci=in_ci))
    if not absent:
        names = ", ".join(config.deploy.secrets)
        yield ok(f"{names} are set" if names else "the container is handed none")


def _where_to_set(name: str, *, in_ci: bool) -> str:
    if in_ci:
        return f"Settings > Secrets and variables > Actions, and in the job: env: {{{name}: ${{{{ secrets.{name} }}}}}}"
    return f"export {name}=…  (in CI: a secret of the repository, handed to the job under env)"
