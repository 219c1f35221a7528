from collections.abc import Iterator
from contextlib import suppress

import docker
import pytest
from docker.errors import APIError

from support.deployment import REGISTRY, SERVER, Site


@pytest.fixture(scope="session")
def server_image(engine: docker.DockerClient) -> Iterator[str]:
    """The id of an image that no registry has."""
    image, _ = engine.images.build(path=str(SERVER), tag="headgate-test/model-server:local", rm=True)
    yield str(image.id)
    with suppress(APIError):  # another run may be using it
        engine.images.remove("headgate-test/model-server:local")


@pytest.fixture
def site(server_image: str) -> Iterator[Site]:
    """A port and a model of the test's own, gone when it ends, however it ends."""
    site = Site(server_image)
    yield site
    site.clean()


@pytest.fixture
def pushed(engine: docker.DockerClient, site: Site) -> str:
    """An image that the registry has and the engine does not: `repository@sha256:…`."""
    return push(engine, site, site.model)


@pytest.fixture
def another_pushed(engine: docker.DockerClient, site: Site) -> str:
    """Another one, in the same repository."""
    return push(engine, site, f"{site.model}-2")


def push(engine: docker.DockerClient, site: Site, version: str) -> str:
    """Build an image that says it is of this version, push it, and forget it here."""
    repository = f"{REGISTRY}/{site.model}"
    image, _ = engine.images.build(path=str(SERVER), tag=f"{repository}:1", rm=True, buildargs={"VERSION": version})
    engine.images.push(repository, tag="1")
    image.reload()
    reference = next(one for one in image.attrs["RepoDigests"] if one.startswith(repository))
    engine.images.remove(f"{repository}:1", force=True)
    assert not any(reference in (one["RepoDigests"] or ()) for one in engine.api.images())
    site.images.append(reference)
    return reference
