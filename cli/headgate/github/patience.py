"""How long to wait before asking GitHub again, and when waiting is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LONGEST = 120.0
"""Seconds waited for rate limits and for trouble, over all requests of a client together."""
_WITHOUT_A_WORD = 60.0  # GitHub's own advice where a limit was met and no header says until when
_FIRST_PAUSE = 1.0


@dataclass
class Patience:
    """A budget of seconds.

    Args:
        left: what may still be waited.
        sleep: waits.
        now: seconds since the epoch, as X-RateLimit-Reset counts them.
    """

    left: float = LONGEST
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    _pauses: int = field(default=0, repr=False)

    def allows(self, seconds: float) -> bool:
        """Wait `seconds` and return True; where that is more than is left, return False at once."""
        if seconds > self.left:
            return False
        self.left -= seconds
        self.sleep(seconds)
        return True

    def spent(self, seconds: float) -> None:
        """Time that went by without an answer counts too."""
        self.left -= seconds

    def pause(self) -> float:
        """Seconds before asking again after trouble that says nothing of its end: 1, 2, 4 and so on."""
        self._pauses += 1
        return min(_FIRST_PAUSE * 2.0 ** (self._pauses - 1), 30.0)

    def asked_for(self, status: int, headers: Mapping[str, str], message: str) -> float | None:
        """Seconds that GitHub asks to be left alone for; None where this answer is no rate limit.

        Source: "Best practices for using the REST API", GitHub's documentation: Retry-After first, then
        X-RateLimit-Reset where X-RateLimit-Remaining is 0, else a minute. Limits are answered with 429 or 403.
        """
        exhausted = headers.get("X-RateLimit-Remaining") == "0"
        limited = status == 429 or (
            status == 403 and (exhausted or "Retry-After" in headers or "rate limit" in message.lower())
        )
        if not limited:
            return None
        if "Retry-After" in headers:
            return _seconds(headers["Retry-After"], otherwise=_WITHOUT_A_WORD)
        if exhausted and "X-RateLimit-Reset" in headers:
            until = _seconds(headers["X-RateLimit-Reset"], otherwise=self.now() + _WITHOUT_A_WORD)
            return max(until - self.now(), 1.0)
        return _WITHOUT_A_WORD


def _seconds(written: str, *, otherwise: float) -> float:
    try:
        return max(float(written), 0.0)
    except ValueError:
        return otherwise
