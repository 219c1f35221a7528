"""A newer HAProxy on the same port, under clients that never retry."""

from collections.abc import Iterator

import pytest

from headgate.deploy import proxy as proxies
from headgate.errors import CouldNotCarryOut
from support.deployment import Site, until
from support.load import Load


@pytest.fixture
def newer(site: Site) -> Iterator[str]:
    """The image of the proxy under another id."""
    image = _variant(site, 1)
    yield image  # and it goes with all else that bears the model's name


def _variant(site: Site, number: int) -> str:
    made = site.docker.containers.create(proxies.IMAGE)
    name = f"headgate-test/proxy-{site.model}"
    made.commit(name, str(number), changes=f"LABEL dev.headgate.test={number}")
    made.remove()
    return f"{name}:{number}"


def test_the_proxy_is_replaced_again_and_again_without_a_dropped_request(
    site: Site, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.deploy()
    newest, last = _variant(site, 2), site.release()

    with Load(site.port) as load:
        for image in (newer, newest):
            monkeypatch.setattr(proxies, "IMAGE", image)
            site.deploy()
        site.deploy(last)

    assert load.failures == []
    assert site.serves() == last.id
    assert _proxies(site) == {f"headgate-proxy-{site.port}", f"headgate-proxy-{site.port}-3"}
    acting = site.docker.containers.get(f"headgate-proxy-{site.port}-3")
    assert acting.attrs["Config"]["Image"] == newest
    assert not acting.attrs["HostConfig"]["PortBindings"]


def test_what_comes_up_after_a_restart_serves_whichever_of_the_two_it_is(
    site: Site, newer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _variant(site, 2)
    site.deploy()
    monkeypatch.setattr(proxies, "IMAGE", newer)
    second, third = site.release(), site.release()
    site.deploy(second)

    site.proxy.restart(timeout=1)  # the owner of the port: its network, and the newer proxy's with it, is a new one
    until(lambda: site.serves() == second.id)
    with Load(site.port, clients=8) as load:
        site.deploy(third)

    assert load.failures == []
    assert {site.serves() for _ in range(20)} == {third.id}
    assert len(_proxies(site)) == 2


def test_an_image_that_is_no_proxy_changes_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    first = site.release()
    site.deploy(first)
    monkeypatch.setattr(proxies, "IMAGE", site.image)

    with Load(site.port, clients=8) as load, pytest.raises(CouldNotCarryOut) as failed:
        site.deploy()

    assert failed.value.exit_code == 3
    assert "haproxy" in failed.value.message
    assert load.failures == []
    assert site.status().proxy.damage is None
    assert len(_proxies(site)) == 1
    assert site.containers() == {first.container: "running"}


def _proxies(site: Site) -> set[str]:
    return {name for name in site.everything() if name.startswith("headgate-proxy")}
