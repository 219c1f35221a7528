"""What somebody did to the proxy by hand: said by status and by the next deployment, which mends it."""

import pytest

from headgate.deploy import drift
from support.deployment import Site, until
from support.load import Load

CONFIGURATION = "/var/lib/headgate/haproxy.cfg"


@pytest.fixture
def deployed(site: Site) -> Site:
    site.deploy()
    return site


def told(site: Site) -> list[str]:
    return [one.text for one in drift([site.status()])]


def test_a_proxy_that_was_killed(deployed: Site) -> None:
    deployed.proxy.kill()

    assert any("is exited: nobody answers on its port" in text for text in told(deployed))

    second = deployed.release()
    deployed.deploy(second)
    assert "is exited: nobody answers on its port. Mended." in deployed.talk.getvalue()
    assert deployed.serves() == second.id
    assert told(deployed) == []


def test_a_proxy_that_was_removed(deployed: Site) -> None:
    deployed.proxy.remove(force=True)

    status = deployed.status()
    assert status.proxy.state == "missing"
    assert any("is gone" in text for text in told(deployed))

    second = deployed.release()
    deployed.deploy(second)
    assert "is gone: nobody answers on its port. Mended." in deployed.talk.getvalue()
    assert deployed.serves() == second.id
    assert told(deployed) == []


def test_a_configuration_that_was_edited_and_loaded(deployed: Site) -> None:
    edit(deployed, "s/timeout client 60s/timeout client 61s/")
    deployed.proxy.kill("SIGUSR2")

    assert any("was edited by hand" in text for text in told(deployed))

    with Load(deployed.port, clients=8) as load:
        deployed.deploy()
    assert load.failures == []
    assert "was edited by hand. Mended." in deployed.talk.getvalue()
    assert told(deployed) == []


def test_a_configuration_of_headgate_s_that_is_not_what_the_proxy_runs_with(deployed: Site) -> None:
    before = deployed.proxy.exec_run(["cat", CONFIGURATION]).output
    deployed.deploy()
    deployed.proxy.exec_run(["sh", "-c", f"cat >{CONFIGURATION} <<'END'\n{before.decode()}END"], user="0")

    assert any("is not the one that it runs with" in text for text in told(deployed))


def test_a_host_without_anything_is_not_damaged(site: Site) -> None:
    assert told(site) == []


def test_what_serves_beside_the_journal_is_said(deployed: Site) -> None:
    first = deployed.status().serving
    assert first is not None
    deployed.docker.containers.get(first.container).remove(force=True)

    status = deployed.status()

    assert status.serving is None
    assert any("serves nothing, and its journal says" in text for text in told(deployed))
    second = deployed.release()
    deployed.deploy(second)
    until(lambda: deployed.serves() == second.id)


def edit(site: Site, script: str) -> None:
    result = site.proxy.exec_run(["sed", "-i", script, CONFIGURATION], user="0")
    assert result.exit_code == 0, result.output
