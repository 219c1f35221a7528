"""Credentials in any text: those that can be told by their look, and, through detect-secrets, those told by their name.

The engine takes longer to load than a hook may take, so it is asked only about lines that look as if there were
something: most commits have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from headgate_hooks.outcome import CouldNotCheck


@dataclass(frozen=True)
class _Look:
    """A credential that can be told by its look: what it is, texts one of which it has, and all of its look."""

    kind: str
    marks: tuple[bytes, ...]
    pattern: bytes


# To look for a short text is much faster than to look for a pattern, so that comes first.
_KNOWN = (
    _Look(
        "a private key",
        (b"PRIVATE KEY",),
        rb"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s|[\"',+])+[A-Za-z0-9+/=:. -]{20}",
    ),
    _Look("an age key", (b"AGE-SECRET-KEY-1",), rb"AGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    _Look("an AWS access key", (b"AKIA", b"ASIA"), rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    _Look(
        "a GitHub token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
        rb"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{60,}\b",
    ),
    _Look("a GitLab token", (b"glpat-",), rb"\bglpat-[A-Za-z0-9_-]{20,}"),
    _Look("a Hugging Face token", (b"hf_",), rb"\bhf_[A-Za-z0-9]{30,}\b"),
    _Look("a Google API key", (b"AIza",), rb"\bAIza[A-Za-z0-9_-]{35}\b"),
    _Look(
        "a Slack token",
        (b"xox", b"hooks.slack.com"),
        rb"\bxox[abeoprs]-[A-Za-z0-9-]{20,}|hooks\.slack\.com/services/T\w+/B\w+/\w{20,}",
    ),
    _Look("an OpenAI key", (b"sk-",), rb"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{40,}"),
    _Look("a Databricks token", (b"dapi",), rb"\bdapi[a-f0-9]{32}\b"),
    _Look("a Docker Hub token", (b"dckr_pat_",), rb"\bdckr_pat_[A-Za-z0-9_-]{20,}"),
    _Look("a package index token", (b"pypi-", b"npm_"), rb"\bpypi-[A-Za-z0-9_-]{50,}|\bnpm_[A-Za-z0-9]{36}\b"),
    _Look("a storage account key", (b"AccountKey=",), rb"AccountKey=[A-Za-z0-9+/]{40,}={0,2}"),
    _Look(
        "a password in a URL",
        (b"://",),
        rb"\b[a-z][a-z0-9+.-]{1,20}://[^/\s:@\"'{}$<>]*:(?!//|(?:password|passwd|pass|pw|pwd|secret|token|key|x+)@)"
        rb"[^/\s@\"'{}$<>*]{3,}@[A-Za-z0-9\[]",
    ),
)
_WORDS = tuple(
    b"secret passw passphrase pwd token credential apikey api_key access_key accesskey private_key auth".split()
)
_NAMED = rb"(?:secret|passw|passphrase|pwd|token|credential|api_?key|access_?key|private_?key|auth)[\w.-]{0,30}"
_GIVEN = rb"[ \t]{0,4}(?::=|=>|:|=)[ \t]{0,4}"
_QUOTED = re.compile(rb"(?i)" + _NAMED + rb"[\"']?\]?" + _GIVEN + rb"[bru]?[\"'][^\"'\s]{6,}[\"']")
_BARE = re.compile(rb"(?i)" + _NAMED + rb"[\"']?" + _GIVEN + rb"[^\s$<{*!&|>\[(][^\s]{5,}")
_SETTINGS = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".properties", ".tfvars", ".sh", "/config")
_LONGEST = 2000  # characters; a longer line was written by a program, and is data
_NO_SECRETS = re.compile(r"(?i)\b(?:true|false|none|null|example|changeme|placeholder|your[-_ ]|xxx+|dummy|redacted)")
_REFERENCE = re.compile(r"[A-Za-z_]+(?:[.:/][A-Za-z_]+)+")  # a module or a file
_DETECTORS = ("KeywordDetector", "BasicAuthDetector", "JwtTokenDetector", "AWSKeyDetector", "AzureStorageKeyDetector",
              "CloudantDetector", "IbmCosHmacDetector", "NpmDetector", "SendGridDetector", "StripeDetector",
              "TwilioKeyDetector", "SquareOAuthDetector", "MailchimpDetector", "ArtifactoryDetector")  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of a file, from 1, that may hold a credential."""

    path: str
    number: int
    text: str


def known_in(content: bytes) -> Iterator[tuple[int, str]]:
    """The lines with a credential that can be told by its look, and what it is; never the credential itself."""
    for look in _KNOWN:
        if any(mark in content for mark in look.marks):
            for found in re.finditer(look.pattern, content):
                yield content.count(b"\n", 0, found.start()) + 1, look.kind


def suspects_in(path: str, content: bytes) -> Iterator[Line]:
    """The lines in which something with the name of a credential is given a value."""
    lower = content.lower()
    if not any(word in lower for word in _WORDS):
        return
    bare = path.endswith(_SETTINGS) or "/.env" in f"/{path}"
    for pattern in (_QUOTED, _BARE) if bare else (_QUOTED,):
        for found in pattern.finditer(content):
            start = content.rfind(b"\n", 0, found.start()) + 1
            end = content.find(b"\n", found.end())
            text = content[start : len(content) if end < 0 else end].decode(errors="replace")
            if len(text) < _LONGEST and not _NO_SECRETS.search(found[0].decode(errors="replace")):
                yield Line(path, content.count(b"\n", 0, start) + 1, text.rstrip("\r"))


def judged(lines: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    """The lines in which detect-secrets finds a credential, and what it calls it.

    Raises:
        CouldNotCheck: the engine is not installed.
    """
    for line in lines:
        for plugin in _plugins():
            for secret in plugin.analyze_line(filename=line.path, line=line.text, line_number=line.number):
                if not _is_harmless(secret.secret_value or "", line, plugin):
                    yield line, secret.type.lower()


@lru_cache(maxsize=1)
def _plugins() -> tuple[Any, ...]:
    try:
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
    except ImportError as error:
        raise CouldNotCheck(
            "the engine that knows credentials by their names is not installed; pre-commit does that by itself, "
            "elsewhere: pip install 'headgate[hooks]'"
        ) from error
    classes = get_mapping_from_secret_type_to_class().values()
    return tuple(one() for one in classes if one.__name__ in _DETECTORS)


def _is_harmless(secret: str, line: Line, plugin: Any) -> bool:
    """Whether a value only looks like a credential, by the engine's own rules of thumb. Nothing is sent anywhere."""
    from detect_secrets.filters import heuristic

    return bool(
        len(secret) < 6
        or _REFERENCE.fullmatch(secret)
        or heuristic.is_sequential_string(secret)
        or heuristic.is_potential_uuid(secret)
        or heuristic.is_templated_secret(secret)
        or heuristic.is_not_alphanumeric_string(secret)
        or heuristic.is_prefixed_with_dollar_sign(secret)
        or heuristic.is_indirect_reference(line.text)
        or heuristic.is_likely_id_string(secret, line.text, plugin)
    )
