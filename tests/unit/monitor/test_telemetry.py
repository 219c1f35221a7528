"""Lines that anybody on a host may have written."""

import json
from datetime import timedelta

import pytest

from headgate.monitor import observed
from support.telemetry import NOW, line, lines

SINCE = NOW - timedelta(hours=24)


def test_inferences_of_the_window_are_read() -> None:
    seen = observed([*lines(3), line(4, at=SINCE - timedelta(seconds=1))], since=SINCE)

    assert [one.prediction for one in seen.inferences] == ["cat"] * 3
    assert seen.release == "20261121080000-3f2c1ab"


def test_probes_are_nobodys_requests() -> None:
    assert observed(lines(3, probe=True), since=SINCE).inferences == ()


def test_only_the_release_of_the_newest_line_is_looked_at() -> None:
    old = lines(5, at=NOW - timedelta(hours=3), release="before")
    seen = observed([*old, *lines(2, release="now")], since=SINCE)

    assert (seen.release, len(seen.inferences), seen.of_others) == ("now", 2, 5)


def test_a_line_from_the_time_to_come_does_not_decide_which_release_is_looked_at() -> None:
    forged = line(9, at=NOW + timedelta(days=3650), release="made up")
    seen = observed([*lines(3), forged, line(4, at=NOW + timedelta(minutes=1))], since=SINCE, now=NOW)

    assert (seen.release, len(seen.inferences), seen.unreadable) == ("20261121080000-3f2c1ab", 4, 1)


def test_a_batch_is_one_request_and_many_inferences() -> None:
    seen = observed([line(1, prediction=name) for name in ("cat", "dog", "dog")], since=SINCE)

    assert (len(seen.inferences), len(seen.requests)) == (3, 1)


def test_an_answer_that_failed_is_no_prediction() -> None:
    seen = observed([line(1, status=500, prediction=None), line(2, status=422, prediction=None), line(3)], since=SINCE)

    assert (seen.failures, len(seen.requests), len(seen.answered)) == (1, 3, 1)


@pytest.mark.parametrize(
    "hostile",
    [
        b"INFO: a line of the application",
        b"{",
        b"{}",
        b"[" * 100_000,
        b'{"probe": ' + b"[" * 100_000,
        b"\xff\xfe{}",
        json.dumps({**json.loads(line()), "time": "yesterday"}).encode(),
        json.dumps({**json.loads(line()), "time": "2026-11-21T09:00:00"}).encode(),
        line().replace(b"0.01", b"1e999"),
        json.dumps({**json.loads(line()), "status": None}).encode(),
        b'{"x": "' + b"y" * 100_000 + b'"}',
    ],
)
def test_what_is_no_telemetry_is_counted_and_left_out(hostile: bytes) -> None:
    seen = observed([line(), hostile], since=SINCE)

    assert (len(seen.inferences), seen.unreadable) == (1, 1)
