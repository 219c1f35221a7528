"""A list that a team adds to and never takes from: commits under a ref of its own, beside branches and tags.

Each entry is the message of a commit without files, whose parent is the entry before. An entry is added only behind
the one that was read last, so no two machines overwrite each other, and the remote sees nothing but fast-forwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from headgate.lineage.git import Git
from headgate.registry.base import RegistryUnreachable
from headgate.registry.git_remote import identity, lines, refusal, talk, words

_END = "\x1e"  # ASCII's separator of records: no JSON text holds it


class Overtaken(Exception):
    """Somebody else added an entry first."""


@dataclass(frozen=True)
class Entries:
    """The entries there are, the newest first; `last` is the commit of that one."""

    last: str | None
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Ledger:
    """One list.

    Args:
        git: the clone at hand, shallow or not.
        remote: where the list counts; None: in this repository.
        ref: its full name, e.g. `refs/headgate/uses/sentiment/9c1e02ab44d1`.
    """

    git: Git
    remote: str | None
    ref: str

    def read(self) -> Entries:
        """All entries, asked of the remote now.

        Raises:
            RegistryUnreachable: the remote does not answer.
        """
        last = self._standing()
        if last is None:
            return Entries(None, ())
        if self.remote is not None and not self.git.try_("cat-file", "-e", last).ok:
            fetched = talk(
                self.git, self.remote, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc",
                "--recurse-submodules=no", self.remote, self.ref,
            )  # fmt: skip
            if not fetched.ok:
                raise RegistryUnreachable(
                    f"The git remote '{self.remote}' did not hand out {self.ref}: {words(fetched)}",
                    hint=f"git fetch {self.remote} {self.ref}  (has to work here)",
                )
        written = self.git("log", f"--format=%B{_END}", last)
        return Entries(last, tuple(entry.strip() for entry in written.split(_END) if entry.strip()))

    def add(self, message: str, behind: str | None) -> None:
        """Add an entry behind the commit `behind`; None: the first one.

        Raises:
            Overtaken: that is not the last one any more.
            RegistryUnreachable: the remote could not be reached, or does not allow it.
        """
        made = self._commit(message, behind)
        if self.remote is None:
            if not self.git.try_("update-ref", self.ref, made, behind or "0" * len(made)).ok:
                raise Overtaken
            return
        pushed = talk(
            self.git, self.remote, "push", "--porcelain", "--no-verify", "--recurse-submodules=no",
            f"--force-with-lease={self.ref}:{behind or ''}", self.remote, f"{made}:{self.ref}",
        )  # fmt: skip
        if pushed.ok:
            return
        standing = self._standing()
        if standing == made:  # it arrived, only the answer was lost
            return
        if standing != behind:
            raise Overtaken
        raise RegistryUnreachable(
            f"The git remote '{self.remote}' did not take {self.ref}: {refusal(pushed)}",
            hint="Check that whoever runs this may push; in GitHub Actions: permissions: {contents: write}",
        )

    def _standing(self) -> str | None:
        """The commit of the last entry."""
        if self.remote is None:
            return self.git.try_("rev-parse", "--verify", "--quiet", self.ref).stdout.strip() or None
        listed = talk(self.git, self.remote, "ls-remote", self.remote, self.ref)
        if not listed.ok:
            raise RegistryUnreachable(
                f"The git remote '{self.remote}' could not be asked for {self.ref}: {words(listed)}",
                hint=f"git ls-remote {self.remote}  (has to work here: check network, address and credentials)",
            )
        return next((line.split("\t")[0] for line in lines(listed.stdout)), None)

    def _commit(self, message: str, parent: str | None) -> str:
        """The hash of a new commit without files: in git's store, under no name yet."""
        tree, who = self.git("hash-object", "-t", "tree", "-w", "--stdin", stdin=""), identity(self.git)
        behind = f"parent {parent}\n" if parent else ""
        text = f"tree {tree}\n{behind}author {who}\ncommitter {who}\n\n{message}"
        return self.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text)
