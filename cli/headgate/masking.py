"""Values that must never be shown: registered once, taken out of everything headgate prints or writes."""

from __future__ import annotations

import re

MASK = "***"
_SHORTEST = 4  # masking shorter values would mangle ordinary words and numbers

_secrets: set[str] = set()


def register(secret: str | None) -> None:
    """Take `secret` out of all later output: the whole value and each of its lines, as GitHub's runner does."""
    for value in {secret or "", *(secret or "").splitlines()}:
        if len(value.strip()) >= _SHORTEST:
            _secrets.add(value.strip())


def registered() -> tuple[str, ...]:
    """The values masked so far, longest first."""
    return tuple(sorted(_secrets, key=len, reverse=True))


_CREDENTIALS_IN_URL = re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)")


def mask(text: str) -> str:
    """`text` without registered secrets and without passwords inside URLs."""
    for secret in registered():
        text = text.replace(secret, MASK)
    return _CREDENTIALS_IN_URL.sub(MASK, text)
