"""A repository in which hooks are tried: real git, real DVC where a layout needs it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

TOOLS = str(Path(sys.executable).parent)
_SILENT = {"DVC_NO_ANALYTICS": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


class Answer(NamedTuple):
    """What a hook answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class HookRepository:
    """A git repository of octocat's in `folder`."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, folder: Path) -> HookRepository:
        """An empty repository, with no commit yet."""
        folder.mkdir(parents=True, exist_ok=True)
        repository = cls(folder)
        repository.git("init", "--quiet", "--initial-branch=main")
        return repository

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file of the working tree."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def stage(self, path: str, content: str | bytes) -> None:
        """Write a file and stage it."""
        self.write(path, content)
        self.git("add", "--", path)

    def commit(self, message: str = "all of it") -> str:
        """Commit everything; returns the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--no-verify", "--message", message)
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """git, which must succeed."""
        identity = (
            "-c",
            "user.name=octocat",
            "-c",
            "user.email=octocat@example.com",
            "-c",
            "protocol.file.allow=always",
        )
        return self.run("git", *identity, *arguments)

    def dvc(self, *arguments: str) -> str:
        """DVC, which must succeed."""
        return self.run("dvc", *arguments)

    def run(self, *argv: str, cwd: str = "") -> str:
        """A program, which must succeed."""
        done = subprocess.run(
            argv, cwd=self.folder / cwd, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def environment(self) -> dict[str, str]:
        """The variables that programs here are given."""
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
        return {**outside, **_SILENT, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", **self.environ}

    def hook(self, hook: str, *arguments: str, cwd: str = "", environ: Mapping[str, str] | None = None) -> Answer:
        """What the hook `headgate-<hook>` says, called as its entry point calls it."""
        main = import_module(f"headgate_hooks.{hook.replace('-', '_')}").main
        out, err = io.StringIO(), io.StringIO()
        before, came_from = dict(os.environ), Path.cwd()
        wanted = {**self.environment(), **(environ or {})}
        try:
            os.environ.clear()
            os.environ.update(wanted)
            os.chdir(self.folder / cwd)
            with redirect_stdout(out), redirect_stderr(err):
                code = _code_of(main, arguments)
        finally:
            os.chdir(came_from)
            os.environ.clear()
            os.environ.update(before)
        return Answer(code, out.getvalue(), err.getvalue())


def _code_of(main: object, arguments: Sequence[str]) -> int:
    try:
        return int(main(list(arguments)))  # type: ignore[operator]
    except SystemExit as exit_:
        return int(exit_.code or 0)
