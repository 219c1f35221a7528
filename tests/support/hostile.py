"""Strings that do harm where they are taken for anything but text: by a shell, by the runner, by YAML, by a page."""

from __future__ import annotations

CANARY = "CANARY"
"""Stands for the file that nobody may make; see `strings`."""

_SHELL = (
    "$(touch CANARY)",
    "`touch CANARY`",
    "; touch CANARY ;",
    "& touch CANARY &",
    "&& touch CANARY",
    "|| touch CANARY",
    "| touch CANARY",
    "\n touch CANARY\n",
    "\r\ntouch CANARY\r\n",
    "'; touch CANARY; '",
    '"; touch CANARY; "',
    "a'b\"c$(touch CANARY)`touch CANARY`",
    "${IFS}touch${IFS}CANARY",
    "$((1+`touch CANARY`))",
    "<(touch CANARY)",
    "> CANARY",
    '\\"; touch CANARY #',
    "--help; touch CANARY",
    "-- $(touch CANARY)",
    "$'\\x24(touch CANARY)'",
    "*/../../$(touch CANARY)",
    "EOF\ntouch CANARY\nEOF",
)
_RUNNER = (
    "::set-output name=hacked::yes",
    "x\n::set-output name=hacked::yes",
    "x\r::set-output name=hacked::yes",
    "x\n::set-env name=HACKED::yes",
    "x\n::add-path::/hacked",
    "x\n##[add-path]/hacked",
    "x%0A::set-output name=hacked::yes",
    "x\n::add-mask::pass",
    "x\n::stop-commands::hacked",
    "x\nhacked=yes",
    "hacked<<EOF\nyes\nEOF",
    "${{ github.token }}",
    "${{ secrets.GITHUB_TOKEN }}",
)
_PAGE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "| a | b |\n|---|---|\n| [x](javascript:alert(1)) | @octocat |",
    "\u202egpj.exe\u2066\u200b",
    "\x1b[31mred\x1b[0m\x07\x08",
    "!!python/object/apply:os.system ['touch CANARY']",
)


def strings(canary: str) -> list[str]:
    """All of them; each that runs a command would make the file `canary`."""
    return [text.replace(CANARY, canary) for text in (*_SHELL, *_RUNNER, *_PAGE)]
