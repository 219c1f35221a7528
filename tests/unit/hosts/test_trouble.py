import errno

import pytest

from headgate.hosts.trouble import (
    DiskFull,
    EngineRefused,
    NameTaken,
    NotThere,
    PortReserved,
    PortTaken,
    RegistryRefused,
    explained,
    refusal,
    unreachable,
)


@pytest.mark.parametrize(
    ("why", "status", "kind"),
    [
        ("write /var/lib/docker/tmp/x: no space left on device", 500, DiskFull),
        ("Bind for 0.0.0.0:80 failed: port is already allocated", 500, PortTaken),
        ("listen tcp4 0.0.0.0:80: bind: address already in use", 500, PortTaken),
        ("cannot expose privileged port 80, or choose a larger one: bind: permission denied", 500, PortReserved),
        ("unauthorized: authentication required", 500, RegistryRefused),
        ("manifest unknown: manifest unknown", 404, RegistryRefused),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", 404, RegistryRefused),
        ("Get https://registry.example.com/v2/: dial tcp 203.0.113.1:443: i/o timeout", 500, RegistryRefused),
        ('Conflict. The container name "/x" is already in use by container "y"', 409, NameTaken),
        ("No such container: x", 404, NotThere),
        ("something new", 500, EngineRefused),
    ],
)
def test_the_engine_s_words_become_the_error_they_mean(why: str, status: int, kind: type[EngineRefused]) -> None:
    error = refusal("local", "deploying", why, status)

    assert type(error) is kind
    assert error.exit_code == 3
    assert "local: deploying" in error.message


@pytest.mark.parametrize("kind", [DiskFull, PortTaken, RegistryRefused])
def test_what_a_person_can_mend_comes_with_a_hint(kind: type[EngineRefused]) -> None:
    why = {DiskFull: "no space left on device", PortTaken: "address already in use", RegistryRefused: "denied"}[kind]

    assert refusal("local", "deploying", why).hint


def test_a_socket_that_may_not_be_opened_is_told_from_an_engine_that_is_down() -> None:
    down = ConnectionError("Connection aborted.")
    down.__cause__ = FileNotFoundError(errno.ENOENT, "No such file or directory")
    forbidden = ConnectionError("Connection aborted.")
    forbidden.__cause__ = PermissionError(errno.EACCES, "Permission denied")

    assert "no engine is running" in unreachable("local", "connecting", down).message
    assert "may not open the engine's socket" in unreachable("local", "connecting", forbidden).message


def test_errors_of_headgate_s_own_pass_unchanged() -> None:
    mine = NotThere("gone")

    with pytest.raises(NotThere) as raised, explained("local", "looking"):
        raise mine

    assert raised.value is mine


def test_an_error_that_is_its_own_cause_is_read_to_its_end() -> None:
    silent = ValueError("read timed out")
    silent.__cause__ = silent

    assert "read timed out" in unreachable("local", "asking the registry", silent).message
