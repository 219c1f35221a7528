"""Foreign text that renders as nothing but text: names, values and messages can hold anything.

Secrets are masked before anything is escaped: the page as a whole spells them in another way.
"""

from __future__ import annotations

import html
import re

from headgate.masking import mask
from headgate.visible import visible

_SPECIAL = re.compile(r"([\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_]))")
_BLOCK = re.compile(r"^([-+=#]+(?=\s|$)|\d{1,9}(?=[.)](?:\s|$)))")
_LINKING = re.compile(
    r"(?<=[@#])(?=\w)|(?=://)|(?<=www)(?=\.)|(?<=\bGH)(?=-\d)|(?<=:)(?=[\w+-]+:)",
    re.IGNORECASE,
)
_BREAK = "\u200b"  # a space of no width: keeps a mention, a reference, an address or an emoji's name from being one
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
LONGEST = 300
"""Characters of one foreign text in a comment; what is longer is no name but somebody's data."""


def plain(text: str) -> str:
    """`text` as the same words in markdown: no markup, no HTML, no mention, no link, one line."""
    unlinked = _LINKING.sub(_BREAK, visible(mask(text)))
    escaped = html.escape(_SPECIAL.sub(r"\\\1", unlinked), quote=False)
    return _BLOCK.sub(_not_a_block, escaped).replace("$", "&#36;")  # GitHub's formulas heed no backslash


def code(text: str) -> str:
    """`text` in a code span that it cannot leave, inside a table too."""
    shown = visible(mask(text))
    if not any(leaving in shown for leaving in "`|\\"):
        return f"`{shown}`" if shown else ""
    entities = _PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", shown)
    return f"<code>{entities}</code>"


def short(text: str, longest: int = LONGEST) -> str:
    """`text`, cut where it is no name any more."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _not_a_block(found: re.Match[str]) -> str:
    """What would begin a heading, a list or a rule at the beginning of a line."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
