"""What must hold on a host before anything on it is changed."""

from __future__ import annotations

from collections.abc import Callable

from headgate.deploy.plan import Release
from headgate.deploy.service import Service, proxy_name
from headgate.errors import CouldNotCarryOut
from headgate.hosts.connection import Connection
from headgate.hosts.engine import Engine

LEAST_FREE = 512 * 1024**2  # bytes; less than that and the engine itself gets into trouble


class NotReady(CouldNotCarryOut):
    """The host cannot take the release."""

    title = "the host cannot take the release"


def check_image(engine: Engine, release: Release) -> None:
    """The image is there, or can be pulled, and runs on this host's processor.

    Raises:
        NotReady, RegistryRefused: or the engine's own errors.
    """
    here, image = engine.info().platform, engine.images.find(release.image)
    if image is None and not release.pushed:
        raise NotReady(
            f"{engine.host}: the image {release.image} was not pushed, and this host's engine does not have it.",
            hint="Set image.repository to a registry that the host can reach, then headgate build.",
        )
    platforms = [image.platform] if image else engine.images.offered(release.image)
    if platforms and here not in platforms:
        raise NotReady(
            f"{engine.host}: the host is {here}; the image is for {', '.join(platforms)}.",
            hint=f"image: {{platforms: [{here}]}}, then headgate build.",
        )


def check_disk(connection: Connection, told: Callable[[], int | None] = lambda: None) -> None:
    """There is room for an image. Where the connection cannot tell, it may be `told` the bytes that are free.

    Raises:
        NotReady: there is not.
    """
    folder = connection.engine.info().root
    free = connection.free_space(folder)
    free = told() if free is None else free
    if free is not None and free < LEAST_FREE:
        raise NotReady(
            f"{connection.host}: {free / 1024**2:.0f} MB are free in {folder}; "
            f"a deployment needs {LEAST_FREE / 1024**2:.0f} MB.",
            hint="docker system df shows what takes the space; docker system prune frees what nothing uses.",
        )


def check_port(connection: Connection, port: int) -> None:
    """Nobody listens on the port but headgate's own proxy.

    Raises:
        NotReady: somebody does.
    """
    engine = connection.engine
    publisher = engine.publisher(port)
    taken_by = f"the container {publisher.name}" if publisher else connection.listener(port)
    ours = engine.find(proxy_name(port))  # last: another deployer may be starting it at this moment
    if taken_by and not (ours and ours.running):
        raise NotReady(
            f"{connection.host}: port {port} is taken by {taken_by}.",
            hint=f"Stop it, or set deploy.port to another port than {port}.",
        )


def check_domain(host: str, service: Service, domain: str | None, neighbours: dict[str, str | None]) -> None:
    """No other model answers for the same domain behind the same port; `neighbours` are their domains, by model.

    Raises:
        NotReady: one does.
    """
    rival = next((model for model, claimed in neighbours.items() if claimed == domain), None)
    if rival is not None:
        what = f"the domain {domain}" if domain else "all domains"
        raise NotReady(
            f"{host}: the model '{rival}' serves {what} on port {service.port}.",
            hint="Set deploy.domain so that each has its own, or another deploy.port.",
        )
