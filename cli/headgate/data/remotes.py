"""DVC's configuration, read as far as a pull needs it, and changed for the time of one run.

Source: DVC's command reference, "config": files in rising precedence global, `.dvc/config`, `.dvc/config.local`.
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from headgate.config.suggestion import nearest
from headgate.errors import CouldNotCarryOut, UsageError

_REMOTE = re.compile(r"""^'?remote\s+"(?P<name>.+)"'?$""")
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

    @property
    def lost_keyfile(self) -> str | None:
        """A key that exists on the laptop of whoever wrote the configuration, and not here."""
        keyfile = self.options.get("keyfile")
        return keyfile if keyfile and not Path(keyfile).expanduser().exists() else None


@dataclass(frozen=True)
class DvcConfig:
    """What the configuration files say together."""

    remotes: Mapping[str, Remote] = field(default_factory=dict)
    default: str | None = None
    cache: Path | None = None

    def chosen(self, name: str | None) -> Remote | None:
        """The remote `name`, else DVC's default; None where the project has none.

        Raises:
            UsageError: there is no such remote.
        """
        wanted = name or self.default
        if wanted is None:
            return None
        if wanted not in self.remotes:
            where = "data.remote in headgate.yaml" if name else "core.remote in .dvc/config"
            raise UsageError(
                f"{where} names the remote '{wanted}', which DVC does not know{nearest(wanted, self.remotes)}.",
                hint="dvc remote list",
            )
        return self.remotes[wanted]


def read_config(folder: Path, environ: Mapping[str, str] = os.environ) -> DvcConfig:
    """The configuration of the `.dvc` folder.

    Raises:
        CouldNotCarryOut: a file that is not in the format of DVC's configuration.
    """
    remotes: dict[str, dict[str, str]] = {}
    core: dict[str, str] = {}
    cache: Path | None = folder / "cache"
    for path in (_global_config(environ), folder / "config", folder / "config.local"):
        for section, options in _sections(path):
            if found := _REMOTE.match(section):
                remotes.setdefault(found["name"], {}).update(options)
            elif section == "core":
                core.update(options)
            elif section == "cache" and "dir" in options:
                cache = path.parent / Path(options["dir"]).expanduser()
    return DvcConfig({name: Remote(name, options) for name, options in remotes.items()}, core.get("remote"), cache)


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
    remote = config.chosen(name)
    if remote is None:
        yield None
        return
    if remote.lost_keyfile:
        remote = replace(remote, stand_in=f"{remote.name}-without-keyfile")
    kept.parent.mkdir(exist_ok=True)
    before = local.read_text(encoding="utf-8") if local.exists() else ""
    changes = {f"""'remote "{other}"'""": {"verify": "true"} for other in config.remotes if config.remotes[other].url}
    if remote.stand_in:
        options = {key: value for key, value in remote.options.items() if key != "keyfile"}
        changes[f"""'remote "{remote.stand_in}"'"""] = {**options, "verify": "true"}
    try:
        if local.exists():
            local.replace(kept)
        _write_private(local, _MARK + with_options(before, changes))
        yield remote
    finally:
        _put_back(local, kept)


def with_options(text: str, changes: Mapping[str, Mapping[str, str]]) -> str:
    """A configuration with these options in these sections, everything else as it was."""
    lines = text.splitlines()
    for section, options in changes.items():
        header = f"[{section}]"
        at = next((n for n, line in enumerate(lines) if line.strip() == header), None)
        if at is None:
            lines.append(header)
            at = len(lines) - 1
        end = next((n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines))
        others = [line for line in lines[at + 1 : end] if line.partition("=")[0].strip() not in options]
        lines[at + 1 : end] = [*(f"    {key} = {value}" for key, value in options.items()), *others]
    return "\n".join(lines) + "\n"


def host_of(remote: Remote) -> tuple[str, int] | None:
    """Host and port of an SSH remote; None for every other kind."""
    parts = urlsplit(remote.url)
    if parts.scheme != "ssh" or not parts.hostname:
        return None
    return parts.hostname, int(remote.options.get("port") or parts.port or 22)


def _put_back(local: Path, kept: Path) -> None:
    """Undo the changes of a run: this one, or one that was killed before it could."""
    if kept.exists():
        kept.replace(local)
    elif local.exists() and local.read_text(encoding="utf-8").startswith(_MARK):
        local.unlink()


def _write_private(path: Path, text: str) -> None:
    """`config.local` may hold passwords: nobody else reads it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _sections(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",), delimiters=("=",))
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise CouldNotCarryOut(f"{path} is not a DVC configuration: {' '.join(str(error).split())}") from error
    for section in parser.sections():
        yield section, {key: value.strip().strip("'\"") for key, value in parser.items(section)}


def _global_config(environ: Mapping[str, str]) -> Path:
    """Where DVC keeps the configuration of a user."""
    if folder := environ.get("DVC_GLOBAL_CONFIG_DIR"):
        return Path(folder) / "config"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "dvc" / "config"
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "dvc" / "config"
