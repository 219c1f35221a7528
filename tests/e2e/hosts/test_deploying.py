"""headgate itself, from its configuration to three hosts: everything goes through one login each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.hosts import KNOWN_HOSTS, REGISTRY, Host, identity, registry_password
from support.load import release_at
from support.project import Project

from .conftest import Pushed, left_behind

PORT = 8100
CHECK = {"path": "/predict", "method": "POST", "json": {"text": "hi"}, "expect": {"json": {"label": "positive"}}}


@pytest.fixture
def project(hosts: list[Host], pushed: Pushed, tmp_path: Path) -> Iterator[Project]:
    """A repository whose headgate.yaml names three hosts, with the environment of a workflow."""
    project = Project.make(tmp_path / "team" / "animals", model=pushed.path, port=PORT, rows=10)
    (project.folder / ".known_hosts").write_bytes(KNOWN_HOSTS.read_bytes())
    project.configure(
        image={"repository": f"{REGISTRY}/{pushed.path}"},
        deploy={
            "hosts": [host.address for host in hosts],
            "known_hosts": ".known_hosts",
            "port": PORT,
            "drain": "1s",
        },
        health={"timeout": "30s", "checks": [CHECK]},
    )
    project.commit("To three hosts")
    project.environ = {
        **identity(),
        "HEADGATE_REGISTRY_USERNAME": "lab",
        "HEADGATE_REGISTRY_PASSWORD": registry_password(),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
    }
    yield project
    for host in hosts:
        host.forget(pushed.path, PORT)


def serves(host: Host, bound: str | None = None) -> str | None:
    """The release that answers on the host, asked directly as its users do."""
    return release_at(PORT, bound or host.ip)


def test_a_release_to_three_hosts_with_one_login_each(project: Project, hosts: list[Host], pushed: Pushed) -> None:
    before = [len(host.logins) for host in hosts]
    outcome = project.headgate("deploy", "--image", pushed.on(), "--format", "json")
    assert outcome.exit_code == 0, outcome.stderr

    assert [len(host.logins) for host in hosts] == [count + 1 for count in before]
    assert {serves(host) for host in hosts} == {outcome.json["release"]}
    assert [one["host"] for one in outcome.json["hosts"]] == [f"deploy@{host.ip}" for host in hosts]
    assert [one["url"] for one in outcome.json["hosts"]] == [f"http://{host.ip}:{PORT}" for host in hosts]
    for secret in (registry_password(), identity()["HEADGATE_SSH_KEY"].splitlines()[1]):
        assert secret not in outcome.stdout + outcome.stderr

    assert project.headgate("health").exit_code == 0
    status = project.headgate("status", "--format", "json")
    assert status.exit_code == 0, status.stderr
    assert [one["host"] for one in status.json["hosts"]] == [f"deploy@{host.ip}" for host in hosts]
    assert left_behind() == []


def test_probes_need_no_hole_in_the_firewall(project: Project, hosts: list[Host], pushed: Pushed) -> None:
    """The service's port lets in only its load balancer: the deployer asks through its login."""
    rule = ["--table", "raw", "--protocol", "tcp", "--in-interface", "eth0", "--dport", str(PORT), "--jump", "DROP"]
    hosts[0].within("iptables", *rule[:2], "--insert", "PREROUTING", *rule[2:])
    try:
        outcome = project.headgate("deploy", "--image", pushed.on(), "--format", "json")
        assert outcome.exit_code == 0, outcome.stderr
        assert hosts[0].within("curl", "-sS", f"http://127.0.0.1:{PORT}/health")
    finally:
        hosts[0].within("iptables", *rule[:2], "--delete", "PREROUTING", *rule[2:])


def test_one_host_that_cannot_be_reached_leaves_the_others_untouched(
    project: Project, hosts: list[Host], pushed: Pushed
) -> None:
    with hosts[2].authorized("restrict"):
        outcome = project.headgate("deploy", "--image", pushed.on())

    assert outcome.exit_code == 3
    assert "the host forwards nothing" in outcome.stderr
    assert [serves(host) for host in hosts] == [None, None, None]
    assert [containers(host) for host in hosts] == [[], [], []]
    assert left_behind() == []


def containers(host: Host) -> list[str]:
    client = host.engine()
    try:
        found = client.containers.list(all=True, filters={"label": f"dev.headgate.port={PORT}"})
        return sorted(one.name for one in found)
    finally:
        client.close()


def test_hosts_without_pinned_keys_are_refused_by_the_configuration(project: Project, hosts: list[Host]) -> None:
    deploy = {**project.config["deploy"]}
    del deploy["known_hosts"]
    project.configure(deploy=deploy)
    outcome = project.headgate("status")

    assert outcome.exit_code == 2
    assert "known_hosts" in outcome.stderr
    assert "docs/deploy-ssh.md" in outcome.stderr
