"""The remote of one run: chosen from DVC's configuration, which is changed while the run lasts and then put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from headgate import atomic
from headgate.config.suggestion import nearest
from headgate.errors import UsageError
from headgate.lineage.dvc_config import DvcConfig, lost_keyfile, read_config, remote_section, with_options

_MARK = "# Written by headgate for the time of one run; what was here before is in .dvc/tmp/config.local.headgate\n"
_KEPT = Path("tmp") / "config.local.headgate"


@dataclass(frozen=True)
class Remote:
    """A DVC remote with its options, as the files together give them.

    `name` is what people call it, `argument` what DVC is told for this run.
    """

    name: str
    options: Mapping[str, str]
    stand_in: str | None = None

    @property
    def argument(self) -> str:
        """The name that this run's `dvc -r` takes."""
        return self.stand_in or self.name

    @property
    def url(self) -> str:
        """Its URL or folder; empty when no file gives one."""
        return self.options.get("url", "")


def chosen(config: DvcConfig, name: str | None) -> Remote | None:
    """The remote `name`, else DVC's default; None where the project has none.

    Raises:
        UsageError: there is no such remote.
    """
    wanted = name or config.default
    if wanted is None:
        return None
    known = config.remotes
    if wanted not in known:
        where = "data.remote in headgate.yaml" if name else "core.remote in .dvc/config"
        raise UsageError(
            f"{where} names the remote '{wanted}', which DVC does not know{nearest(wanted, known)}.",
            hint="dvc remote list",
        )
    stand_in = f"{wanted}-without-keyfile" if lost_keyfile(known[wanted]) else None
    return Remote(wanted, known[wanted], stand_in)


@contextmanager
def remote_for_this_run(folder: Path, name: str | None) -> Iterator[Remote | None]:
    """The remote to use, made fit for this run in `.dvc/config.local`, which is as before when the block is left.

    What is fetched is verified: a damaged object is never taken for data. A remote whose `keyfile` is not on this
    machine is given a second name without it, since DVC has no way to unset an option; ssh's agent takes over.

    Args:
        folder: the `.dvc` folder.
        name: the remote, or None for DVC's default.

    Raises:
        UsageError: there is no such remote.
    """
    local, kept = folder / "config.local", folder / _KEPT
    _put_back(local, kept)
    config = read_config(folder)
    remote = chosen(config, name)
    if remote is None:
        yield None
        return
    kept.parent.mkdir(exist_ok=True)
    before = local.read_text(encoding="utf-8") if local.exists() else ""
    changes = {remote_section(other): {"verify": "true"} for other, given in config.remotes.items() if given.get("url")}
    if remote.stand_in:
        options = {key: value for key, value in config.as_written(remote.name).items() if key != "keyfile"}
        changes[remote_section(remote.stand_in)] = {**options, "verify": "true"}
    try:
        if local.exists():
            _keep(local, kept)
        _write_private(local, _MARK + with_options(before, changes), scratch=kept.parent)
        yield remote
    finally:
        _put_back(local, kept)


def host_of(remote: Remote) -> tuple[str, int] | None:
    """Host and port of an SSH remote; None for every other kind."""
    parts = urlsplit(remote.url)
    if parts.scheme != "ssh" or not parts.hostname:
        return None
    return parts.hostname, int(remote.options.get("port") or parts.port or 22)


def _put_back(local: Path, kept: Path) -> None:
    """Undo the changes of a run: this one, or one that was killed before it could."""
    if kept.exists():
        if local.exists() and kept.samefile(local):  # killed before anything was changed
            kept.unlink()
        else:
            kept.replace(local)
    elif local.exists() and local.read_text(encoding="utf-8").startswith(_MARK):
        local.unlink()


def _keep(local: Path, kept: Path) -> None:
    """A second name for the file: whoever reads it meanwhile finds it in its place."""
    try:
        kept.hardlink_to(local)
    except OSError:  # a file system without links
        local.replace(kept)


def _write_private(path: Path, text: str, *, scratch: Path) -> None:
    """`config.local` may hold passwords: nobody else reads it, and what is in `scratch` git never sees.

    In one step, since another DVC may be reading it.
    """
    atomic.replace(path, text, mode=0o600, scratch=scratch)
