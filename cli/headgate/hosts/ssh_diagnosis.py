"""Why a host could not be reached over SSH: from what OpenSSH says (in English: LC_ALL=C) to what is to be done."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from headgate.config.address import SshAddress
from headgate.hosts.identity import Identity
from headgate.hosts.unreachable import (
    ForwardingProhibited,
    HostKeyChanged,
    HostKeyUnknown,
    KeyRejected,
    LineCut,
    NameUnknown,
    Refused,
    SocketClosed,
    TimedOut,
    Unreachable,
)


@dataclass(frozen=True)
class Hop:
    """A login that was tried: at the host itself, or at the one to jump over.

    Args:
        address: where to.
        identity: what with.
        pinned: the file of known hosts, as the configuration names it.
        jump: whether it is the jump host.
    """

    address: SshAddress
    identity: Identity
    pinned: Path
    jump: bool = False

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"the jump host {self.address.name}" if self.jump else self.address.name

    @property
    def scan(self) -> str:
        """How to obtain the host's key, to be compared before it is believed."""
        port = f"-p {self.address.port} " if self.address.port != 22 else ""
        return f"ssh-keyscan {port}{self.address.host}"


def why_no_login(hop: Hop, said: str) -> Unreachable | None:
    """The reason for a failed login in what ssh `said`, or None when it names none that is known.

    Raises:
        BadKey: the key cannot be used at all.
    """
    for pattern, explanation in _LOGINS:
        if found := re.search(pattern, said):
            return explanation(hop, found)
    return None


def unexplained(hop: Hop, said: str) -> Unreachable:
    """What is not known, in ssh's own words."""
    return Unreachable(
        f"{hop.name}: {last_line(said) or 'ssh ended without a word'}.",
        hint=f"The log of sshd on the host says more: journalctl -u ssh -n 20; and {_by_hand(hop.address)}",
    )


def line_cut(name: str, said: str) -> LineCut:
    """The line that was there is gone."""
    why = "the host went silent" if re.search(r"Timeout, server .* not responding", said) else last_line(said)
    return LineCut(
        f"{name}: the connection was cut{f': {why}' if why else ''}.",
        hint="headgate status says what serves there, once the host answers again; then deploy once more.",
    )


def forwarding_prohibited(hop: Hop) -> ForwardingProhibited:
    """By the options of the key or of sshd."""
    return ForwardingProhibited(
        f"{hop.name} let the key in, and does not let it forward anything.",
        hint='In authorized_keys on the host: restrict,port-forwarding,command="/bin/false" (and no permitopen); '
        "in its sshd_config: AllowTcpForwarding yes, AllowStreamLocalForwarding yes, DisableForwarding no.",
    )


def socket_closed(hop: Hop, state: str | None) -> Unreachable:
    """The engine's socket, by its `state` where a shell on the host could tell: usable, forbidden, missing."""
    name, address = hop.name, hop.address
    user = address.user or "the user"
    if state == "usable":
        return SocketClosed(
            f"{name}: sshd does not forward the socket {address.socket}.",
            hint="In sshd_config on the host: AllowStreamLocalForwarding yes",
        )
    if state == "forbidden":
        return SocketClosed(
            f"{name}: {user} may not open {address.socket}.",
            hint=f"On the host: sudo usermod -aG docker {user}, then try again. It makes {user} as powerful as root.",
        )
    if state == "missing":
        return SocketClosed(
            f"{name}: no engine is running there: {address.socket} does not exist.",
            hint="On the host: sudo systemctl start docker. A rootless engine or Podman listens elsewhere, "
            f"and the address says where: ssh://{address.login}/run/user/1000/docker.sock",
        )
    return SocketClosed(
        f"{name} let the key in; {address.socket} cannot be opened there, and without a shell nobody can tell why.",
        hint=f"On the host: systemctl is-active docker (is it running?); id {user} (is it in the group docker?); "
        f"ls -l {address.socket} (is it there?); sshd -T | grep -i streamlocal (does sshd forward sockets?)",
    )


def last_line(said: str) -> str:
    """The last line that ssh wrote, without what it writes at the end of everything."""
    lines = [line.strip().rstrip(".") for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _by_hand(address: SshAddress) -> str:
    port = f"-p {address.port} " if address.port != 22 else ""
    return f"ssh -v -N {port}{address.login} shows every step."


def _name_unknown(hop: Hop, found: re.Match[str]) -> Unreachable:
    return NameUnknown(
        f"{hop.name}: the name {found[1] or hop.address.host} does not resolve.",
        hint=f"getent hosts {found[1] or hop.address.host}; is the name in "
        f"{'deploy.jump' if hop.jump else 'deploy.hosts'} spelled right?",
    )


def _refused(hop: Hop, _found: re.Match[str]) -> Unreachable:
    return Refused(
        f"{hop.name}: nobody listens on port {hop.address.port} (connection refused).",
        hint=f"On the host: systemctl status ssh; sshd on another port: ssh://{hop.address.login}:2222",
    )


def _timed_out(hop: Hop, found: re.Match[str]) -> Unreachable:
    return TimedOut(
        f"{hop.name} does not answer on port {hop.address.port}: {found[0].strip().lower()}.",
        hint="Is the host up, does a firewall let this machine in, or does a jump host lead to it (deploy.jump)?",
    )


def _host_key_changed(hop: Hop, found: re.Match[str]) -> Unreachable:
    shown = re.search(r"SHA256:[A-Za-z0-9+/]+", found.string)
    line = re.search(r"Offending .* key in .*:(\d+)", found.string)
    return HostKeyChanged(
        f"{hop.name} shows another key than the one in {hop.pinned}{f':{line[1]}' if line else ''}"
        f"{f': {shown[0]}' if shown else ''}. Somebody may stand in between; nothing was sent.",
        hint="Ask who runs the host whether it was set up anew. If so, compare the fingerprint there (ssh-keygen -lf "
        f"/etc/ssh/ssh_host_ed25519_key.pub), then replace the line by that of: {hop.scan}",
    )


def _host_key_unknown(hop: Hop, _found: re.Match[str]) -> Unreachable:
    return HostKeyUnknown(
        f"{hop.name}: {hop.pinned} has no key of {hop.address.in_known_hosts}.",
        hint=f"{hop.scan} | ssh-keygen -lf -  shows a fingerprint. Compare it with what the host says of itself "
        f"(ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); if they agree: {hop.scan} >>{hop.pinned}",
    )


def _certificate(hop: Hop, found: re.Match[str]) -> Unreachable:
    return HostKeyUnknown(
        f"{hop.name}: its host certificate is not accepted: {found[1].strip()}.",
        hint=f"On the host: ssh-keygen -Lf /etc/ssh/ssh_host_ed25519_key-cert.pub; it must be valid today and name "
        f"{hop.address.host} among its principals.",
    )


def _rejected(hop: Hop, _found: re.Match[str]) -> Unreachable:
    hop.identity.check()
    offered = hop.identity.shown()
    return KeyRejected(
        f"{hop.name} does not let in {offered}",
        hint=f"Its public half belongs into ~{hop.address.user or ''}/.ssh/authorized_keys on that host, which "
        "nobody but its owner may be able to write; is the user in the address the right one?",
    )


def _too_many(hop: Hop, _found: re.Match[str]) -> Unreachable:
    return KeyRejected(
        f"{hop.name}: the SSH agent has so many keys that the host hung up before the right one was tried.",
        hint="Give headgate the one key: HEADGATE_SSH_KEY, or an agent that has no other.",
    )


def _no_agreement(hop: Hop, found: re.Match[str]) -> Unreachable:
    return Unreachable(
        f"{hop.name}: {found[0].strip()}",
        hint=f"The host's sshd is too old, or {hop.pinned} has a key of a kind that the host has no more.",
    )


_Explanation = Callable[[Hop, re.Match[str]], Unreachable]
# The order matters: a changed key is also a failed verification, and without its certificate a key is unknown.
_LOGINS: tuple[tuple[str, _Explanation], ...] = (
    (r"Could not resolve hostname (\S+):", _name_unknown),
    (r"open failed: connect failed: ()(?:Name or service not known|.*name resolution|No address)", _name_unknown),
    (r"REMOTE HOST IDENTIFICATION HAS CHANGED", _host_key_changed),
    (r"REVOKED HOST KEY", _host_key_changed),
    (r"Certificate invalid: (.*)", _certificate),
    (r"No .* host key is known for", _host_key_unknown),
    (r"Host key verification failed", _host_key_unknown),
    (r"Too many authentication failures", _too_many),
    (r"Permission denied \(", _rejected),
    (r"Unable to negotiate with .*", _no_agreement),
    (r"Connection refused", _refused),
    (r"(?:Connection|Operation) timed out|No route to host|Network is unreachable|Host is down", _timed_out),
)
