"""Workflow templates: listed, filled in for this repository, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from headgate.config.suggestion import nearest
from headgate.console import Console
from headgate.errors import UsageError
from headgate.github.templates import Template, Uses, templates
from headgate.lineage.git import Git


@dataclass(frozen=True)
class Listing:
    """What there is to choose from."""

    templates: Sequence[Template]

    def to_json(self) -> list[dict[str, str]]:
        """Name and sentence of each."""
        return [{"name": one.name, "about": one.about, "file": one.file_name} for one in self.templates]

    def text(self) -> str:
        """A line for each, and how to go on."""
        lines = [f" {one.name:<18} {one.about}" for one in self.templates]
        return "\n".join([*lines, "", " headgate template pull-request release --to .github/workflows"])

    def markdown(self) -> str:
        """A table."""
        return "\n".join(
            ["| template | |", "|---|---|", *(f"| `{one.name}` | {one.about} |" for one in self.templates)]
        )


def listing() -> Listing:
    """All templates."""
    return Listing(tuple(templates().values()))


def workflows(names: Sequence[str], *, uses: str | None, branch: str | None) -> dict[str, str]:
    """The named workflows, filled in: text by file name.

    Raises:
        UsageError: there is no such template; or nobody said where the actions are.
    """
    known = templates()
    for name in names:
        if name not in known:
            raise UsageError(f"There is no template {name!r}{nearest(name, known)}", hint="headgate template")
    source = Uses.parse(uses) if uses else Uses.installed()
    if source is None:
        raise UsageError(
            "This headgate was not installed from a git address, so where its actions are is not known here.",
            hint="--uses acme/headgate@<commit>: the repository that your workflows may use, and the commit to pin",
        )
    released = branch or default_branch(Git(Path.cwd()))
    return {known[name].file_name: known[name].filled(source, default_branch=released) for name in names}


def write(found: Mapping[str, str], folder: Path, *, force: bool, console: Console) -> None:
    """Put the workflows into `folder`; all of them, or none where one was changed by hand.

    Raises:
        UsageError: a file is there with other contents, and was not meant to be replaced.
    """
    changed = {name: text for name, text in found.items() if _read(folder / name) != text}
    in_the_way = [str(folder / name) for name in changed if (folder / name).exists()]
    if in_the_way and not force:
        raise UsageError(
            f"{', '.join(in_the_way)}: there already, and different. Nothing was written.",
            hint="headgate template NAME  shows it for comparison; --force replaces the file",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name in found:
        if name in changed:
            (folder / name).write_text(changed[name], encoding="utf-8")
        console.say(f" {folder / name}{'' if name in changed else '  as it was'}")


def default_branch(git: Git) -> str:
    """The branch that origin calls its own, else the one checked out, else `main`."""
    head = git.try_("symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD")
    return head.stdout.strip().removeprefix("origin/") or git.branch() or "main"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
