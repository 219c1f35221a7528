"""What every end-to-end test needs: a container engine. Where none answers, the line says how to get one."""

import os
from collections.abc import Iterator

import docker
import pytest
from docker.errors import DockerException


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
