"""The project as it was in another commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from headgate.errors import CouldNotCarryOut
from headgate.lineage.dvc import complaint, dvc
from headgate.lineage.dvc_files import LOCK, DvcFiles
from headgate.lineage.dvc_yaml import PIPELINE
from headgate.lineage.git import Git, GitFailed


class FileNotBrought(CouldNotCarryOut):
    """DVC tracks a file in that commit, and cannot bring it."""

    title = "a file of another commit cannot be had"


class Past:
    """The project as it was in another commit, of which only the files asked for are brought below `scratch`.

    Files come through an index of their own, so that neither the user's index nor the working tree is touched, and
    git's own filters (line ends, LFS) apply.
    """

    def __init__(self, git: Git, commit: str, scratch: Path) -> None:
        self._git = git
        self._commit = commit
        self._root = scratch / f"git-{commit[:12]}"
        self._root.mkdir(parents=True, exist_ok=True)
        self._prefix = git("rev-parse", "--show-prefix")
        self._names = set(git("ls-tree", "-r", "-z", "--name-only", commit).split("\0"))

    @property
    def project(self) -> Path:
        """The project's folder in it."""
        return self._root / self._prefix

    def check_out_dvc_files(self) -> Path:
        """Bring every dvc.lock, dvc.yaml and *.dvc; returns the project's folder."""
        names = [name for name in self._names if name.endswith(".dvc") or Path(name).name in (LOCK, PIPELINE)]
        self._check_out(names)
        self.project.mkdir(parents=True, exist_ok=True)
        return self.project

    def knows(self, name: str) -> bool:
        """Whether git has the file `name` of the project in that commit."""
        return name in self._names

    def bring(self, name: str, tracked: DvcFiles) -> Path | None:
        """The file `name` of that commit, from git or from DVC; None when neither knows it."""
        if self.knows(name):
            self._check_out([name])
            return self.project / name
        if tracked.named(name) is None:
            return None
        place = self.project / name
        place.parent.mkdir(parents=True, exist_ok=True)
        top = self._git("rev-parse", "--show-toplevel")
        wanted = get(top, f"{self._prefix}{name}", self._commit, place)
        brought = dvc(*wanted, project=self._git.project, run=self._git.run)
        if not brought.ok:
            raise FileNotBrought(
                f"DVC tracks {name} in {self._commit[:7]}, and cannot bring it: {complaint(brought)}",
                hint=f"dvc get . {name} --rev {self._commit[:7]}  (was it pushed? dvc push -r <remote>)",
            )
        return place

    def _check_out(self, names: Sequence[str]) -> None:
        if not names:
            return
        argv = [
            "git", f"--git-dir={self._git('rev-parse', '--absolute-git-dir')}", f"--work-tree={self._root}",
            "checkout", self._commit, "--pathspec-from-file=-", "--pathspec-file-nul",
        ]  # fmt: skip
        done = self._git.run(
            argv,
            cwd=self._root,
            env={"GIT_INDEX_FILE": str(self._root / ".git-index"), "GIT_LITERAL_PATHSPECS": "1", "LC_ALL": "C"},
            stdin="".join(f"{self._prefix}{name}\0" for name in names),
        )
        if not done.ok:
            raise GitFailed(done)


def get(repository: str, path: str, revision: str, into: Path) -> list[str]:
    """What DVC is told to bring one file that it tracks in another commit."""
    return ["get", "--quiet", "--force", "--rev", revision, "--out", str(into), "--", repository, path]
