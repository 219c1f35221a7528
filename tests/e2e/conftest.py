"""What end-to-end tests need: a container engine, and some of them hosts. Without one, a line says how to get it."""

import signal
from collections.abc import Iterator

import docker
import pytest
from docker.errors import DockerException

from support.hosts import Host, provision, running, taken
from support.lacking import cannot_run

HOSTS = 3


def pytest_configure() -> None:
    """Let a Ctrl-C end what the tests start, in the half of them that make runs in the background too.

    A shell has background programs ignore it, and they hand that down to all that they start.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """This machine's container engine; where there is none the test is skipped, and under CI it fails."""
    try:
        client = docker.from_env(timeout=60)
    except DockerException as error:
        cannot_run(f"no container engine answers ({error}): scripts/provision starts one")
    yield client
    client.close()


@pytest.fixture(scope="session")
def hosts() -> Iterator[list[Host]]:
    """The lab's, for one run at a time; where there can be none the test is skipped, and under CI it fails."""
    if trouble := provision(HOSTS):
        cannot_run(f"no deployment hosts: {trouble}")
    with taken():
        found = running()[:HOSTS]
        for host in found:
            host.forget_tests()
        yield found
