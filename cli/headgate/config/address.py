"""Addresses of hosts, `ssh://[user@]host[:port][/path/to/engine.sock]`: what is accepted can never mean anything else.

A program that gets a part of an address as an argument takes it for nothing but that: no part begins with `-`, and none
holds a character that a shell, or ssh itself, gives a meaning to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

SCHEME = "ssh://"
SSH_PORT = 22
ENGINE_SOCKET = "/run/docker.sock"
_ADDRESS = re.compile(
    r"(?:(?P<user>[^@/]*)@)?(?:\[(?P<ipv6>[^\]/]*)\]|(?P<name>[^:/\[\]]*))(?::(?P<port>[^/]*))?(?P<socket>/.*)?"
)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?")
_SOCKET = re.compile(r"(/[A-Za-z0-9_.+-]+)+")


@dataclass(frozen=True)
class SshAddress:
    """A host that is reached over SSH. `user` None: the one that runs headgate; `host` without brackets."""

    host: str
    user: str | None = None
    port: int = SSH_PORT
    socket: str = ENGINE_SOCKET

    @classmethod
    def parse(cls, text: str) -> SshAddress:
        """The address that `text` spells.

        Raises:
            ValueError: it spells none; the words fit behind the key's name.
        """
        found = _ADDRESS.fullmatch(text.removeprefix(SCHEME)) if text.startswith(SCHEME) else None
        if found is None:
            raise ValueError(f"{_shown(text)} is not like ssh://deploy@203.0.113.10")
        user, port, socket = found["user"], found["port"], found["socket"]
        if user is not None and ":" in user:
            raise ValueError("holds a password: headgate logs in with a key, which HEADGATE_SSH_KEY or the agent has")
        if user is not None and not _USER.fullmatch(user):
            raise ValueError(f"{_shown(text)}: {user!r} is not a user's name")
        if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
            raise ValueError(f"{_shown(text)}: {port!r} is not a port")
        if socket in (None, "/"):
            socket = ENGINE_SOCKET
        if not _SOCKET.fullmatch(socket) or ".." in socket.split("/"):
            raise ValueError(f"{_shown(text)}: {socket!r} is not the path of a socket")
        return cls(_host(found, text), user, int(port) if port else SSH_PORT, socket)

    @property
    def login(self) -> str:
        """`deploy@203.0.113.10`, for people."""
        return f"{self.user}@{self.bracketed}" if self.user else self.bracketed

    @property
    def name(self) -> str:
        """What every message and the journal call it: the whole address without what is usual."""
        port = "" if self.port == SSH_PORT else f":{self.port}"
        return f"{self.login}{port}{'' if self.socket == ENGINE_SOCKET else self.socket}"

    @property
    def bracketed(self) -> str:
        """The host as a URL spells it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def in_known_hosts(self) -> str:
        """The name under which a known_hosts file has its key."""
        return self.host if self.port == SSH_PORT else f"[{self.host}]:{self.port}"


def _host(found: re.Match[str], text: str) -> str:
    if found["ipv6"] is not None:
        try:
            return str(IPv6Address(found["ipv6"].replace("%", "-")))  # a zone means nothing on another machine
        except AddressValueError as wrong:
            raise ValueError(f"{_shown(text)}: {found['ipv6']!r} is not an IPv6 address") from wrong
    if not _NAME.fullmatch(found["name"]):
        raise ValueError(f"{_shown(text)}: {found['name']!r} is not the name of a host")
    return found["name"]


def _shown(text: str) -> str:
    """Without what comes before the last @: it may be a password."""
    return repr(text if "@" not in text else f"…@{text.rpartition('@')[2]}")
