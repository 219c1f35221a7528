"""What is strict about a connection must be in its command line: nothing else makes it so."""

import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from headgate.config.address import SshAddress
from headgate.hosts.identity import Identity
from headgate.hosts.ssh_command import Files, open_line

FILES = Files(Path("/private/folder"))
HOST = SshAddress("203.0.113.10", "deploy", 2222)
STRICT = {
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UserKnownHostsFile=/private/folder/known_hosts",
    "GlobalKnownHostsFile=/dev/null",
    "UpdateHostKeys=no",
    "ForwardAgent=no",
    "PreferredAuthentications=publickey",
}


def line(jump: SshAddress | None = None, identity: Identity | None = None) -> list[str]:
    return open_line(HOST, jump, identity or Identity(key="text"), FILES, {41234: 80})


def options(argv: list[str]) -> set[str]:
    return {value for name, value in pairwise(argv) if name == "-o"}


def test_a_line_is_strict_and_takes_nothing_from_the_users_own_settings() -> None:
    argv = line()
    assert argv[:3] == ["ssh", "-F", "none"]
    assert options(argv) >= STRICT


def test_the_host_comes_last_and_can_be_no_option() -> None:
    assert line()[-6:] == ["-p", "2222", "-l", "deploy", "--", "203.0.113.10"]


def test_the_jump_host_is_as_strict() -> None:
    argv = line(jump=SshAddress("bastion.example.com", "gate"))
    (proxy,) = [one.partition("=")[2] for one in options(argv) if one.startswith("ProxyCommand=")]
    through = shlex.split(proxy)
    assert options(through) >= STRICT
    assert through[-8:] == ["-W", "[%h]:%p", "-p", "22", "-l", "gate", "--", "bastion.example.com"]


def test_an_identity_is_the_only_one_that_is_offered() -> None:
    with_key, with_agent = options(line()), options(line(identity=Identity(agent="/run/agent")))
    assert {"IdentityAgent=none", "IdentitiesOnly=yes"} <= with_key
    assert {"IdentityAgent=SSH_AUTH_SOCK", "IdentityFile=none"} <= with_agent


@pytest.mark.parametrize("part", ["text", "/run/agent"])
def test_a_key_is_in_no_argument(part: str) -> None:
    for identity in (Identity(key="text"), Identity(agent="/run/agent")):
        assert not any(part in argument for argument in line(SshAddress("bastion"), identity))
