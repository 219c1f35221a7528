"""Whether a path holds what a dvc.lock says it held: by git's index, by DVC's own records, else nobody can know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from headgate.lineage.dvc_config import read_config
from headgate_hooks.dvc.cache import listing
from headgate_hooks.dvc.digests import folder_md5, md5_of
from headgate_hooks.dvc.records import LOCK, POINTER, Out, Project, root_of
from headgate_hooks.outcome import CouldNotCheck
from headgate_hooks.staged import git

_LFS = b"version https://git-lfs.github.com/spec/"
_MOST_UNTRACKED = 16 << 20  # bytes of files that nobody tracks, hashed to tell whether they belong to a folder's hash
Md5s = tuple[str, str]  # of DVC 3 and of DVC 2


class Contents:
    """Hashes of what is staged, as DVC would take them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._tree = project.tree
        self._md5s: dict[str, Md5s] = {}
        self._caches: dict[str | None, Path] = {}  # by the folder of the DVC project

    def hash_at_once(self, places: Iterable[str]) -> None:
        """Read and hash all files at these places through one process."""
        wanted: dict[str, None] = {}
        for place in places:
            wanted.update(dict.fromkeys([place] if place in self._tree else self._below(place)))
        self._md5s.update((path, _both(content)) for path, content in self._tree.read(wanted) if path not in self._md5s)

    def other_than(self, place: str, md5: str, *, legacy: bool, lock: str) -> str | None:
        """Where something else than `md5` comes from; None where it is the same, or where nobody can know."""
        if place in self._tree:
            return None if self._is_file(place, md5, legacy=legacy) else "is staged"
        if recorded := self._recorded.get(place):
            same = recorded.md5 == md5 or recorded.legacy != legacy
            return None if same else f"{self._tree.shown(recorded.named_by)} names"
        if inside := self._in_recorded_folder(place, legacy=legacy):
            found, named_by = inside
            return None if found == md5 else f"{self._tree.shown(named_by)} names"
        if place in self._tree.folders:
            return None if self._is_folder(place, md5, lock, legacy=legacy) else "is staged"
        return None

    def is_deleted(self, place: str) -> bool:
        """Whether the commit takes away the file or folder at `place`, which git had until now."""
        if place in self._tree or place in self._tree.folders or place in self._recorded:
            return False
        if (self._tree.top / place).exists() or self._in_recorded_folder(place, legacy=False):
            return False
        return bool(_try("rev-parse", "--quiet", "--verify", f"HEAD:{place}", top=self._tree.top))

    @cached_property
    def _recorded(self) -> dict[str, Out]:
        pointers, locks = self._tree.named([POINTER]), self._tree.named([LOCK])
        self._tree.keep([*pointers, *locks])
        return {out.path: out for out in self._project.outs(pointers, locks) if out.path and out.md5}

    def _is_file(self, place: str, md5: str, *, legacy: bool) -> bool:
        """Whether a file is the one of `md5`: as git keeps it, or as git checks it out."""
        if self._of_blob(place, legacy=legacy) == md5:
            return True
        content = self._tree.content(place) or b""
        checked_out = self._checked_out(place, [place]).get(place)
        if checked_out is None:
            return content.startswith(_LFS)
        return md5_of(checked_out, legacy=legacy) == md5 or checked_out.startswith(_LFS)

    def _of_blob(self, place: str, *, legacy: bool) -> str:
        if place not in self._md5s:
            self.hash_at_once([place])
        return self._md5s[place][legacy]

    def _checked_out(self, place: str, files: Iterable[str]) -> dict[str, bytes]:
        """The files at `place` that are as staged in the working tree: with other line ends, or large ones (LFS)."""
        changed = set(_listed("diff", "--name-only", "-z", "--", place, top=self._tree.top))
        return {
            path: (self._tree.top / path).read_bytes()
            for path in files
            if path not in changed and (self._tree.top / path).is_file()
        }

    def _in_recorded_folder(self, place: str, *, legacy: bool) -> tuple[str, str] | None:
        """The md5 of a file in a folder that DVC tracks, from the folder's list in the cache, and who names it."""
        parts = place.split("/")
        for depth in range(len(parts) - 1, 0, -1):
            recorded = self._recorded.get("/".join(parts[:depth]))
            if recorded is not None:
                listed = self._listing(recorded) if recorded.legacy == legacy else None
                md5 = (listed or {}).get("/".join(parts[depth:]))
                return (md5, recorded.named_by) if md5 else None
        return None

    def _listing(self, folder: Out) -> dict[str, str] | None:
        """The files of a folder that DVC tracks, where this machine's cache has the list."""
        if "files" in folder.facts:
            return {str(one.get("relpath")): str(one.get("md5")) for one in folder.facts["files"]}
        root = root_of(self._tree, folder.named_by)
        if root not in self._caches:
            self._caches[root] = read_config(self._tree.top / (root or "") / ".dvc").cache
        return listing(folder, self._caches[root])

    def _is_folder(self, place: str, md5: str, lock: str, *, legacy: bool) -> bool:
        """Whether a folder is the one of `md5`, as far as that can be known.

        DVC hashes what lies in the folder, tracked or not (`__pycache__`), but for .dvcignore. So when the staged files
        alone do not add up, the others are counted in; when some of them cannot be, only a folder that this commit
        changes while dvc.lock stays as it was is surely another.
        """
        staged = {path: self._of_blob(path, legacy=legacy) for path in self._below(place)}
        if folder_md5(_relative(staged, place)) == md5:
            return True
        ignored = set(
            _listed("ls-files", "-z", "--cached", "--ignored", *_BY_DVCIGNORE, "--", place, top=self._tree.top)
        )
        files = {path: known for path, known in staged.items() if path not in ignored}
        checked_out = self._checked_out(place, files)
        files.update({path: md5_of(content, legacy=legacy) for path, content in checked_out.items()})
        others = self._others(place, legacy=legacy)
        if others is not None and folder_md5(_relative({**files, **others}, place)) == md5:
            return True
        certain = others is not None and not others
        return not certain and not self._changed_alone(place, md5, lock)

    def _others(self, place: str, *, legacy: bool) -> dict[str, str] | None:
        """The md5 of every file in a folder that git does not track; None where one of them cannot be known."""
        known: dict[str, str] = {}
        for path, recorded in self._recorded.items():
            if path.startswith(f"{place}/"):
                if recorded.legacy != legacy:
                    return None
                listed = self._listing(recorded) if str(recorded.md5).endswith(".dir") else {"": str(recorded.md5)}
                if listed is None:
                    return None
                known.update({f"{path}/{name}".rstrip("/"): md5 for name, md5 in listed.items()})
        untracked = set(_listed("ls-files", "-z", "--others", *_BY_DVCIGNORE, "--", place, top=self._tree.top))
        left = [self._tree.top / path for path in untracked if path not in known]
        if sum(path.lstat().st_size for path in left if path.is_file()) > _MOST_UNTRACKED:
            return None
        hashed = {
            path.relative_to(self._tree.top).as_posix(): md5_of(path.read_bytes(), legacy=legacy)
            for path in left
            if path.is_file()
        }
        return {**hashed, **known}

    def _changed_alone(self, place: str, md5: str, lock: str) -> bool:
        """Whether the commit changes a folder, and not what dvc.lock says of it."""
        before = _try("show", f"HEAD:{lock}", top=self._tree.top)
        if not before or md5.encode() not in before:
            return False
        return bool(_listed("diff", "--cached", "--name-only", "-z", "HEAD", "--", place, top=self._tree.top))

    def _below(self, place: str) -> list[str]:
        return self._tree.below(place) if place in self._tree.folders else []


_BY_DVCIGNORE = ("--exclude-per-directory=.dvcignore",)


def _both(content: bytes) -> Md5s:
    plain = md5_of(content, legacy=False)
    return plain, md5_of(content, legacy=True) if b"\r\n" in content else plain


def _relative(files: Mapping[str, str], folder: str) -> dict[str, str]:
    return {path[len(folder) + 1 :]: md5 for path, md5 in files.items()}


def _listed(*arguments: str, top: Path) -> list[str]:
    said = git("--literal-pathspecs", *arguments, cwd=top).decode("utf-8", "surrogateescape")
    return [name for name in said.split("\0") if name]


def _try(*arguments: str, top: Path) -> bytes:
    """What git says; nothing where it has nothing to say, as of a HEAD that is not there yet."""
    try:
        return git(*arguments, cwd=top)
    except CouldNotCheck:
        return b""
