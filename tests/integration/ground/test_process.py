"""Programs are run without a shell, and end with all that they started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headgate import process
from headgate.process import ProgramMissing, TimedOut, await_until, run, withhold


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie nobody has waited for yet does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_arguments_reach_the_program_as_they_are() -> None:
    hostile = "a'b; $(id) `id` \"\n&& echo"
    assert run([sys.executable, "-c", "import sys; print(sys.argv[1], end='')", hostile]).stdout == hostile


def test_a_program_gets_no_credential_of_headgate_s_and_nothing_that_is_withheld(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "_for_headgate_alone", set(process._for_headgate_alone))
    ours = ("HEADGATE_SSH_KEY", "HEADGATE_REGISTRY_PASSWORD", "HEADGATE_TELEMETRY_TOKEN")
    for name in (*ours, "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "TLS_PEM"):
        monkeypatch.setenv(name, "look-for-me")
    withhold("TLS_PEM")

    assert "look-for-me" not in run(["env"]).stdout


def test_lines_of_both_streams_come_as_they_are_written() -> None:
    lines: list[str] = []
    completed = run(["sh", "-c", "echo one; echo two >&2; exit 3"], on_line=lines.append)

    assert lines == ["one", "two"]
    assert (completed.returncode, completed.last_words) == (3, "two")


def test_a_program_that_takes_too_long_ends_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(TimedOut):
        run(["sh", "-c", f"sleep 60 & echo $! > {pids}; wait"], timeout=0.5)

    assert await_until(lambda: not alive(int(pids.read_text())), timeout=5)


def test_a_program_that_takes_too_long_leaves_its_last_lines() -> None:
    with pytest.raises(TimedOut) as caught:
        run(["sh", "-c", "echo one; echo two >&2; exec sleep 60"], timeout=0.5, on_line=lambda _line: None)

    assert caught.value.tail == ("one", "two")


def test_an_interrupt_ends_the_program_before_it_is_passed_on(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    caller = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "from headgate.process import run\n"
                f"run(['sh', '-c', 'sleep 60 & echo $! > {ready}.new; mv {ready}.new {ready}; wait'])"
            ),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert await_until(ready.exists, timeout=10)
    caller.send_signal(signal.SIGINT)

    _, talk = caller.communicate(timeout=30)
    assert "KeyboardInterrupt" in talk
    assert await_until(lambda: not alive(int(ready.read_text())), timeout=5)


def test_a_program_that_does_not_exist_is_named() -> None:
    with pytest.raises(ProgramMissing, match="no-such-program"):
        run(["no-such-program"])


def test_a_grandchild_holding_the_pipe_does_not_hold_headgate() -> None:
    started = time.monotonic()
    completed = run(["sh", "-c", "sleep 8 & echo $!"], on_line=lambda _line: None)

    assert time.monotonic() - started < 7.5
    os.kill(int(completed.tail[0]), signal.SIGKILL)
