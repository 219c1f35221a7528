"""HTML and SVG as trees: text is text by construction, whatever it holds.

A tree has no way to spell markup by joining strings, so a metric named `<script>` is a word on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias
from xml.etree import ElementTree as Tree

from headgate.masking import mask

Element: TypeAlias = Tree.Element
Child: TypeAlias = "Element | str | Iterable[Child] | None"
Attribute: TypeAlias = "str | int | float | None"

# What no page may hold (controls, halves of surrogate pairs) and what would turn the words around it (bidi overrides).
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


def element(tag: str, *children: Child, **attributes: Attribute) -> Element:
    """`<tag …>children</tag>`; `class_` is class, other underscores are hyphens, None is left out.

    Numbers are written with as few digits as a drawing needs.
    """
    made = Tree.Element(tag, {_name(key): _value(value) for key, value in attributes.items() if value is not None})
    _append(made, children)
    return made


def page(root: Element) -> str:
    """The whole document."""
    return f"<!doctype html>\n{Tree.tostring(root, encoding='unicode', method='html')}\n"


def verbatim(tag: str, text: str) -> Element:
    """`<style>` and `<script>`, whose text a browser takes as it is: only for text of our own.

    Raises:
        ValueError: the text would end the element.
    """
    if f"</{tag}" in text.lower() or "<!--" in text:
        raise ValueError(f"this text would end its <{tag}>")
    made = Tree.Element(tag)
    made.text = text
    return made


def _append(parent: Element, children: Iterable[Child]) -> None:
    for child in children:
        if isinstance(child, str):
            _append_text(parent, _fit(child))
        elif isinstance(child, Tree.Element):
            parent.append(child)
        elif child is not None:
            _append(parent, child)


def _append_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _fit(text: str) -> str:
    """What a page may hold, secrets masked: escaped, they would be spelt in another way."""
    return _UNFIT.sub("\ufffd", mask(text))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return _fit(value) if isinstance(value, str) else f"{round(value, 2):g}"
