"""What end-to-end tests need: a container engine, and some of them hosts. Without one, a line says how to get it."""

import os
from collections.abc import Iterator

import docker
import pytest
from docker.errors import DockerException

from support.hosts import Host, provision, running, taken

HOSTS = 3


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """This machine's container engine; where there is none the test is skipped, and under CI it fails."""
    try:
        client = docker.from_env(timeout=60)
    except DockerException as error:
        reason = f"no container engine answers ({error}): scripts/provision starts one"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    yield client
    client.close()


@pytest.fixture(scope="session")
def hosts() -> Iterator[list[Host]]:
    """The lab's, for one run at a time; where there can be none the test is skipped, and under CI it fails."""
    if trouble := provision(HOSTS):
        reason = f"no deployment hosts: {trouble}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with taken():
        yield running()[:HOSTS]
