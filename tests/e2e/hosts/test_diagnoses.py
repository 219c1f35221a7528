"""What a person reads when a host cannot be reached: each cause has its words, and its fix."""

import subprocess
from pathlib import Path

import pytest

from headgate.errors import HeadgateError, UsageError
from headgate.hosts import check_connection
from headgate.hosts.identity import BadKey, NoIdentity
from headgate.hosts.unreachable import (
    ForwardingProhibited,
    HostKeyChanged,
    HostKeyUnknown,
    KeyRejected,
    NameUnknown,
    Refused,
    SocketClosed,
    TimedOut,
    Unreachable,
)
from support.bad_lines import bad_line
from support.hosts import KEY, KNOWN_HOSTS, SKIN, Host, identity, known_hosts_with

from .conftest import Reach
from .test_reaching import certified


def diagnosed(
    error: type[HeadgateError],
    address: str,
    *,
    known_hosts: Path = KNOWN_HOSTS,
    jump: str | None = None,
    **environ: str,
) -> str:
    """The whole of what is shown, which must be of this kind; never the key."""
    with pytest.raises(error) as raised:
        check_connection(address, known_hosts=known_hosts, jump=jump, environ={**identity(), **environ})
    assert type(raised.value) is error
    assert raised.value.exit_code == (2 if issubclass(error, UsageError) else 3)
    shown = f"{raised.value.message}\n{raised.value.hint}"
    assert not any(line in shown for line in KEY.read_text().splitlines() if line)
    return shown


def test_all_is_well(host: Host) -> None:
    check_connection(host.address, known_hosts=KNOWN_HOSTS, environ=identity())


def test_a_name_that_does_not_resolve(hosts: list[Host]) -> None:
    assert "the name nowhere.invalid does not resolve" in diagnosed(NameUnknown, "ssh://deploy@nowhere.invalid")


def test_nobody_listens(host: Host) -> None:
    assert f"{host.ip}:99: nobody listens on port 99" in diagnosed(Refused, host.address_of(port=99))


def test_the_host_is_silent(host: Host) -> None:
    with host.refusing_ssh():
        assert "does not answer on port 22: connection timed out" in diagnosed(TimedOut, host.address)


def test_something_else_listens_and_says_nothing(host: Host, tmp_path: Path) -> None:
    with bad_line(host.ip, 22) as line:
        line.silent = True
        shown = diagnosed(TimedOut, f"ssh://deploy@127.0.0.1:{line.port}")
    assert "connection timed out" in shown


def test_the_cable_is_out(host: Host) -> None:
    with host.unplugged():
        assert "does not answer on port 22" in diagnosed(TimedOut, host.address)


def test_the_key_is_not_authorized(host: Host, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    shown = diagnosed(KeyRejected, host.address, HEADGATE_SSH_KEY=(tmp_path / "other").read_text())
    assert f"deploy@{host.ip} does not let in the key in HEADGATE_SSH_KEY" in shown
    assert (tmp_path / "other.pub").read_text().split()[1] in shown
    assert "~deploy/.ssh/authorized_keys" in shown


def test_the_agent_has_no_key(host: Host, agent: str) -> None:
    shown = diagnosed(KeyRejected, host.address, HEADGATE_SSH_KEY="", SSH_AUTH_SOCK=agent)
    assert "an SSH agent that has no key: ssh-add" in shown


def test_the_agent_is_gone(host: Host) -> None:
    shown = diagnosed(KeyRejected, host.address, HEADGATE_SSH_KEY="", SSH_AUTH_SOCK="/run/no-agent")
    assert "an SSH agent that is gone" in shown


def test_the_agent_has_too_many_keys(host: Host, agent: str, tmp_path: Path) -> None:
    for number in range(8):
        key = tmp_path / str(number)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        subprocess.run(["ssh-add", "-q", str(key)], env={"SSH_AUTH_SOCK": agent}, check=True)
    shown = diagnosed(KeyRejected, host.address, HEADGATE_SSH_KEY="", SSH_AUTH_SOCK=agent)
    assert "so many keys that the host hung up" in shown


def test_there_is_no_key_at_all(host: Host) -> None:
    assert "Neither does HEADGATE_SSH_KEY hold a key" in diagnosed(NoIdentity, host.address, HEADGATE_SSH_KEY="")


def test_the_key_has_a_passphrase(host: Host, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(tmp_path / "locked")], check=True)
    shown = diagnosed(BadKey, host.address, HEADGATE_SSH_KEY=(tmp_path / "locked").read_text())
    assert "locked with a passphrase" in shown


def test_the_key_was_cut_short(host: Host) -> None:
    lines = KEY.read_text().splitlines()
    assert "cut short" in diagnosed(BadKey, host.address, HEADGATE_SSH_KEY="\n".join([*lines[:2], lines[-1]]))


def test_the_public_key_was_given(host: Host) -> None:
    shown = diagnosed(BadKey, host.address, HEADGATE_SSH_KEY=KEY.with_suffix(".pub").read_text())
    assert "holds a public key" in shown


def test_the_host_shows_another_key(hosts: list[Host], tmp_path: Path) -> None:
    first, second = hosts[:2]
    pinned = tmp_path / "kh"
    pinned.write_text(f"# the staging hosts\n{first.ip} {second.public_key}\n")
    shown = diagnosed(HostKeyChanged, first.address, known_hosts=pinned)
    assert f"shows another key than the one in {pinned}:2: SHA256:" in shown
    assert fingerprint(first) in shown
    assert f"ssh-keyscan {first.ip}" in shown


def fingerprint(host: Host) -> str:
    """Of the host's own key."""
    listed = subprocess.run(
        ["ssh-keygen", "-lf", str(host.folder / "etc/key.pub")], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()[1]


def test_a_host_that_nobody_pinned(host: Host, tmp_path: Path) -> None:
    pinned = tmp_path / "kh"
    pinned.write_text(f"192.0.2.1 {host.public_key}\n")
    shown = diagnosed(HostKeyUnknown, host.address_of(port=2222), known_hosts=pinned)
    assert f"{pinned} has no key of [{host.ip}]:2222" in shown
    assert f"ssh-keyscan -p 2222 {host.ip} >>{pinned}" in shown
    assert "fingerprint" in shown


@pytest.mark.parametrize("content", [None, "", "# nothing\n"])
def test_no_pinned_keys(host: Host, tmp_path: Path, content: str | None) -> None:
    pinned = tmp_path / "kh"
    if content is not None:
        pinned.write_text(content)
    assert f"{pinned}, which deploy.known_hosts names" in diagnosed(UsageError, host.address, known_hosts=pinned)


def test_a_certificate_that_has_expired(host: Host, tmp_path: Path) -> None:
    ca = certified(host, tmp_path, "-n", host.ip, "-V", "20200101:20200102")
    pinned = tmp_path / "kh"
    pinned.write_text(f"@cert-authority 10.213.*,[10.213.*]:* {ca}\n")
    with host.sshd(2242, "HostCertificate=/mnt/etc/key-cert.pub") as address:
        assert "expired" in diagnosed(HostKeyUnknown, address, known_hosts=pinned)


def test_a_certificate_for_another_host(host: Host, tmp_path: Path) -> None:
    ca = certified(host, tmp_path, "-n", "other.example.com")
    pinned = tmp_path / "kh"
    pinned.write_text(f"@cert-authority 10.213.*,[10.213.*]:* {ca}\n")
    with host.sshd(2243, "HostCertificate=/mnt/etc/key-cert.pub") as address:
        assert "principal" in diagnosed(HostKeyUnknown, address, known_hosts=pinned)


def test_a_key_that_may_not_forward(host: Host) -> None:
    with host.authorized("restrict"):
        shown = diagnosed(ForwardingProhibited, host.address)
    assert "does not let it forward anything" in shown
    assert SKIN in shown


def test_a_key_that_may_open_one_port_alone(host: Host) -> None:
    with host.authorized('restrict,port-forwarding,permitopen="127.0.0.1:80"'):
        assert "permitopen" in diagnosed(ForwardingProhibited, host.address)


@pytest.mark.parametrize("option", ["AllowTcpForwarding", "DisableForwarding"])
def test_an_sshd_that_does_not_forward(host: Host, tmp_path: Path, option: str) -> None:
    pinned = known_hosts_with(tmp_path / "kh", f"[{host.ip}]:2244 {host.public_key}")
    with host.sshd(2244, f"{option}={'no' if option.startswith('Allow') else 'yes'}") as address:
        assert option in diagnosed(ForwardingProhibited, address, known_hosts=pinned)


def test_without_a_shell_all_that_can_be_wrong_with_the_socket_is_listed(host: Host) -> None:
    shown = diagnosed(SocketClosed, host.address_of("stranger"))
    assert "let the key in; /run/docker.sock cannot be opened there" in shown
    for cause in ("systemctl is-active docker", "id stranger", "ls -l /run/docker.sock", "streamlocal"):
        assert cause in shown


def test_a_user_who_may_not_open_the_socket(host: Host) -> None:
    with host.shell("stranger"):
        shown = diagnosed(SocketClosed, host.address_of("stranger"))
    assert "stranger may not open /run/docker.sock" in shown
    assert "usermod -aG docker stranger" in shown


def test_no_engine_runs(host: Host) -> None:
    with host.shell(), host.without_engine():
        shown = diagnosed(SocketClosed, host.address)
    assert "no engine is running there: /run/docker.sock does not exist" in shown
    assert "systemctl start docker" in shown


def test_an_sshd_that_does_not_forward_sockets(host: Host, tmp_path: Path) -> None:
    pinned = known_hosts_with(tmp_path / "kh", f"[{host.ip}]:2245 {host.public_key}")
    with host.shell(), host.sshd(2245, "AllowStreamLocalForwarding=no") as address:
        assert "AllowStreamLocalForwarding yes" in diagnosed(SocketClosed, address, known_hosts=pinned)


def test_the_jump_host_is_not_there(hosts: list[Host]) -> None:
    shown = diagnosed(Refused, hosts[0].address, jump=hosts[1].address_of(port=99))
    assert f"the jump host deploy@{hosts[1].ip}:99: nobody listens" in shown


def test_the_jump_host_does_not_resolve(hosts: list[Host]) -> None:
    shown = diagnosed(NameUnknown, hosts[0].address, jump="ssh://deploy@bastion.invalid")
    assert "the jump host deploy@bastion.invalid" in shown
    assert "deploy.jump" in shown


def test_the_jump_host_rejects_the_key(hosts: list[Host]) -> None:
    shown = diagnosed(KeyRejected, hosts[0].address, jump=hosts[1].address_of("nobody"))
    assert f"the jump host nobody@{hosts[1].ip} does not let in" in shown


def test_the_jump_hosts_key_is_not_pinned(hosts: list[Host], tmp_path: Path) -> None:
    """The jump is as strict as the host itself."""
    pinned = tmp_path / "kh"
    pinned.write_text(f"{hosts[0].ip} {hosts[0].public_key}\n")
    shown = diagnosed(HostKeyUnknown, hosts[0].address, known_hosts=pinned, jump=hosts[1].address)
    assert f"the jump host deploy@{hosts[1].ip}: {pinned} has no key of {hosts[1].ip}" in shown


def test_the_jump_host_forwards_nothing(hosts: list[Host]) -> None:
    with hosts[1].authorized("restrict"):
        shown = diagnosed(ForwardingProhibited, hosts[0].address, jump=hosts[1].address)
    assert f"the jump host deploy@{hosts[1].ip} let the key in" in shown


def test_behind_the_jump_host_nobody_listens(hosts: list[Host]) -> None:
    shown = diagnosed(Refused, hosts[0].address_of(port=99), jump=hosts[1].address)
    assert shown.startswith(f"deploy@{hosts[0].ip}:99: nobody listens")


def test_behind_the_jump_host_the_key_is_rejected(hosts: list[Host]) -> None:
    shown = diagnosed(KeyRejected, hosts[0].address_of("nobody"), jump=hosts[1].address)
    assert shown.startswith(f"nobody@{hosts[0].ip} does not let in")


def test_every_host_that_fails_is_named(hosts: list[Host], reach: Reach) -> None:
    wrong = hosts[0].address_of(port=99), hosts[1].address, hosts[2].address_of("nobody")
    with pytest.raises(Unreachable) as raised, reach(*wrong):
        pass
    assert "nobody listens on port 99" in raised.value.message
    assert f"nobody@{hosts[2].ip} does not let in" in raised.value.message
    assert hosts[1].ip not in raised.value.message
