"""A real browser, once for all tests of this folder; without one they are skipped, aloud, and under CI they fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.browser import Browser, browser, program
from support.lacking import cannot_run


@pytest.fixture(scope="session")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A tab that reports every request and every complaint."""
    if program() is None:
        missing = "there is no Chromium: the HTML report was not looked at; scripts/provision browser installs it"
        cannot_run(missing.upper())
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened
