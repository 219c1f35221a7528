from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from headgate import utc


def test_a_moment_is_written_in_utc_wherever_it_was_taken() -> None:
    here = datetime(2026, 11, 21, 12, 15, 2, 999_999, tzinfo=timezone(timedelta(hours=2)))

    assert utc.written(here) == "2026-11-21T10:15:02Z"
    assert utc.read("2026-11-21T10:15:02Z") == here.replace(microsecond=0)


def test_what_it_did_not_write_is_not_read() -> None:
    with pytest.raises(ValueError, match="does not match"):
        utc.read("2026-11-21 10:15")
