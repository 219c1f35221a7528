"""The ways to a host that people have."""

import http.client
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from support.hosts import KEY, KNOWN_HOSTS, Host, known_hosts_with

from .conftest import Reach


def name_of(connection) -> str:
    """The engine's own answer, which tells the hosts apart."""
    return str(connection.engine._client.info()["Name"])


def test_several_hosts_at_once_with_one_login_each(hosts: list[Host], reach: Reach) -> None:
    before = [len(host.logins) for host in hosts]
    with reach(*(host.address for host in hosts)) as connections:
        names = [name_of(one) for one in connections]
        for one in connections:
            one.engine.again().close()
            one.reach(80), one.reach(8080)

    assert names == ["host-1", "host-2", "host-3"]
    assert [len(host.logins) for host in hosts] == [count + 1 for count in before]


def test_one_named_twice_is_one(host: Host, reach: Reach) -> None:
    with reach(host.address, host.address) as connections:
        assert [one.host for one in connections] == [f"deploy@{host.ip}"]


@pytest.mark.parametrize(
    "address", ["ssh://deploy@10.213.1.2:2222", "ssh://deploy@[fd00:213:1::2]", "ssh://deploy@[fd00:213:1::2]:2222"]
)
def test_by_another_port_and_by_ipv6(hosts: list[Host], reach: Reach, address: str) -> None:
    with reach(address) as [connection]:
        assert name_of(connection) == "host-1"


def test_an_engine_that_listens_elsewhere(host: Host, reach: Reach) -> None:
    """As rootless engines and Podman do."""
    host.within("mkdir", "-p", "/run/user/4001")
    host.within("ln", "-f", "/run/docker.sock", "/run/user/4001/docker.sock")
    with reach(host.address_of(socket="/run/user/4001/docker.sock")) as [connection]:
        assert connection.host == f"deploy@{host.ip}/run/user/4001/docker.sock"
        assert name_of(connection) == "host-1"


def test_a_port_of_the_host_that_no_firewall_lets_in(host: Host, reach: Reach) -> None:
    with serving_inside(host, 8123), reach(host.address) as [connection]:
        address = urlsplit(connection.reach(8123))
        asking = http.client.HTTPConnection(address.hostname or "", address.port, timeout=5)
        asking.request("GET", "/")
        answer = asking.getresponse()

        assert answer.status == 200
        assert connection.url(8123) == f"http://{host.ip}:8123"
        assert connection.reach(8123) == f"http://127.0.0.1:{address.port}"


@contextmanager
def serving_inside(host: Host, port: int) -> Iterator[None]:
    """Something that listens on the host's loopback alone."""
    entered = ["nsenter", "--target", str(host._init), "--net", "--pid", "--mount"]
    serving = ["python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", "/mnt/log", str(port)]
    server = subprocess.Popen([*entered, *serving], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        host.within(
            "sh", "-c", f"for _ in $(seq 100); do ss -ltn | grep -q ':{port} ' && exit; sleep 0.05; done; exit 1"
        )
        yield
    finally:
        server.kill()
        server.wait()


def test_through_a_jump_host(hosts: list[Host], reach: Reach) -> None:
    bastion, target = hosts[1], hosts[0]
    before = len(bastion.logins), len(target.logins)
    with reach(target.address, jump=bastion.address_of(port=2222)) as [connection]:
        assert name_of(connection) == "host-1"

    assert (len(bastion.logins), len(target.logins)) == (before[0] + 1, before[1] + 1)
    assert f"from {bastion.ip} " in target.logins[-1]


def test_through_a_jump_host_by_ipv6(hosts: list[Host], reach: Reach) -> None:
    """The host is the jump host itself, seen from within: no other is routed by IPv6."""
    with reach(f"ssh://deploy@[{hosts[0].ipv6}]:2222", jump=f"ssh://deploy@[{hosts[0].ipv6}]") as [connection]:
        assert name_of(connection) == "host-1"


def test_a_key_that_is_being_replaced(host: Host, reach: Reach, tmp_path: Path) -> None:
    """Old and new key are pinned: before the host has changed, and after."""
    new = tmp_path / "new"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(new)], check=True)
    (host.folder / "etc/new-key").write_bytes(new.read_bytes())
    (host.folder / "etc/new-key").chmod(0o600)
    name = f"[{host.ip}]:2240"
    pinned = known_hosts_with(
        tmp_path / "kh", f"{name} {host.public_key}", f"{name} {new.with_suffix('.pub').read_text()}"
    )
    (host.folder / "etc/new_sshd_config").write_text("HostKey /mnt/etc/new-key\nUsePAM no\n")

    with host.sshd(2240) as address, reach(address, known_hosts=pinned) as [before]:
        assert name_of(before) == "host-1"
    with host.sshd(2240, config="new_sshd_config") as address, reach(address, known_hosts=pinned) as [after]:
        assert name_of(after) == "host-1"


def test_known_hosts_whose_names_are_hashed(host: Host, reach: Reach, tmp_path: Path) -> None:
    pinned = tmp_path / "kh"
    pinned.write_text(f"{host.ip} {host.public_key}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(pinned)], check=True, capture_output=True)
    assert host.ip not in pinned.read_text()
    with reach(host.address, known_hosts=pinned) as [connection]:
        assert name_of(connection) == "host-1"


def test_a_host_that_shows_a_certificate(host: Host, reach: Reach, tmp_path: Path) -> None:
    ca = certified(host, tmp_path, "-n", host.ip)
    pinned = tmp_path / "kh"
    pinned.write_text(f"@cert-authority 10.213.*,[10.213.*]:* {ca}\n")
    with (
        host.sshd(2241, "HostCertificate=/mnt/etc/key-cert.pub") as address,
        reach(address, known_hosts=pinned) as [connection],
    ):
        assert name_of(connection) == "host-1"


def certified(host: Host, folder: Path, *options: str) -> str:
    """Have an authority sign the host's key; returns the authority's public key."""
    ca = folder / "ca"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(ca)], check=True)
    key = host.folder / "etc/key.pub"
    subprocess.run(["ssh-keygen", "-q", "-s", str(ca), "-I", "lab", "-h", *options, str(key)], check=True)
    return ca.with_suffix(".pub").read_text()


def test_with_the_key_of_an_agent(host: Host, reach: Reach, agent: str) -> None:
    subprocess.run(["ssh-add", "-q", str(KEY)], env={"SSH_AUTH_SOCK": agent}, check=True)
    with reach(host.address, HEADGATE_SSH_KEY="", SSH_AUTH_SOCK=agent) as [connection]:
        assert name_of(connection) == "host-1"


@pytest.mark.parametrize("spoilt", ["no newline", "windows", "json"])
def test_a_key_as_secrets_come(host: Host, reach: Reach, spoilt: str) -> None:
    text = KEY.read_text()
    changed = {"no newline": text.strip(), "windows": text.replace("\n", "\r\n"), "json": text.replace("\n", "\\n")}
    with reach(host.address, HEADGATE_SSH_KEY=changed[spoilt]) as [connection]:
        assert name_of(connection) == "host-1"


def test_nothing_of_the_users_own_settings_counts(
    host: Host, reach: Reach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Host *\n  Port 1\n  User nobody\n  ProxyCommand /bin/false\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with reach(host.address) as [connection]:
        assert name_of(connection) == "host-1"
    assert sorted(one.name for one in (tmp_path / ".ssh").iterdir()) == ["config"]


def test_the_pinned_keys_are_never_written(host: Host, reach: Reach) -> None:
    before = KNOWN_HOSTS.read_bytes()
    with reach(host.address):
        pass
    assert KNOWN_HOSTS.read_bytes() == before
