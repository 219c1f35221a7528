"""What every end-to-end test needs: a container engine. Where none answers, the line says how to get one."""

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two workers share the tests folder by folder: what a session makes is made once, and the hosts have one user."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            group = "hosts" if item.get_closest_marker("hosts") else item.path.relative_to(here).parts[0]
            item.add_marker(pytest.mark.xdist_group(group))


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
