"""The line to a host: one login over SSH, through which the engine's socket comes here, and ports on demand."""

from __future__ import annotations

import re
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.background import Background
from headgate.config.address import SshAddress
from headgate.hosts import ssh_command, ssh_diagnosis
from headgate.hosts.identity import Identity
from headgate.hosts.private_folder import PrivateFolder
from headgate.hosts.ssh_command import Files
from headgate.hosts.ssh_diagnosis import Hop
from headgate.hosts.unreachable import Unreachable
from headgate.process import await_until, run

if TYPE_CHECKING:
    from headgate.hosts.trouble import EngineUnreachable

_LOGS_IN_WITHIN = 30.0  # seconds, through a jump host as well
_ASKED_WITHIN = 15.0  # seconds for one answer of the line itself
_TRIES_AGAIN_AFTER = 5.0  # seconds
_TRIES = 5
_ENGLISH = {"LC_ALL": "C", "SHELL": "/bin/sh"}  # ssh has $SHELL start the way to a jump host


@dataclass(frozen=True)
class Way:
    """How a host is reached: the pinned keys as their file has them, the host to jump over, and what to log in with."""

    pinned: Path
    keys: bytes
    jump: SshAddress | None
    identity: Identity


class Line:
    """One login to a host. Cut, it is opened again for what comes next: what was under way has failed.

    `dial` only starts it, so that the lines to many hosts come up at the same time; `await_open` waits.
    """

    def __init__(self, host: SshAddress, way: Way) -> None:
        self.host = host
        self._way = way
        self._hop = Hop(host, way.identity, way.pinned)
        self._folder = PrivateFolder()
        self._files = Files(self._folder.path)
        self._ports: dict[int, int] = {}
        self._ssh: Background | None = None
        self._changing = threading.RLock()
        self._failed: tuple[float, EngineUnreachable] | None = None

    @property
    def socket(self) -> Path:
        """The engine's socket, here."""
        return self._files.engine

    def dial(self) -> None:
        """Start to log in."""
        for left in (self._files.control, self._files.engine, self._files.log, self._files.jump_log):
            left.unlink(missing_ok=True)
        self._folder.write(self._files.known_hosts.name, self._way.keys)
        self._way.identity.hand_out(self._folder)
        here = {local: port for port, local in self._ports.items()}
        argv = ssh_command.open_line(self.host, self._way.jump, self._way.identity, self._files, here)
        self._ssh = Background(argv, log=self._files.log, env={**self._way.identity.environ, **_ENGLISH})

    def await_open(self) -> None:
        """Wait until the login has succeeded.

        Raises:
            Unreachable: it has not; the kind of it says why.
        """
        try:
            await_until(lambda: not self._alive or self._files.control.exists(), timeout=_LOGS_IN_WITHIN, every=0.01)
            if not self._alive or not self._files.control.exists():
                raise self._no_login()
        finally:
            self._way.identity.take_back(self._folder)

    def ensure_open(self) -> None:
        """Open the line again, where it was cut.

        Raises:
            Unreachable: that failed, now or a moment ago.
        """
        with self._changing:
            if self._alive:
                return
            if self._failed and time.monotonic() - self._failed[0] < _TRIES_AGAIN_AFTER:
                raise self._failed[1]
            try:
                self.dial()
                self.await_open()
            except Unreachable as failure:
                self._failed = (time.monotonic(), failure)
                raise

    def port(self, port: int) -> int:
        """The port of this machine's loopback that leads to `port` of the host's.

        Raises:
            Unreachable: the line is cut, or the host forwards no ports.
        """
        with self._changing:
            self.ensure_open()
            if port not in self._ports:
                self._ports[port] = self._forwarded(port)
        if "administratively prohibited" in self._said():
            raise ssh_diagnosis.forwarding_prohibited(self._hop)
        return self._ports[port]

    def mark(self) -> int:
        """Where the line's log ends now."""
        return len(self._said())

    def trouble(self, since: int) -> EngineUnreachable | None:
        """Why the engine's socket did not answer, where the line's log has the reason `since` that mark."""
        await_until(lambda: not self._alive, timeout=0.2, every=0.02)  # ssh closes its sockets before it ends
        if not self._alive:
            return ssh_diagnosis.line_cut(self.host.name, self._said())
        if "open failed" in self._said()[since:]:
            return self._socket_closed()
        return None

    def close(self) -> None:
        """Log out, and leave nothing behind."""
        if self._ssh:
            self._ssh.end()
        self._folder.remove()

    @property
    def _alive(self) -> bool:
        return self._ssh is not None and self._ssh.running

    def _said(self) -> str:
        return _text(self._files.log)

    def _no_login(self) -> EngineUnreachable:
        """The jump host's own words count first: what the host itself seems to say may be only their consequence."""
        if self._alive and self._ssh:
            self._ssh.end()
        said, jump_said = self._said(), _text(self._files.jump_log)
        if self._way.jump and jump_said:
            hop = Hop(self._way.jump, self._way.identity, self._way.pinned, jump=True)
            if "administratively prohibited" in jump_said:
                return ssh_diagnosis.forwarding_prohibited(hop)
            beyond = "stdio forwarding failed" in jump_said
            found = ssh_diagnosis.why_no_login(self._hop if beyond else hop, jump_said)
            if found or "UNKNOWN port" in said:
                return found or ssh_diagnosis.unexplained(hop, jump_said)
        return ssh_diagnosis.why_no_login(self._hop, said) or ssh_diagnosis.unexplained(self._hop, said)

    def _forwarded(self, port: int) -> int:
        """A free port here, forwarded to `port` there; somebody may take the free one meanwhile, hence the tries."""
        for _ in range(_TRIES):
            here = _free_port()
            asked = run(ssh_command.add_forward(self._files, here, port), timeout=_ASKED_WITHIN)
            if asked.ok:
                return here
        raise Unreachable(
            f"{self.host.name}: no port of this machine could be forwarded to port {port} there: {asked.last_words}"
        )

    def _socket_closed(self) -> EngineUnreachable:
        """Tell apart what sshd reports in the same words: with a port of the host, and with a shell where there is one.

        Nobody listens on port 1: a line that may forward says so, one that may not says that instead.
        """
        with socket.create_connection(("127.0.0.1", self.port(1)), timeout=_ASKED_WITHIN) as asked:
            asked.recv(1)
        if "administratively prohibited" in self._said():
            return ssh_diagnosis.forwarding_prohibited(self._hop)
        answer = run(ssh_command.ask_about_socket(self.host, self._files), timeout=_ASKED_WITHIN).stdout
        state = re.fullmatch(r"(?:.*\n)?(usable|forbidden|missing)\s*", answer, re.DOTALL)
        return ssh_diagnosis.socket_closed(self._hop, state[1] if state else None)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _text(file: Path) -> str:
    return file.read_text(errors="replace") if file.exists() else ""
