"""An sshd on loopback, with a key of its own for whoever may come in."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_SSHD = "/usr/sbin/sshd"


def missing() -> str | None:
    """What keeps an sshd from running here."""
    import os

    if not Path(_SSHD).exists():
        return f"no {_SSHD} (apt-get install openssh-server)"
    return None if os.geteuid() == 0 else "sshd is started as root"


@dataclass
class SshServer:
    """A server that runs until it is stopped.

    Args:
        port: on 127.0.0.1.
        key: the private key that opens it.
    """

    port: int
    key: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path) -> SshServer:
        """Start one whose files are in `folder`, and wait until it answers."""
        Path("/run/sshd").mkdir(exist_ok=True)
        for name in ("host", "key"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True, capture_output=True)
        authorized = folder / "authorized_keys"
        authorized.write_bytes((folder / "key.pub").read_bytes())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = {
            "Port": port, "ListenAddress": "127.0.0.1", "HostKey": folder / "host", "PidFile": "none", "UsePAM": "no",
            "AuthorizedKeysFile": authorized, "StrictModes": "no", "PasswordAuthentication": "no",
            "Subsystem": "sftp internal-sftp", "MaxStartups": "100:30:200", "MaxSessions": "100",
        }  # fmt: skip
        said = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        process = subprocess.Popen(
            [_SSHD, "-D", "-f", "/dev/null", *said], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        server = cls(port, folder / "key", process)
        server._wait()
        return server

    def stop(self) -> None:
        """End it, and with it what it serves."""
        self.process.terminate()
        self.process.wait(timeout=10)

    def _wait(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError(f"sshd does not answer on port {self.port}")
