"""What `init` did, as a person, a program and a page see it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate.onboarding import Change, Proposal

if TYPE_CHECKING:
    from rich.console import RenderableType

_WIDTH = 96  # columns
_WORDS = {"new": "wrote", "adds": "added to", "differs": "replaced", "same": "there"}
_UNWRITTEN = {"new": "would be", "adds": "would add", "differs": "kept", "same": "there"}


@dataclass(frozen=True)
class Outcome:
    """What `init` did.

    Args:
        root: the repository's root, which paths are relative to.
        changes: every file it thought of.
        written: those that it wrote.
        proposal: with what it has to say.
        whole: whether the texts of new files are shown.
    """

    root: Path
    changes: tuple[Change, ...]
    written: tuple[Change, ...]
    proposal: Proposal
    whole: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON values, schema `headgate/init/1`."""
        files = [
            {
                "path": change.file.path,
                "state": change.state,
                "written": change in self.written,
                "why": change.file.why,
                **({"diff": change.diff} if change.diff else {}),
                **({"text": change.file.text} if self.whole and change.state == "new" else {}),
            }
            for change in self.changes
        ]
        said = {"alarms": list(self.proposal.alarms), "left": list(self.proposal.left)}
        return {"schema": "headgate/init/1", "files": files, **said}

    def text(self) -> RenderableType:
        """For a person: a line per file, then what is left."""
        lines = [line for alarm in self.proposal.alarms for line in (*_item("!!", alarm), "")]
        wide = max((len(change.file.path) for change in self.changes), default=0)
        lines += [
            f" {self._done(change):<9} {change.file.path:<{wide}}  {self._remark(change)}" for change in self.changes
        ]
        if self.proposal.left:
            lines += ["", "Left for you:"]
            lines += [line for thing in self.proposal.left for line in _item("-", thing)]
        next_ = "git add the files, commit, then: headgate doctor" if self.written else "headgate doctor"
        return "\n".join([*(line.rstrip() for line in lines), "", f"Next: {next_}"])

    def markdown(self) -> str:
        """For a page."""
        from headgate.report import plain

        rows = [
            f"| {self._done(change)} | {plain(change.file.path)} | {plain(self._remark(change))} |"
            for change in self.changes
        ]
        said = [f"- {plain(thing)}" for thing in (*self.proposal.alarms, *self.proposal.left)]
        return "\n".join(["### headgate: init", "", "| | file | |", "|---|---|---|", *rows, "", *said])

    def _done(self, change: Change) -> str:
        if change in self.written:
            return _WORDS[change.state]
        return _UNWRITTEN[change.state]

    def _remark(self, change: Change) -> str:
        if change in self.written or change.state in ("new", "adds"):
            return change.file.why
        return "as it should be" if change.state == "same" else "yours differs; --force replaces it"


def _item(mark: str, text: str) -> list[str]:
    """The sentence wrapped; commands below it are left in one piece."""
    first, *rest = text.splitlines()
    margin = " " * (len(mark) + 2)
    sentence = textwrap.wrap(first, _WIDTH - len(margin), break_long_words=False, break_on_hyphens=False)
    head, *tail = sentence or [""]
    return [f" {mark} {head}", *(f"{margin}{line}" for line in (*tail, *rest))]
