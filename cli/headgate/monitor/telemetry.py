"""What production answered, from its telemetry: lines that anybody on the host may have written, read with care."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from headgate.config.gate import spelt

_FAILED = 500  # a status from here up is the application's fault; 4xx are the caller's
_LONGEST_LINE = 64 * 1024
_AHEAD = timedelta(minutes=5)  # as much as the clock of a host may be ahead of this machine's


@dataclass(frozen=True)
class Inference:
    """One line of telemetry, as far as it is judged. `seconds` is what the answer took."""

    time: datetime
    status: int
    prediction: str | float | None
    confidence: float | None
    seconds: float
    release: str | None
    request: str


@dataclass(frozen=True)
class Observations:
    """What one release answered in the window, probes left out.

    Args:
        release: the one that the newest line is of; lines of others are left out.
        inferences: of that release, in the order of the lines.
        first, last: when they were made; None without any.
        of_others: lines of other releases in the window.
        unreadable: lines that are no telemetry, such as the application's own log.
    """

    release: str | None
    inferences: tuple[Inference, ...]
    first: datetime | None
    last: datetime | None
    of_others: int
    unreadable: int

    @property
    def requests(self) -> tuple[Inference, ...]:
        """One inference for each request: those of a batch share status and time."""
        return tuple({one.request: one for one in self.inferences}.values())

    @property
    def answered(self) -> tuple[Inference, ...]:
        """Those with a prediction."""
        return tuple(one for one in self.inferences if one.prediction is not None and one.status < _FAILED)

    @property
    def failures(self) -> int:
        """Requests that were answered with 500 or above."""
        return sum(one.status >= _FAILED for one in self.requests)


def observed(
    lines: Iterable[bytes], *, since: datetime, now: datetime | None = None, release: str | None = None
) -> Observations:
    """The inferences that `lines` tell of, not before `since`.

    Args:
        lines: as headgate.serving writes them; others are counted and left out.
        since: the beginning of the window, with a time zone.
        now: its end. A line from the time after it, made up or by a clock that is wrong, would stay the newest for as
            long, and decide which release is looked at: it is no telemetry.
        release: the one to look at; default: that of the newest line.
    """
    found: list[Inference] = []
    unreadable = 0
    for line in lines:
        read = _inference(line)
        if read is None or (now is not None and read is not _PROBE and read.time > now + _AHEAD):
            unreadable += 1
        elif read is not _PROBE and read.time >= since:
            found.append(read)
    newest = max(found, key=lambda one: one.time, default=None)
    looked_at = release or (newest.release if newest else None)
    ours = tuple(one for one in found if one.release == looked_at)
    times = [one.time for one in ours]
    return Observations(
        release=looked_at,
        inferences=ours,
        first=min(times, default=None),
        last=max(times, default=None),
        of_others=len(found) - len(ours),
        unreadable=unreadable,
    )


_PROBE = Inference(datetime.min.replace(tzinfo=timezone.utc), 0, None, None, 0.0, None, "")


def _inference(line: bytes) -> Inference | None:
    """A line read; `_PROBE` for one that no user caused, None for what is no telemetry."""
    if len(line) > _LONGEST_LINE or not line.lstrip().startswith(b"{"):
        return None
    try:
        values = json.loads(line)
        if values["probe"] is True:
            return _PROBE
        return Inference(
            time=_moment(values["time"]),
            status=int(values["status"]),
            prediction=_prediction(values["prediction"]),
            confidence=_number(values["confidence"]),
            seconds=_seconds(values["inference_time"]),
            release=None if values["release"] is None else str(values["release"]),
            request=str(values["request_id"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{value} is no duration")
    return seconds


def _prediction(value: Any) -> str | float | None:
    """Classes as texts, numbers as they are; `spelt` makes a class of a number where the reference has classes."""
    if isinstance(value, (bool, str)):
        return spelt(value)
    return _number(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def counts(values: Iterable[str | float]) -> Mapping[str, int]:
    """How often each class occurs, by its name."""
    return Counter(map(spelt, values))
