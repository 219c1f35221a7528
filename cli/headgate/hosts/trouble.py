"""What can go wrong with a container engine, in words that say what to do about it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

from headgate.errors import CouldNotCarryOut


class EngineUnreachable(CouldNotCarryOut):
    """The engine does not answer."""

    title = "the container engine does not answer"


class EngineRefused(CouldNotCarryOut):
    """The engine answered, and did not do what it was asked. `status` is the HTTP status of its answer."""

    title = "the container engine refused"

    def __init__(self, message: str, *, hint: str | None = None, status: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class NameTaken(EngineRefused):
    """There is a container of that name already."""


class NotThere(EngineRefused):
    """The engine knows no such container, image, volume or file."""


class PortTaken(EngineRefused):
    """Somebody else listens on the port."""

    title = "the port is taken"


class PortReserved(EngineRefused):
    """The port is one of those that only root may listen on, and the engine runs as somebody else."""

    title = "the engine may not use the port"


class DiskFull(EngineRefused):
    """No space is left where the engine keeps its images."""

    title = "the host's disk is full"


class NoGpu(EngineRefused):
    """The host has no GPU that its engine can hand on."""

    title = "the host has no such GPU"


class RegistryRefused(EngineRefused):
    """The image registry did not give the image to the engine."""

    title = "the image cannot be pulled"


@contextmanager
def explained(host: str, doing: str) -> Iterator[None]:
    """Errors of the Docker SDK and its transport, as headgate's own.

    Args:
        host: the host as the configuration names it.
        doing: what was under way, e.g. "starting sentiment-20261121".

    Raises:
        EngineUnreachable, EngineRefused: or one of its kinds.
    """
    import docker.errors
    import requests
    import urllib3

    try:
        yield
    except docker.errors.APIError as error:
        raise refusal(host, doing, error.explanation or str(error), error.status_code) from error
    except (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise unreachable(host, doing, error) from error


def refusal(host: str, doing: str, why: str, status: int | None = None) -> EngineRefused:
    """The engine's own words, as the error that says what to do next."""
    why = " ".join(str(why).split())
    said = f"{host}: {doing}: {why}"
    if "no space left on device" in why:
        return DiskFull(
            f"{host}: {doing}: no space is left on the disk of the engine.",
            hint="docker system df shows what takes it; docker system prune frees what nothing uses.",
            status=status,
        )
    if reserved := re.search(r"cannot expose privileged port (\d+)", why):  # before what its "permission denied" means
        port = reserved[1]
        return PortReserved(
            f"{host}: {doing}: the engine runs without root, and such a one may not listen on port {port}.",
            hint=f"Set deploy.port to 1024 or more; or, as root on the host: sysctl "
            f"net.ipv4.ip_unprivileged_port_start={port}  (for good: in /etc/sysctl.d)",
            status=status,
        )
    if "port is already allocated" in why or "address already in use" in why:
        return PortTaken(said, hint="Stop what listens there, or set another deploy.port.", status=status)
    if _says(why, r"could not select device driver|nvidia-container-cli|unresolvable CDI devices"):
        return NoGpu(
            said,
            hint="deploy.resources.gpus takes a GPU, its driver and the NVIDIA Container Toolkit on the host; "
            "docker run --rm --gpus all IMAGE nvidia-smi shows whether they are there.",
            status=status,
        )
    if hint := _registry_hint(why):
        return RegistryRefused(said, hint=hint, status=status)
    if status == 409 and "already in use" in why:
        return NameTaken(said, status=status)
    if status == 404:
        return NotThere(said, status=status)
    return EngineRefused(said, status=status)


_REGISTRY = {
    r"unauthorized|denied|authentication required|no basic auth": (
        "docker login to that registry on this machine, or set HEADGATE_REGISTRY_USERNAME and "
        "HEADGATE_REGISTRY_PASSWORD; the host needs no login of its own."
    ),
    r"manifest unknown|manifest for .* not found|repository .* not found|name unknown": (
        "headgate build pushes the image that the record names."
    ),
    r"no matching manifest": "Add the host's architecture to image.platforms.",
    r"received unexpected HTTP|too ?many ?requests": (
        "The registry itself is in trouble: its log says more. Try again later."
    ),
    r"x509:|server gave HTTP response": "The engine must trust the registry: /etc/docker/certs.d on its host.",
    r"no such host|connection refused|no route to host": "Is the registry up, and can the host reach it?",
    r"connection reset|i/o timeout|Client\.Timeout|deadline exceeded|unexpected EOF": (
        "Is the registry up and well, and can the host reach it?"
    ),
}


def _registry_hint(why: str) -> str | None:
    """What to do when it is the registry that the engine has trouble with."""
    return next((hint for pattern, hint in _REGISTRY.items() if _says(why, pattern)), None)


def unreachable(host: str, doing: str, error: BaseException) -> EngineUnreachable:
    """Why nobody answered: not running, no permission, or too slow."""
    if _says(str(error), "credentials store"):
        return EngineUnreachable(
            f"{host}: {doing}: the docker client's credential helper on this machine failed: {_last_words(error)}",
            hint="docker login shows whether it works; ~/.docker/config.json names it (credHelpers, credsStore).",
        )
    reasons = {cause.errno for cause in _causes(error) if isinstance(cause, OSError)}
    if errno.EACCES in reasons or errno.EPERM in reasons:
        return EngineUnreachable(
            f"{host}: this user may not open the engine's socket.",
            hint="sudo usermod -aG docker $USER, then log in again  (or set DOCKER_HOST to a rootless engine's socket)",
        )
    if {errno.ENOENT, errno.ECONNREFUSED} & reasons:
        return EngineUnreachable(
            f"{host}: {doing}: no engine is running there.",
            hint="sudo systemctl start docker, or start Docker Desktop; DOCKER_HOST names another engine.",
        )
    if any(isinstance(cause, TimeoutError) for cause in _causes(error)):
        return EngineUnreachable(
            f"{host}: {doing}: no sign of life for too long.",
            hint="The engine is stuck (docker info on the host says so), or the registry that it pulls from is.",
        )
    return EngineUnreachable(
        f"{host}: {doing}: {_last_words(error)}", hint="docker info says whether the engine is well."
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()  # libraries raise errors again from one another, in circles too
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__


def _last_words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _says(why: str, pattern: str) -> bool:
    return re.search(pattern, why, re.IGNORECASE) is not None
