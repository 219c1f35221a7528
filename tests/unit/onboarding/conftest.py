"""Findings and proposals of a repository that is files in `tmp_path`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from headgate.onboarding import Answers, Findings, Proposal, Repository, Unasked, ask, discover, propose
from support.shapes import Files, lay_out

ORIGIN = "https://github.com/Octocat/House_Prices.git"


@dataclass
class Person:
    """Answers from a list, and remembers what was asked; what is not in it gets its default."""

    answers: dict[str, str | bool] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def text(self, question: str, default: str) -> str:
        return str(self._answer(question, default))

    def choose(self, question: str, options: Sequence[str], default: str) -> str:
        answer = str(self._answer(question, default))
        assert answer in options
        return answer

    def confirm(self, question: str, *, default: bool) -> bool:
        return bool(self._answer(question, default))

    def _answer(self, question: str, default: str | bool) -> str | bool:
        self.asked.append(question)
        return next((answer for words, answer in self.answers.items() if words in question), default)


@dataclass(frozen=True)
class Onboarded:
    findings: Findings
    answers: Answers
    proposal: Proposal

    def text(self, path: str) -> str:
        return next(file.text for file in self.proposal.files if file.path == path)

    @property
    def paths(self) -> list[str]:
        return [file.path for file in self.proposal.files]

    @property
    def left(self) -> str:
        return "\n".join(self.proposal.left)


Onboard = Callable[..., Onboarded]


@pytest.fixture
def onboard(tmp_path: Path) -> Onboard:
    """What init finds in a shape of repository and would write there."""

    def onboarded(files: Files, *, folder: str = ".", person: Person | None = None, **repository: object) -> Onboarded:
        root = lay_out(tmp_path / "house-prices", files)
        asked = Repository(root, **{"origin": ORIGIN, **repository})  # type: ignore[arg-type]
        findings = discover(asked, folder, environ={"HOME": str(tmp_path)}, python="3.12")
        answers = ask(findings, person or Unasked())
        return Onboarded(findings, answers, propose(findings, answers))

    return onboarded
