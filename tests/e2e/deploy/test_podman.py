"""Rollouts to Podman, over its Docker-compatible API."""

from collections.abc import Iterator

import pytest

from headgate.deploy import proxy as proxies
from support.coming_and_going import releases_come_and_go_back_without_a_dropped_request
from support.deployment import Site
from support.lacking import cannot_run
from support.lent_engines import podman, why_no_podman


@pytest.fixture
def site(server_image: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    if reason := why_no_podman():
        cannot_run(f"no Podman: {reason}")
    with podman("headgate-test/model-server:local", proxies.IMAGE) as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.url)
        monkeypatch.setattr(proxies, "IMAGE", f"localhost/{proxies.IMAGE}")
        yield Site("localhost/headgate-test/model-server:local")


def test_releases_come_and_go_back_without_a_dropped_request(site: Site) -> None:
    releases_come_and_go_back_without_a_dropped_request(site)
