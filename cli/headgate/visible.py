"""Characters that nobody sees, made visible: what reverses, hides or steers text must not pass as nothing."""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji are spelt with them
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_SPACE = re.compile(r"[ \t\r\n]+")


def visible(text: str) -> str:
    r"""`text` in one line, with control, bidi and other invisible characters as escapes: `\x1b`, `\u202e`."""
    return "".join(map(_shown, _SPACE.sub(" ", text).strip(" ")))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN or character in _JOINERS:
        return character
    point = ord(character)
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
