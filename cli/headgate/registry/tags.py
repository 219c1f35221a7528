"""Annotated tags where the whole team sees them: on the git remote, or in this repository where there is no remote.

With a remote, only its tags count. A tag is made as an object, pushed under its name, and never written to this
clone's `refs/tags`: so a push that fails leaves nothing behind, and creating a name that exists is refused by the
remote itself, which makes it a compare-and-swap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from headgate.errors import UsageError, listing
from headgate.lineage.git import Git
from headgate.process import Completed
from headgate.registry.base import RegistryUnreachable
from headgate.registry.git_remote import identity, lines, refusal, talk, words
from headgate.registry.notes import TagUnreadable
from headgate.registry.tag_family import Draft, Family, Tag


class TagTaken(Exception):
    """Somebody else created a tag of that name first."""


class Unpublished(RegistryUnreachable):
    """This clone has tags and the remote has none: not the same as 'there is none'."""

    def __init__(self, names: Collection[str], remote: str) -> None:
        super().__init__(
            f"This clone has {listing(names)}, and the remote '{remote}' has no such tag at all: either they were "
            "never pushed, or they were deleted there. Only tags on the remote count.",
            hint=f"To publish them: git push {remote} {' '.join(f'refs/tags/{name}' for name in names)}\n"
            f"To forget them: git tag -d {' '.join(names)}",
        )


def registry_remote(git: Git) -> str | None:
    """The remote that holds the registry's tags: `origin`, or the branch's upstream, or the only one; None without any.

    Raises:
        UsageError: there are several and nothing says which.
    """
    remotes = git("remote").split()
    if "origin" in remotes or not remotes:
        return "origin" if remotes else None
    upstream = git.try_("config", f"branch.{git.branch()}.remote").stdout.strip()
    if upstream in remotes:
        return upstream
    if len(remotes) == 1:
        return remotes[0]
    raise UsageError(
        f"The git registry keeps its tags on one remote, and this clone has {listing(remotes)}, none of them 'origin'.",
        hint=f"git branch --set-upstream-to={remotes[0]}/{git.branch() or 'main'}",
    )


class SharedTags:
    """The tags of one repository.

    Args:
        git: the clone at hand, shallow or not.
        remote: where tags count; None: in this repository.
    """

    def __init__(self, git: Git, remote: str | None) -> None:
        self.git = git
        self.remote = remote

    def find(self, *families: Family) -> list[Tag]:
        """The tags of `families`, asked of the remote now.

        Raises:
            RegistryUnreachable: the remote does not answer.
            Unpublished: the remote has none of a family, and this clone has some.
        """
        patterns = [family.pattern for family in families]
        if self.remote is None:
            return self._local(patterns)
        found = self._listed(self.remote, patterns)
        strays = {family: family.of(self._local([family.pattern])) for family in families if not family.of(found)}
        unpublished = [tag.name for family in strays for tag in strays[family].values()]
        if unpublished:
            raise Unpublished(unpublished, self.remote)
        return found

    def messages(self, tags: Iterable[Tag]) -> dict[Tag, str]:
        """The message of each tag, fetched from the remote where this clone has not seen it yet."""
        wanted = list(tags)
        self._fetch(wanted)
        return {tag: self._message(tag) for tag in wanted}

    def create(self, drafts: Mapping[str, Draft]) -> None:
        """Create all of `drafts`, by name, or none of them.

        Raises:
            TagTaken: one of the names exists, made by somebody else.
            RegistryUnreachable: the remote could not be reached or does not allow it.
        """
        objects = {name: self._object(name, draft) for name, draft in drafts.items()}
        if self.remote is None:
            self._create_here(objects)
            return
        pushed = self._talk(
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no",
            *(["--atomic"] if len(objects) > 1 else []),
            self.remote, *(f"{made}:refs/tags/{name}" for name, made in objects.items()),
        )  # fmt: skip
        if pushed.ok:
            return
        standing = {
            tag.name: tag.object for tag in self._listed(self.remote, [f"refs/tags/{name}" for name in objects])
        }
        if standing == objects:  # it arrived, only the answer was lost
            return
        if standing:
            raise TagTaken
        raise RegistryUnreachable(
            f"The git remote '{self.remote}' did not take the tag {listing(objects)}: {refusal(pushed)}",
            hint="Check that whoever runs this may push tags; in GitHub Actions: permissions: {contents: write}",
        )

    def _create_here(self, objects: Mapping[str, str]) -> None:
        made = self.git.try_(
            "update-ref", "--stdin",
            stdin="".join(f"create refs/tags/{name} {object_}\n" for name, object_ in objects.items()),
        )  # fmt: skip
        if made.ok:
            return
        if self._local([f"refs/tags/{name}" for name in objects]):
            raise TagTaken
        raise RegistryUnreachable(f"git could not create the tag {listing(objects)}: {words(made)}")

    def _local(self, patterns: Iterable[str]) -> list[Tag]:
        lines = self.git("for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", *patterns)
        return [Tag(name, made, (commit or [made])[0]) for name, made, *commit in map(str.split, lines.splitlines())]

    def _listed(self, remote: str, patterns: Iterable[str]) -> list[Tag]:
        """The remote's tags; for an annotated one it gives two lines, the second with the commit and `^{}`."""
        listed = self._talk("ls-remote", "--tags", remote, *patterns)
        if not listed.ok:
            raise RegistryUnreachable(
                f"The git remote '{remote}' could not be asked for the registry's tags: {words(listed)}",
                hint=f"git ls-remote --tags {remote}  (has to work here: check network, address and credentials)",
            )
        hashes = {
            name.removeprefix("refs/tags/"): made for made, name in (line.split("\t") for line in lines(listed.stdout))
        }
        return [
            Tag(name, made, hashes.get(f"{name}^{{}}", made))
            for name, made in hashes.items()
            if not name.endswith("^{}")
        ]

    def _fetch(self, tags: Iterable[Tag]) -> None:
        """Bring the tag objects into this clone, without refs.

        A shallow clone (actions/checkout makes one) stays shallow: a commit it does not have comes without its
        history. Tags on commits it has are fetched apart, because `--depth` would cut the history at those.
        """
        if self.remote is None:
            return
        missing = [tag for tag in tags if not self._has(tag.object)]
        shallow = self.git("rev-parse", "--is-shallow-repository") == "true"
        far = [tag for tag in missing if shallow and not self._has(tag.commit)]
        near = [tag for tag in missing if tag not in far]
        for depth, group in (["--depth=1"], far), ([], near):
            if group:
                self._fetch_from(self.remote, group, depth)

    def _fetch_from(self, remote: str, tags: Collection[Tag], depth: list[str]) -> None:
        fetched = self._talk(
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--recurse-submodules=no",
            *depth, remote, *(f"refs/tags/{tag.name}" for tag in tags),
        )  # fmt: skip
        if not fetched.ok:
            raise RegistryUnreachable(
                f"The git remote '{remote}' did not hand out {listing(tag.name for tag in tags)}: {words(fetched)}",
                hint=f"git fetch {remote} --tags  (has to work here)",
            )

    def _has(self, object_: str) -> bool:
        return self.git.try_("cat-file", "-e", object_).ok

    def _message(self, tag: Tag) -> str:
        read = self.git.try_("cat-file", "tag", tag.object)
        if not read.ok:
            raise TagUnreadable(tag.name, "it is not an annotated tag")
        return read.stdout.partition("\n\n")[2]

    def _object(self, name: str, draft: Draft) -> str:
        """The hash of a new tag object: in git's store, under no name yet."""
        made = self.git.try_(
            "mktag",
            stdin=f"object {draft.commit}\ntype commit\ntag {name}\ntagger {identity(self.git)}\n\n{draft.message}",
        )
        if not made.ok:
            raise RegistryUnreachable(
                f"git could not make the tag {name} on commit {draft.commit[:7]}: {words(made)}",
                hint=f"The commit must be in this clone: git fetch {self.remote or ''} {draft.commit}",
            )
        return made.stdout.strip()

    def _talk(self, *arguments: str) -> Completed:
        return talk(self.git, self.remote or "", *arguments)
