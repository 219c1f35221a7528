"""The hosts: each is reached as a deployment would reach it, and can take one."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.deploy.preflight import check_disk, check_port
from headgate.errors import HeadgateError
from headgate.hosts import connect
from headgate.workflow.doctor.finding import Context, Said, failed, ok, warn


def host(context: Context, name: str) -> Iterator[Said]:
    """The engine of host `name` answers, has room, and nobody else listens on the port."""
    job = context.job
    connection = connect(name, job.environ)
    try:
        info = connection.engine.info()
        sound = True
        for problem in (check_disk, lambda reached: check_port(reached, job.config.deploy.port)):
            try:
                problem(connection)
            except HeadgateError as error:
                sound = False
                yield failed(error, about=name)
        wanted = next(iter(job.config.image.platforms), info.platform)
        if wanted != info.platform:
            yield warn(
                f"{name} is {info.platform}, and images are built for {wanted}",
                f"image: {{platforms: [{info.platform}]}}",
                about=name,
            )
        if sound:
            yield ok(f"the engine answers ({info.platform}), port {job.config.deploy.port} is ours to take", about=name)
    finally:
        connection.close()
