"""The key's file and the login are gone with headgate, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.bad_lines import bad_line
from support.deployment import until
from support.hosts import KNOWN_HOSTS, Host, identity

from .conftest import Reach, left_behind

_CONNECTS = """
import sys, time
from pathlib import Path
from headgate import main
from headgate.hosts import Access, connected

def stay():
    with connected([sys.argv[1]], Access(Path(sys.argv[2]))):
        print("connected", flush=True)
        time.sleep(60)

main.headgate.main = lambda **_: stay()
main.main()
"""


@contextmanager
def deployer(address: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A process that connects and stays, with the signals and endings of the command line."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CONNECTS, address, str(KNOWN_HOSTS)],
        env={**os.environ, **identity(), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def keys() -> list[Path]:
    """The files that hold the key now."""
    return [file for folder in left_behind() if folder.startswith("/") for file in Path(folder).glob("key")]


def test_the_key_is_on_disk_only_while_it_is_needed(host: Host, reach: Reach) -> None:
    with reach(host.address):
        assert left_behind()
        assert keys() == []


def test_nobody_else_can_read_it(host: Host) -> None:
    with bad_line(host.ip, 22) as line:
        line.silent = True
        with deployer(f"ssh://deploy@127.0.0.1:{line.port}") as process:
            (key,) = until(keys)
            assert key.stat().st_mode & 0o777 == 0o600
            assert key.parent.stat().st_mode & 0o777 == 0o700
            process.terminate()
            process.wait(timeout=15)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_login_that_is_interrupted_leaves_nothing(host: Host, ending: signal.Signals) -> None:
    with bad_line(host.ip, 22) as line:
        line.silent = True
        with deployer(f"ssh://deploy@127.0.0.1:{line.port}") as process:
            until(keys)
            process.send_signal(ending)
            assert process.wait(timeout=15) == 130
            assert left_behind() == []


def test_what_a_killed_login_left_is_cleared_by_the_next(host: Host, reach: Reach) -> None:
    with bad_line(host.ip, 22) as line:
        line.silent = True
        with deployer(f"ssh://deploy@127.0.0.1:{line.port}") as process:
            until(keys)
            process.kill()
            process.wait()
        assert len(keys()) == 1
    with reach(host.address):
        assert keys() == []


def test_the_line_of_a_killed_headgate_ends_with_it(host: Host, reach: Reach) -> None:
    with deployer(host.address) as process:
        assert process.stdout.readline() == "connected\n"
        assert host.sessions == 1
        process.kill()
        process.wait()
        until(lambda: host.sessions == 0)
    with reach(host.address):
        pass


def test_a_line_that_outlived_its_headgate_is_ended_by_the_next(host: Host, reach: Reach, tmp_path: Path) -> None:
    """Where the kernel does not end it, as on macOS."""
    (tmp_path / "ssh").symlink_to("/usr/bin/ssh")
    with deployer(host.address, PATH=str(tmp_path)) as process:  # without setpriv
        assert process.stdout.readline() == "connected\n"
        process.kill()
        process.wait()
        assert host.sessions == 1
    with reach(host.address):
        until(lambda: host.sessions == 1)
    until(lambda: host.sessions == 0)
