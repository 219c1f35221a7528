"""The command lines of OpenSSH: what is strict about a connection is here, and nothing of the user's own settings."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from headgate.config.address import SshAddress
from headgate.hosts.identity import Identity

CONNECTS_WITHIN = 10  # seconds
_NOTICED_EVERY, _NOTICED_AFTER = 5, 2  # seconds between signs of life, and how many may be missing
_STRICT = {
    "BatchMode": "yes",  # it never asks
    "StrictHostKeyChecking": "yes",
    "GlobalKnownHostsFile": "/dev/null",
    "UpdateHostKeys": "no",
    "VerifyHostKeyDNS": "no",
    "CheckHostIP": "no",
    "PreferredAuthentications": "publickey",
    "ForwardAgent": "no",
    "PermitLocalCommand": "no",
    "ConnectTimeout": str(CONNECTS_WITHIN),
    "ConnectionAttempts": "1",
    "ServerAliveInterval": str(_NOTICED_EVERY),
    "ServerAliveCountMax": str(_NOTICED_AFTER),
    "LogLevel": "INFO",
}
_FORWARDING = {
    "ControlPersist": "no",
    "ExitOnForwardFailure": "yes",
    "StreamLocalBindMask": "0177",
    "StreamLocalBindUnlink": "yes",
}


@dataclass(frozen=True)
class Files:
    """What one connection has in its private folder."""

    folder: Path

    @property
    def control(self) -> Path:
        """The socket of the ControlMaster."""
        return self.folder / "control"

    @property
    def engine(self) -> Path:
        """The engine's socket on this side."""
        return self.folder / "engine.sock"

    @property
    def known_hosts(self) -> Path:
        """A copy of the pinned keys: under this name no character of its path can be taken for another option."""
        return self.folder / "known_hosts"

    @property
    def log(self) -> Path:
        """What ssh says."""
        return self.folder / "log"

    @property
    def jump_log(self) -> Path:
        """What the ssh to the jump host says."""
        return self.folder / "jump-log"


def open_line(
    host: SshAddress, jump: SshAddress | None, identity: Identity, files: Files, forwards: Mapping[int, int]
) -> list[str]:
    """Log in, forward the engine's socket, and stay.

    Args:
        host: where to.
        jump: the host to go through.
        identity: what to log in with.
        files: where keys are, and sockets are to be.
        forwards: ports of the host by port of this machine.
    """
    return [
        "ssh",
        *_strict(identity, files),
        *_options(_FORWARDING),
        *(["-o", f"ProxyCommand={_through(jump, identity, files)}"] if jump else []),
        "-NT",
        "-M",
        "-S",
        str(files.control),
        "-L",
        f"{files.engine}:{host.socket}",
        *(part for here, there in forwards.items() for part in ("-L", _forward(here, there))),
        *_destination(host),
    ]


def add_forward(files: Files, here: int, there: int) -> list[str]:
    """Have the open line forward one more port."""
    return ["ssh", "-F", "none", "-S", str(files.control), "-O", "forward", "-L", _forward(here, there), "--", "line"]


def end_line(control: Path) -> list[str]:
    """End the line of a headgate that is gone."""
    return ["ssh", "-F", "none", "-S", str(control), "-O", "exit", "--", "line"]


def ask_about_socket(host: SshAddress, files: Files) -> list[str]:
    """Where the user has a shell: say `usable`, `forbidden` or `missing` of the engine's socket."""
    socket = shlex.quote(host.socket)
    asked = f"if test -w {socket}; then echo usable; elif test -e {socket}; then echo forbidden; else echo missing; fi"
    # Over the open line or not at all: without it, ssh would log in anew, and not as strictly.
    return ["ssh", "-F", "none", "-S", str(files.control), "-o", "ProxyCommand=false", *_destination(host), asked]


def _strict(identity: Identity, files: Files) -> list[str]:
    pinned = {"UserKnownHostsFile": str(files.known_hosts)}
    return ["-F", "none", *_options(_STRICT | pinned), *identity.options(files.folder)]


def _through(jump: SshAddress, identity: Identity, files: Files) -> str:
    """The same strictness for the jump host, which -J would not have. ssh hands this line to a shell, hence quoted."""
    options = [part.replace("%", "%%") for part in ("-E", str(files.jump_log), *_strict(identity, files))]
    return shlex.join(["ssh", *options, "-W", "[%h]:%p", *_destination(jump)])


def _options(values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("-o", f"{name}={value}")]


def _forward(here: int, there: int) -> str:
    return f"127.0.0.1:{here}:127.0.0.1:{there}"


def _destination(host: SshAddress) -> list[str]:
    return ["-p", str(host.port), *(["-l", host.user] if host.user else []), "--", host.host]
