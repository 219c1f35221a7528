"""What builds the image, and the registry that keeps it."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.config import Config
from headgate.hosts import Local
from headgate.image.access import Access, access_to
from headgate.image.builder import find_builder
from headgate.workflow.doctor.finding import Context, Said, fail, ok, warn


def builder(context: Context) -> Iterator[Said]:
    """This machine's engine answers, and a docker client can build."""
    local = Local(context.job.environ)
    try:
        platform = local.engine.info().platform
    finally:
        local.close()
    found = find_builder(context.job.run)
    through = "buildx" if found.buildx else "BuildKit inside the client"
    wanted = next(iter(context.job.config.image.platforms), platform)
    yield ok(f"{through} ({found.program}), for {wanted}")
    if wanted != platform:
        yield warn(
            f"images are built for {wanted} on an engine that is {platform}: slow, and only with emulation",
            "docker/setup-qemu-action, or a runner of that platform",
        )


def image_registry(context: Context) -> Iterator[Said]:
    """This machine may push where the image goes."""
    repository = context.job.config.image.repository
    if repository is None:
        yield nowhere(context.job.config)
        return
    yield may_push(access_to(repository, environ=context.job.environ))


def nowhere(config: Config) -> Said:
    """No repository: fine for one engine, and for nobody else."""
    others = [host for host in config.deploy.hosts if host != "local"]
    if others:
        return fail(
            f"image.repository is not set, so {', '.join(others)} cannot pull the image",
            "image: {repository: ghcr.io/acme/sentiment}",
        )
    return ok("none: the image stays on this machine's engine")


def may_push(access: Access) -> Said:
    """What the registry said to whoever is logged in."""
    who = f"as {access.user}" if access.user else "without a login"
    at = f"{access.registry}, {who}"
    login = f"docker login {access.registry}"
    if access.push is None:
        return warn(f"{at}: whether it may push {access.name} cannot be known ({access.how})", login)
    if access.push:
        return ok(f"{at}: may push {access.name} ({access.how})")
    fix = f"{login}, with an account that may write {access.name}"
    return fail(f"{at}: may not push {access.name} ({access.how})", fix)
