from datetime import datetime, timezone
from typing import Any

import pytest

from headgate.hosts.archive import pack, unpack
from headgate.hosts.containers import Container, ContainerSpec, moment
from headgate.hosts.listeners import listening

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
"""


def inspected(**state: Any) -> dict[str, Any]:
    usual = {"Status": "running", "ExitCode": 0, "OOMKilled": False, "Pid": 7, "StartedAt": "2026-11-21T10:00:01.5Z"}
    return {
        "Id": "abc",
        "Name": "/sentiment-r1",
        "Image": "sha256:0",
        "Created": "2026-11-21T10:00:00.123456789Z",
        "State": {**usual, **state},
        "Config": {"Labels": None},
        "HostConfig": {
            "RestartPolicy": {"Name": "unless-stopped"},
            "PortBindings": {"8080/tcp": [{"HostIp": "", "HostPort": "80"}]},
        },
    }


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2026-11-21T10:00:00Z", 0),
        ("2026-11-21T10:00:00.5Z", 500_000),
        ("2026-11-21T10:00:00.123456789Z", 123_456),
        ("2026-11-21T11:00:00.5+01:00", 500_000),
    ],
)
def test_times_are_read_with_any_number_of_decimals(text: str, microseconds: int) -> None:
    assert moment(text) == datetime(2026, 11, 21, 10, 0, 0, microseconds, tzinfo=timezone.utc)


def test_a_container_is_read_from_what_the_engine_says() -> None:
    container = Container.of(inspected())

    assert (container.name, container.running, container.restarts) == ("sentiment-r1", True, True)
    assert container.published == {80: 8080}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"Status": "exited", "ExitCode": 3}, "exited with code 3"),
        ({"Status": "exited", "ExitCode": 137, "OOMKilled": True}, "was killed: out of memory"),
        ({"Status": "created"}, "is created"),
    ],
)
def test_how_a_container_ended_is_said_in_words(state: dict[str, Any], words: str) -> None:
    assert Container.of(inspected(**state)).ending == words


def test_a_container_that_was_never_started_has_no_start() -> None:
    assert Container.of(inspected(Status="created", StartedAt="0001-01-01T00:00:00Z")).started_at is None


def test_environment_is_never_shown() -> None:
    assert "t0psecret" not in repr(ContainerSpec("a", "b", {}, environment={"KEY": "t0psecret"}))


def test_files_come_out_of_an_archive_as_they_went_in() -> None:
    files = {"journal/1.json": b"{}", "haproxy.cfg": b"global\n"}

    assert unpack(pack(files)) == files


def test_only_sockets_that_listen_take_a_port() -> None:
    assert listening(TABLE, 8080) == ["4711"]
    assert listening(TABLE, 22) == ["4713"]
    assert listening(TABLE, 80) == []
