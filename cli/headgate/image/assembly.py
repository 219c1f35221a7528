"""The image of a release: built from the commit at hand, opened and checked, named, pushed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path, PurePosixPath

from headgate.config.models import Image as ImageConfig
from headgate.console import Step
from headgate.errors import HeadgateError
from headgate.hosts import Engine, Local
from headgate.hosts.images import ImageInfo
from headgate.image.builder import Request, find_builder
from headgate.image.building import BuildFailed, build_image
from headgate.image.contents import check_contents
from headgate.image.context import Context, check_commit, check_model
from headgate.image.naming import LATEST, labels_for, release_id, tags_for
from headgate.image.pushing import check_registry, push
from headgate.lineage import source
from headgate.lineage.git import Git
from headgate.process import Runner
from headgate.process import run as run_program
from headgate.record import Image, Model, Record


def build(
    config: ImageConfig,
    record: Record,
    model: Model,
    *,
    project: Path,
    model_path: str,
    step: Step,
    run: Runner = run_program,
    clock: Callable[[], datetime] = source.now,
    engine: Engine | None = None,
) -> Image:
    """Build the image of `model` from `project`; push it where a repository is configured.

    Nothing gets the tag `latest`, and nothing is pushed, before the model inside the image has been verified.

    Args:
        config: the section `image` of headgate.yaml.
        record: the release so far; its facts become labels.
        model: the registered version that ships.
        project: the folder of headgate.yaml.
        model_path: `train.model`: the model's file or folder, relative to `project`.
        step: told what is under way.
        run: how programs are run.
        clock: the time that becomes the tag.
        engine: where the image is left; default: this machine's.

    Raises:
        AnotherCommit, ModelNotInContext, NotTheGatedModel: before anything is built.
        EngineUnreachable, NoBuilder, BuildFailed: nothing was built.
        WrongModelInside: what was built is removed again.
        PushFailed, RegistryDisagrees: the image is on this machine alone.
    """
    context = Context.of(config, project, model_path)
    check_commit(record, Git(project, run).commit())
    check_model(context, record, model)
    engine = engine or Local().engine
    builder = find_builder(run)
    if config.repository:
        check_registry(engine, config.repository)

    moment, repository = clock(), config.repository or model.name
    release = release_id(moment, record.source.commit)
    tags = tags_for(release)
    request = Request(
        folder=context.folder,
        dockerfile=context.dockerfile,
        tag=f"{repository}:{release}",
        labels=labels_for(record, model, release, moment),
        platform=next(iter(config.platforms), None),
        cache=f"{repository}:{LATEST}" if config.repository else None,
    )
    build_image(builder, request, run=run, step=step)
    built = _verified(engine, request, config.model_path or context.model_inside, model, step)
    for tag in tags:
        engine.images.tag(request.tag, repository, tag)
    digest = push(builder, repository, tags, engine=engine, run=run, step=step) if config.repository else built.id
    return Image(
        release=release,
        repository=repository,
        digest=digest,
        tags=tags,
        platform=built.platform,
        pushed=config.repository is not None,
        model_digest=model.digest,
        created_at=moment,
    )


def _verified(engine: Engine, request: Request, path: str, model: Model, step: Step) -> ImageInfo:
    """The image just built, once the model inside it has been compared; an image that fails is removed."""
    built = engine.images.find(request.tag)
    if built is None:
        raise BuildFailed(
            f"The builder says it made {request.tag}, and the engine {engine.host} does not have it.",
            hint="Do the docker client and headgate use the same engine? DOCKER_HOST and docker context decide.",
        )
    try:
        check_contents(engine, built.id, str(PurePosixPath(built.folder) / path), model.digest, step=step)
    except HeadgateError:
        engine.images.forget(request.tag)
        raise
    return built
