from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from rich.console import Console

from headgate.deploy import Answer
from headgate.deploy.condition import Condition
from headgate.deploy.lock import Held, Holder
from headgate.deploy.target import HostStatus, Instance
from headgate.errors import CouldNotCarryOut
from headgate.workflow.silent_hosts import HostsUnreachable, insist_on_all
from headgate.workflow.status import Status, span

SINCE = datetime(2026, 11, 21, 10, 15, 2, tzinfo=timezone.utc)
LOCK = Held(
    "id", Holder("octocat", "sentiment r2", "https://ci.example.com/runs/7"), SINCE, SINCE + timedelta(minutes=1)
)
OLD, NEW = (f"2026112110150{number}-3f2c1ab" for number in (2, 3))


def instance(release: str, health: str | None = None) -> Instance:
    image = f"registry.example.com/acme/sentiment@sha256:{'9c' * 32}"
    return Instance(release, f"sentiment-{release}", image, "running", health, timedelta(hours=4))


def answer(host: str, **changes: Any) -> Answer[HostStatus]:
    usual: dict[str, Any] = {
        "host": host,
        "url": "http://127.0.0.1:80",
        "proxy": Condition("headgate-proxy-80", "running", "as written", {f"sentiment-{NEW}": 25}),
        "journaled": f"sentiment-{OLD}",
        "routed": f"sentiment-{OLD}",
        "instances": (instance(NEW), instance(OLD, "unhealthy")),
        "lock": LOCK,
        "journal": (),
    }
    return Answer(host, HostStatus(**{**usual, **changes}))


def status(*hosts: Answer[HostStatus]) -> Status:
    return Status("sentiment in production", hosts, (), "production", "7", None)


def printed(found: Status) -> list[str]:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(found.text())
    return [line.rstrip() for line in captured.get().splitlines()]


AWAY: Answer[HostStatus] = Answer(
    "deploy@203.0.113.11", None, CouldNotCarryOut("203.0.113.11: no answer", hint="ping it")
)


def test_a_canary_on_hosts_of_usual_names_fits_a_hundred_columns() -> None:
    lines = printed(status(answer("deploy@203.0.113.10:2222"), AWAY))

    assert lines[0].split() == ["host", "release", "traffic", "state", "up", "image"]
    assert lines[1].split() == ["deploy@203.0.113.10:2222", NEW, "25%", "running", "4", "h", "9c" * 6]
    assert lines[2].split()[2:5] == ["75%", "running,", "unhealthy"]
    assert lines[3].split() == ["deploy@203.0.113.11", "?", "?", "does", "not", "answer"]
    assert max(map(len, lines[:4])) <= 100


def test_the_lock_is_told_with_holder_run_and_end() -> None:
    below = "\n".join(printed(status(answer("local"))))

    assert "local is locked by octocat (sentiment r2, https://ci.example.com/runs/7)" in below
    assert "since 2026-11-21 10:15:02 UTC" in below
    assert "expires at 10:16:02 UTC" in below


def test_json_is_typed() -> None:
    first, second = status(answer("local"), AWAY).to_json()["hosts"]

    assert (first["reachable"], first["serves"]) == (True, OLD)
    assert [(one["traffic_percent"], one["uptime_seconds"]) for one in first["releases"]] == [(25, 14400), (75, 14400)]
    assert first["lock"]["expires_at"] == "2026-11-21T10:16:02+00:00"
    assert (second["reachable"], second["error"]) == (False, "203.0.113.11: no answer")


def test_a_host_that_said_nothing_is_an_error_after_all() -> None:
    insist_on_all([answer("local")])

    with pytest.raises(HostsUnreachable, match="1 of 2 hosts could not be asked") as failed:
        insist_on_all([answer("local"), AWAY])
    assert (failed.value.exit_code, failed.value.hint) == (3, "ping it")


@pytest.mark.parametrize(("seconds", "shown"), [(5, "5 s"), (750, "12 min"), (14400, "4 h"), (300_000, "3 d")])
def test_an_uptime_is_as_short_as_it_may_be(seconds: int, shown: str) -> None:
    assert span(timedelta(seconds=seconds)) == shown
