"""What a committed known_hosts must not say, and how host keys must not be had."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

_KINDS = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-", "ssh-dss")
_UNCHECKED = (
    (re.compile(r"StrictHostKeyChecking[\s=]+[\"']?(?:no|off|accept-new)\b", re.I), "host keys are not checked"),
    (re.compile(r"UserKnownHostsFile[\s=]+[\"']?/dev/null", re.I), "host keys are forgotten"),
    (
        re.compile(r"ssh-keyscan\b.*>.*known_hosts|tee\b.*known_hosts.*ssh-keyscan"),
        "host keys are asked of whoever answers, each time",
    ),
)


def mistakes_in(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a known_hosts file that are wrong, and why."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in ("@cert-authority", "@revoked"):
            words = words[1:]
        if len(words) < 3 or not words[1].startswith(_KINDS):
            yield number, "this is no line of a known_hosts (host, kind, key)"
        elif any(host.lstrip("!") in ("*", "*.*") for host in words[0].split(",")):
            yield number, "this key is trusted for every host there is"
        elif words[1] == "ssh-dss":
            yield number, "keys of the kind ssh-dss are broken"
        elif not _is_key(words[1], words[2]):
            yield number, f"this is no {words[1]} key: it is cut off, or of another kind"


def unchecked_in(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a script or workflow that go around host keys, and how."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.lstrip().startswith("#"):
            yield from ((number, why) for pattern, why in _UNCHECKED if pattern.search(line))


def _is_key(kind: str, text: str) -> bool:
    """Whether a key says of itself that it is of this kind, and is whole as far as its own lengths go."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    parts, at = [], 0
    while at + 4 <= len(key):
        length = int.from_bytes(key[at : at + 4], "big")
        parts.append(key[at + 4 : at + 4 + length])
        at += 4 + length
    return at == len(key) and bool(parts) and parts[0] == kind.encode()
