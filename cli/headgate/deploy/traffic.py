"""What users got from each container, by the proxy's access log: how many answers, how many failed, how long they took.

HAProxy's own counters begin anew with every reload and know averages alone; its log has each request. A proxy that
cannot write fast enough leaves lines out, and does so whichever release they are about.
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_NOTHING = ("", "-")


@dataclass
class Sample:
    """What one container answered: requests, those that failed, and the seconds that the others took, ascending."""

    requests: int = 0
    failures: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def failed(self) -> float:
        """The share of the requests that failed."""
        return self.failures / self.requests if self.requests else 0.0

    def add(self, *, failed: bool, seconds: float | None) -> None:
        """One request more; `seconds` until the answer began, where that is known."""
        self.requests += 1
        self.failures += failed
        if seconds is not None and not failed:
            insort(self.seconds, seconds)


@dataclass
class Traffic:
    """Samples by container."""

    samples: dict[str, Sample] = field(default_factory=dict)

    def of(self, container: str) -> Sample:
        """The sample of one container."""
        return self.samples.setdefault(container, Sample())

    def add(self, lines: Iterable[str]) -> None:
        """Lines of the access log. A request fails with an answer from 500 up, whether application or proxy gave it.

        Left out are requests of probers, those that asked for a release by name, and those that the client gave up.
        """
        for line in lines:
            request = _request(line)
            if request is not None:
                self.of(str(request["container"])).add(failed=request["status"] >= 500, seconds=_seconds(request))


def _request(line: str) -> dict[str, Any] | None:
    """A user's request that was answered; None for every other line."""
    try:
        request = json.loads(line[line.index("{") :])
        whole = isinstance(request["container"], str) and isinstance(request["status"], int)
        by_user = request["probe"] in _NOTHING and request["asked"] in _NOTHING
        answered = request["status"] >= 100 and not str(request["ended"]).startswith("C")
    except (ValueError, KeyError, TypeError):
        return None
    return request if whole and by_user and answered else None


def _seconds(request: dict[str, Any]) -> float | None:
    text = str(request.get("us", ""))
    return int(text) / 1e6 if text.isdigit() else None
