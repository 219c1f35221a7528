"""The hosts: each is reached as a deployment would reach it, and can take one."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.deploy.preflight import check_disk, check_port
from headgate.errors import HeadgateError
from headgate.hosts import connected
from headgate.workflow.doctor.clocks import skew
from headgate.workflow.doctor.finding import Context, Said, failed, ok, warn


def host(context: Context, name: str) -> Iterator[Said]:
    """The engine of host `name` answers, has room, and nobody else listens on the port."""
    job = context.job
    port = job.config.deploy.port
    with connected([name], job.access, job.environ) as (connection,):
        shown = connection.host
        connection.reach(port)  # over SSH: the port is forwarded, which some hosts forbid
        info = connection.engine.info()
        yield from skew(shown, (info.time - job.clock()).total_seconds())
        sound = True
        for problem in (check_disk, lambda reached: check_port(reached, port)):
            try:
                problem(connection)
            except HeadgateError as error:
                sound = False
                yield failed(error, about=shown)
    wanted = next(iter(job.config.image.platforms), info.platform)
    if wanted != info.platform:
        yield warn(
            f"{shown} is {info.platform}, and images are built for {wanted}",
            f"image: {{platforms: [{info.platform}]}}",
            about=shown,
        )
    if sound:
        yield ok(f"the engine answers ({info.platform}), port {port} is ours to take", about=shown)
