"""The action for SSH: a key in an agent, host keys that were compared, and nothing of the key on disk."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "actions" / "ssh" / "load-key.sh"
HOST = "203.0.113.10 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFyZSB5b3UgcmVhZGluZyB0aGlzPyBob3cgbmljZQ==\n"


class Job:
    """A job's folder, and its home."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "headgate-ssh-agent"
        (folder / "home").mkdir()
        (folder / ".github").mkdir()
        (folder / ".github/known_hosts").write_text(HOST)

    def load(self, key: str, known_hosts: str = ".github/known_hosts") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", SCRIPT],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder / "home"),
                "RUNNER_TEMP": str(self.folder),
                "GITHUB_ENV": str(self.folder / "env"),
                "HEADGATE_SSH_KEY_TEXT": key,
                "HEADGATE_SSH_KNOWN_HOSTS": known_hosts,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def agents(self) -> Iterator[Path]:
        """The agent that listens on the job's socket, by its folder in /proc."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:1] == [b"ssh-agent"] and str(self.socket).encode() in words:
                yield process

    def end(self) -> None:
        """End the agent, as the runner ends what a job leaves."""
        for process in self.agents():
            os.kill(int(process.name), signal.SIGTERM)


@pytest.fixture
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    job = Job(tmp_path_factory.mktemp("job"))
    yield job
    job.end()


@pytest.fixture
def key(tmp_path: Path) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ci", "-f", tmp_path / "key"], check=True)
    return (tmp_path / "key").read_text()


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""], ids=["unix", "windows", "cut"])
def test_the_key_is_in_the_agent_and_nowhere_else(job: Job, key: str, ending: str) -> None:
    done = job.load(key.rstrip("\n").replace("\n", ending or "\n") + ending)

    assert done.returncode == 0, done.stderr
    environ = {**os.environ, "SSH_AUTH_SOCK": str(job.socket)}
    listed = subprocess.run(["ssh-add", "-l"], env=environ, capture_output=True, text=True, check=True)
    assert "ED25519" in listed.stdout
    assert (job.folder / "env").read_text() == f"SSH_AUTH_SOCK={job.socket}\n"
    assert (job.folder / "home/.ssh/known_hosts").read_text() == HOST
    secret = key.splitlines()[1]
    (agent,) = job.agents()
    assert secret.encode() not in (agent / "environ").read_bytes()
    assert not [path for path in job.folder.rglob("*") if path.is_file() and secret in path.read_text()]
    assert secret not in done.stdout + done.stderr


def test_without_a_key_there_is_nothing_to_do(job: Job) -> None:
    done = job.load("", known_hosts="missing")

    assert done.returncode == 0
    assert not job.socket.exists()


def test_hosts_that_nobody_has_compared_are_not_believed(job: Job, key: str) -> None:
    done = job.load(key, known_hosts="missing")

    assert done.returncode == 3
    assert "There are no host keys to compare with. try: ssh-keyscan HOST" in done.stderr


def test_half_a_key_is_called_that(job: Job, key: str) -> None:
    done = job.load(key[: len(key) // 2])

    assert done.returncode == 3
    assert "must be a private key without a passphrase, whole" in done.stderr
    assert not (job.folder / "env").exists()
