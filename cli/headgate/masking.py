"""Values that must never be shown: registered once, taken out of everything headgate prints or writes."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

MASK = "***"
_SHORTEST = 4  # masking shorter values would mangle ordinary words, numbers, and every lone bracket

_secrets: set[str] = set()


def register(secret: str | None) -> None:
    """Take `secret` out of all later output: the whole value and each of its lines, as GitHub's runner does."""
    for value in {secret or "", *(secret or "").splitlines()}:
        if len(value.strip()) >= _SHORTEST:
            _secrets.update(_spellings(value.strip()))


def _spellings(secret: str) -> set[str]:
    """The value as programs print it: plain, inside JSON, inside a URL, as base64."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
    }


def registered() -> tuple[str, ...]:
    """The values masked so far, longest first."""
    return tuple(sorted(_secrets, key=len, reverse=True))


# Everything between the scheme and the last @ that can belong to the host: a password may hold / and @ unescaped,
# and a token may stand alone where others have a user's name.
_CREDENTIALS_IN_URL = re.compile(r"(?<=://)(?:[^\s/?#]+|[^\s@/:]*:\S+)(?=@[^\s@]+)")


def mask(text: str) -> str:
    """`text` without registered secrets and without passwords inside URLs."""
    for secret in registered():
        text = text.replace(secret, MASK)
    return _CREDENTIALS_IN_URL.sub(MASK, text)
