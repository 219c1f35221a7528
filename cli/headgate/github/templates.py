"""The workflows to copy into a repository, and what is put into them on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from headgate import __version__
from headgate.errors import UsageError

PREFIX = "headgate-"  # of the files in .github/workflows, so that none replaces a workflow of the team's own
CRON = '"17 4 * * *"'  # away from the full hour, when everybody's schedules start

_PLACEHOLDER = re.compile(r"acme/headgate(?P<path>[\w/.-]*)@0{40} # v\S+")
_PINNED = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)@(?P<commit>[0-9a-f]{40})")
_ADDRESS = re.compile(r"[/:](?P<repository>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")


@dataclass(frozen=True)
class Uses:
    """The copy of headgate whose actions a workflow uses: `owner/name`, and the commit it is pinned to."""

    repository: str
    commit: str

    @classmethod
    def parse(cls, text: str) -> Uses:
        """`owner/name@<commit>`.

        Raises:
            UsageError: it is something else, such as a tag, which can move.
        """
        found = _PINNED.fullmatch(text)
        if found is None:
            raise UsageError(
                f"--uses {text} does not name a repository and a whole commit: a tag can move, and with it what runs.",
                hint="--uses acme/headgate@<40 digits>  (git ls-remote <address of headgate> shows each tag's commit)",
            )
        return cls(found["repository"], found["commit"])

    @classmethod
    def installed(cls) -> Uses | None:
        """Where this headgate was installed from, if that was a commit of a git repository on a server."""
        try:
            origin: Mapping[str, Any] = json.loads(distribution("headgate").read_text("direct_url.json") or "{}")
        except (PackageNotFoundError, ValueError):
            return None
        found = _ADDRESS.search(str(origin.get("url", "")))
        commit = str(origin.get("vcs_info", {}).get("commit_id", ""))
        return cls(found["repository"], commit) if found and re.fullmatch(r"[0-9a-f]{40}", commit) else None


@dataclass(frozen=True)
class Template:
    """A workflow as it is shipped: `name` is its file's, `about` one sentence, `text` still has its placeholders."""

    name: str
    about: str
    text: str

    @property
    def file_name(self) -> str:
        """What it is called in .github/workflows."""
        return f"{PREFIX}{self.name}.yml"

    def filled(self, uses: Uses, *, default_branch: str) -> str:
        """The workflow, ready to be committed."""
        pinned = _PLACEHOLDER.sub(
            lambda found: f"{uses.repository}{found['path']}@{uses.commit} # v{__version__}", self.text
        )
        return pinned.replace("$default-branch", json.dumps(default_branch)).replace("$cron-daily", CRON)


def templates() -> dict[str, Template]:
    """All of them, by name."""
    return {path.stem: _read(path) for path in sorted(_folder().glob("*.yml"))}


def _read(path: Path) -> Template:
    properties = json.loads(path.with_suffix(".properties.json").read_text(encoding="utf-8"))
    return Template(path.stem, properties["description"], path.read_text(encoding="utf-8"))


def _folder() -> Path:
    """In a wheel they are part of the package; in a checkout they are at its root."""
    packaged = Path(__file__).parent / "workflows"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "workflows-templates"
