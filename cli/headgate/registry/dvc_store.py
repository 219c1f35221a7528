"""Artifacts on the project's DVC remote, found by their md5: put there and fetched without touching the project.

Each transfer runs the user's own `dvc` in a scratch DVC project with the settings of the real one, so every kind of
remote works that works for them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from headgate.errors import UsageError
from headgate.lineage.digests import digest
from headgate.lineage.dvc import complaint, dvc, root_of
from headgate.lineage.dvc_apart import apart, from_cache, remove, write_pointer
from headgate.lineage.dvc_config import DvcConfig, read_config
from headgate.process import Completed, Runner
from headgate.registry.base import Artifact, ArtifactDamaged, RegistryUnreachable
from headgate.registry.integrity import incoming, outgoing
from headgate.registry.notes import Stored

_PUSH_AGAIN = "from a machine that still has it in its DVC cache: git fetch --tags && dvc push --all-tags"
_RESTORE = f"Delete the object on the remote, since DVC does not overwrite what is there; then, {_PUSH_AGAIN}"


class NoDvcRemote(UsageError):
    """There is no DVC remote to keep models on."""

    title = "no DVC remote"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The git registry keeps models on the project's DVC remote, and {why}.",
            hint="dvc init && dvc remote add --default storage <url>, then commit .dvc/config\n"
            "or keep models in MLflow: registry: {uri: tracking}",
        )


class DvcStore:
    """The project's DVC remote.

    Args:
        project: the folder of headgate.yaml.
        remote: the remote's name; None: DVC's own default.
        run: how dvc is run.
    """

    def __init__(self, project: Path, remote: str | None, run: Runner) -> None:
        self._project = project.resolve()
        self._configured = remote
        self._run = run

    def put(self, files: Mapping[Artifact, tuple[Path, str | None]]) -> dict[Artifact, Stored]:
        """Upload files or folders, each given with the digest it must have, and say how they are found again.

        Raises:
            ArtifactDamaged: one is not what its digest says.
            RegistryUnreachable: DVC could not upload it.
            NoDvcRemote: there is nowhere to put it.
        """
        config = self._config()
        with apart(config, cache=config.cache) as scratch:
            copies = {role: _copied(path, scratch / role) for role, (path, _) in files.items()}
            digests = {role: outgoing(copies[role], promised, named=path) for role, (path, promised) in files.items()}
            self._dvc(scratch, "add", *(str(copy.relative_to(scratch)) for copy in copies.values()))
            self._dvc(scratch, "push", *self._remote_option())
            return {role: _stored(copy, digests[role]) for role, copy in copies.items()}

    def get(self, stored: Stored, into: Path) -> Path:
        """The file or folder below `into`, its digest verified: from this machine's cache, else from the remote.

        Raises:
            ArtifactDamaged: the remote does not have it any more, or gives back something else.
            RegistryUnreachable: the remote could not be asked.
        """
        config = self._config()
        into.mkdir(parents=True, exist_ok=True)
        target = into / stored.name
        remove(target)
        if from_cache(stored, config.cache, target):
            if digest(target) == stored.digest:
                return target
            remove(target)  # a damaged cache is no reason to give up: the remote has the last word
        with self.downloaded([stored]) as (found,):
            shutil.move(found, target)
        return target

    @contextmanager
    def downloaded(self, wanted: Sequence[Stored]) -> Iterator[list[Path]]:
        """Each of `wanted` as the remote itself gives it back, past every cache, verified; gone after the block.

        Raises:
            ArtifactDamaged, RegistryUnreachable: as for `get`.
        """
        config = self._config()
        self._folder_is_there(config)
        with tempfile.TemporaryDirectory(prefix="headgate-") as cache, apart(config, cache=Path(cache)) as scratch:
            places = [scratch / str(number) / stored.name for number, stored in enumerate(wanted)]
            for stored, place in zip(wanted, places, strict=True):
                write_pointer(stored, place)
            self._dvc(scratch, "pull", *self._remote_option(), lost=wanted)
            for stored, place in zip(wanted, places, strict=True):
                incoming(place, stored.digest, source=f"{self._remote_name} (md5 {stored.md5})", hint=_RESTORE)
            yield places

    def _config(self) -> DvcConfig:
        root = root_of(self._project)
        if root is None:
            raise NoDvcRemote(f"{self._project} is not a DVC project (there is no .dvc folder)")
        return read_config(root / ".dvc")

    @property
    def _remote_name(self) -> str:
        name = self._configured or self._config().default
        return f"the DVC remote '{name}'" if name else "the DVC remote"

    def _remote_option(self) -> list[str]:
        return ["--remote", self._configured] if self._configured else []

    def _folder_is_there(self, config: DvcConfig) -> None:
        """DVC takes a folder that is not mounted for an empty remote; that would read as 'the model is gone'."""
        name = self._configured or config.default
        folder = config.remote_folder(name) if name else None
        if folder is not None and not folder.is_dir():
            raise RegistryUnreachable(
                f"There is no folder {folder} on this machine, and that is {self._remote_name}.",
                hint=f"Mount {folder}, or name another remote in headgate.yaml: data: {{remote: …}}",
            )

    def _dvc(self, scratch: Path, verb: str, *arguments: str, lost: Sequence[Stored] = ()) -> None:
        ran = dvc(verb, *arguments, project=scratch, run=self._run)
        if not ran.ok:
            raise self._explained(ran, lost)

    def _explained(self, ran: Completed, lost: Sequence[Stored]) -> Exception:
        """What DVC's complaint means; 'missing' is what it calls objects that are gone and servers that are off."""
        if "no remote specified" in ran.stderr or "no default remote" in ran.stderr.lower():
            return NoDvcRemote("DVC has no default remote here, nor does headgate.yaml name one (data: {remote: …})")
        if "Missing cache files" in ran.stderr:
            gone = [stored for stored in lost if stored.md5 in ran.stderr] or lost
            names = ", ".join(f"'{stored.name}' (md5 {stored.md5})" for stored in gone)
            return ArtifactDamaged(
                f"{names} cannot be had from {self._remote_name}: it was deleted there, or the server behind "
                "it cannot be reached (DVC reports both alike).",
                hint=f"dvc status --cloud  (says whether the remote answers)\nWhere it was deleted, {_PUSH_AGAIN}",
            )
        return RegistryUnreachable(
            f"DVC could not use {self._remote_name}: {complaint(ran)}",
            hint="dvc status --cloud  (has to work here: check address, credentials and DVC's plugin for the remote)",
        )


def _copied(path: Path, folder: Path) -> Path:
    """A copy: `dvc add` would put a link in the place of the file it is given."""
    folder.mkdir()
    copy = folder / path.resolve().name
    if path.is_dir():
        shutil.copytree(path, copy)
    elif path.exists():
        shutil.copyfile(path, copy)
    return copy


def _stored(copy: Path, sha256: str) -> Stored:
    """From the `.dvc` file that `dvc add` wrote beside the copy."""
    pointer: dict[str, Any] = yaml.safe_load(copy.with_name(f"{copy.name}.dvc").read_text(encoding="utf-8"))
    out = pointer["outs"][0]
    return Stored(
        name=copy.name,
        digest=sha256,
        md5=out["md5"],
        size=out["size"],
        files=out.get("nfiles"),
        hash=out.get("hash"),
    )
