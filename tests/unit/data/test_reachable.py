"""A silent SSH remote is found out before DVC waits for it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from headgate.data import RemoteSilent
from headgate.data.reachable import check_answers
from headgate.data.remotes import Remote
from headgate.process import Completed

SSH = Remote("storage", {"url": "ssh://box/data"})


def resolving_to(text: str) -> Any:
    def run(argv: Sequence[str], **_options: object) -> Completed:
        return Completed(tuple(argv), 0, text, "")

    return run


def test_an_alias_of_ssh_is_resolved_before_it_is_asked(tmp_path: Path) -> None:
    asked: list[tuple[str, int, float]] = []

    def greeting(host: str, port: int, timeout: float) -> bytes:
        asked.append((host, port, timeout))
        return b"SSH-"

    check_answers(SSH, run=resolving_to("hostname 203.0.113.10\nport 22\n"), project=tmp_path, greeting=greeting)
    assert asked in ([("203.0.113.10", 22, 10.0)], [("box", 22, 10.0)])  # the latter where there is no ssh


@pytest.mark.parametrize("failure", [TimeoutError("timed out"), ConnectionRefusedError("refused")])
def test_no_answer_names_the_host_and_the_port(tmp_path: Path, failure: OSError) -> None:
    def greeting(host: str, port: int, timeout: float) -> bytes:
        raise failure

    with pytest.raises(RemoteSilent, match=r"'storage' is on box:22, which does not answer"):
        check_answers(SSH, run=resolving_to(""), project=tmp_path, greeting=greeting)


def test_something_that_is_no_ssh_server_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RemoteSilent, match="no SSH server"):
        check_answers(SSH, run=resolving_to(""), project=tmp_path, greeting=lambda *_: b"HTTP")


@pytest.mark.parametrize("remote", [None, Remote("s", {"url": "/mnt/data"}), Remote("s", {"url": "s3://b"})])
def test_other_remotes_are_not_asked(tmp_path: Path, remote: Remote | None) -> None:
    def greeting(host: str, port: int, timeout: float) -> bytes:
        raise AssertionError("asked")

    check_answers(remote, run=resolving_to(""), project=tmp_path, greeting=greeting)


def test_a_host_behind_another_is_left_to_dvc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/ssh")

    def greeting(host: str, port: int, timeout: float) -> bytes:
        raise AssertionError("asked")

    check_answers(SSH, run=resolving_to("proxyjump bastion\n"), project=tmp_path, greeting=greeting)
