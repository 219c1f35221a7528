"""What nobody sees is shown."""

import pytest

from headgate.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, größer, שלום, 日本", "plain text, größer, שלום, 日本"),
        ("two\nlines\r\nand\ttabs ", "two lines and tabs"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\u202eevil\u2069", "\\u202eevil\\u2069"),
        ("\ufeff\u200b\u00ad", "\\ufeff\\u200b\\xad"),
        ("\U000e0041", "\\U000e0041"),
        ("\u2028\u0085\x1c", "\\u2028\\x85\\x1c"),
        ("\ud800", "\\ud800"),
        ("न\u200dर", "न\u200dर"),
    ],
)
def test_control_and_invisible_characters_become_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown
