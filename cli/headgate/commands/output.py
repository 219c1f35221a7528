"""Results on stdout, in the form that was asked for; in GitHub Actions also in the step summary."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from headgate.console import without_commands
from headgate.masking import mask

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import RenderableType

FORMATS = ("text", "json", "markdown")


class Show:
    """Prints results.

    Args:
        form: one of `FORMATS`.
    """

    def __init__(self, form: str) -> None:
        self.form = form

    def __call__(
        self,
        data: Any,
        *,
        text: Callable[[], RenderableType],
        markdown: Callable[[], str],
        summary: bool = True,
    ) -> None:
        """Print one result.

        Args:
            data: the result as JSON values.
            text: the result for a terminal, made only when it is asked for.
            markdown: the result for a page, for `--format markdown` and the step summary.
            summary: whether it goes to the step summary too.
        """
        if self.form == "json":
            written = mask(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))
            print(written.replace("##[", "\\u0023#["))  # the same JSON, and no command of GitHub's runner
        elif self.form == "markdown":
            _print_line(markdown())
        else:
            _print(text())
        if summary:
            from headgate.github.actions import add_summary

            add_summary(markdown())


def section(show: Show, name: str, made: BaseModel) -> None:
    """A section of the record. For a person the step's own line has said it all; programs and pages get the whole."""
    values = made.model_dump(mode="json", by_alias=True)
    if show.form != "text":
        show(values, text=str, markdown=lambda: _section_markdown(name, values), summary=False)


def _section_markdown(name: str, values: Mapping[str, Any]) -> str:
    from headgate.report import code

    told = {key: str(value) for key, value in values.items() if isinstance(value, (str, int, float))}
    rows = "\n".join(f"| {key} | {code(value)} |" for key, value in told.items())
    return f"### headgate: {name}\n\n| | |\n|---|---|\n{rows}"


def _print(renderable: RenderableType) -> None:
    """On a terminal with its width and colours; elsewhere plain and wide enough not to cut anything."""
    if isinstance(renderable, str):
        if renderable:
            _print_line(renderable)
        return
    from rich.console import Console

    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    with console.capture() as captured:
        console.print(renderable)
    lines = (line.rstrip() for line in captured.get().splitlines())
    _print_line("\n".join(lines))


def _print_line(result: str) -> None:
    shown = mask(result)
    print(without_commands(shown) if os.environ.get("GITHUB_ACTIONS") == "true" else shown)
