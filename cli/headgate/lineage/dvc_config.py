"""DVC's configuration as DVC reads it: four files, each relative to its own folder, without starting DVC.

Source: DVC's command reference, "config", and `dvc/config.py`; the format is ConfigObj's, which pays no heed to
indentation, and ends a value that has no quotes at the first `#`.
"""

from __future__ import annotations

import configparser
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from headgate.errors import CouldNotCarryOut

Options = Mapping[str, str]

_REMOTE = re.compile(r'remote\s*"(.*)"')
_REMOTE_PATHS = frozenset(
    {"url", "keyfile", "key_path", "cert_path", "credentialpath", "configpath", "gdrive_user_credentials_file",
     "gdrive_service_account_json_file_path"}
)  # fmt: skip


@dataclass(frozen=True)
class DvcConfig:
    """What the configuration files say together.

    Args:
        sections: by name, which is `remote "storage"` for the remote `storage`; keys in lower case, values as
            written, quotes included, with no path among them that is relative to a file.
        folder: the project's `.dvc`.
    """

    sections: Mapping[str, Options]
    folder: Path

    @property
    def default(self) -> str | None:
        """The remote that DVC uses when it is told none."""
        return unquoted(self.sections.get("core", {}).get("remote", "")) or None

    @property
    def cache(self) -> Path:
        """Where the project keeps what it has pulled or made."""
        configured = unquoted(self.sections.get("cache", {}).get("dir", ""))
        return Path(configured) if configured else self.folder / "cache"

    @property
    def remotes(self) -> dict[str, dict[str, str]]:
        """The options of each remote, without quotes and comments."""
        return {
            found[1]: {key: unquoted(value) for key, value in options.items()}
            for name, options in self.sections.items()
            if (found := _REMOTE.fullmatch(name))
        }

    def as_written(self, remote: str) -> dict[str, str]:
        """The options of a remote for another file of DVC's."""
        return dict(self.sections.get(remote_section(remote), {}))

    def remote_folder(self, remote: str) -> Path | None:
        """The folder of a remote that is one; None for servers and for remotes that no file names."""
        url = self.remotes.get(remote, {}).get("url", "")
        return Path(url) if Path(url).is_absolute() else None

    def alone(self, *, cache: Path) -> str:
        """The text of a `.dvc/config` for a folder without git, with its cache in `cache`.

        A `keyfile` that this machine does not have is left out: ssh's agent has the key, or a variable.
        """
        parser = _parser()
        for name, options in self.sections.items():
            lost = lost_keyfile(self.remotes.get(remote_of(name), {}))
            parser[_header(name)] = {key: value for key, value in options.items() if not (lost and key == "keyfile")}
        for name, changes in {
            "core": {"no_scm": "true", "analytics": "false", "autostage": "false"},
            "cache": {"dir": f'"{cache}"'},
        }.items():
            parser.read_dict({name: changes})
        text = io.StringIO()
        parser.write(text)
        return text.getvalue()


def read_config(folder: Path, environ: Mapping[str, str] = os.environ) -> DvcConfig:
    """The configuration of the `.dvc` folder.

    Raises:
        CouldNotCarryOut: a file that is not in the format of DVC's configuration.
    """
    merged: dict[str, dict[str, str]] = {}
    for path in _levels(folder, environ):
        for name, options in _sections(path):
            merged.setdefault(name, {}).update(
                {key: _placed(name, key, value, path.parent) for key, value in options.items()}
            )
    return DvcConfig(merged, folder)


def with_options(text: str, changes: Mapping[str, Options]) -> str:
    """The text of a configuration with these options in these sections, everything else as it was."""
    lines = text.splitlines()
    for section, options in changes.items():
        at = next((n for n, line in enumerate(lines) if section_of(line) == section), None)
        if at is None:
            lines.append(f"[{_header(section)}]")
            at = len(lines) - 1
        end = next((n for n in range(at + 1, len(lines)) if section_of(lines[n]) is not None), len(lines))
        others = [line for line in lines[at + 1 : end] if line.partition("=")[0].strip().lower() not in options]
        lines[at + 1 : end] = [*(f"    {key} = {value}" for key, value in options.items()), *others]
    return "\n".join(lines) + "\n"


def remote_section(name: str) -> str:
    """The section of a remote."""
    return f'remote "{name}"'


def lost_keyfile(options: Options) -> bool:
    """Whether a remote's key is on the laptop of whoever wrote the configuration, and not here."""
    keyfile = options.get("keyfile")
    return bool(keyfile) and not Path(str(keyfile)).exists()


def unquoted(value: str) -> str:
    """A value without its quotes or the comment behind it."""
    quoted = re.match(r"""(["'])(.*?)\1""", value)
    return quoted[2] if quoted else value.partition("#")[0].strip()


def _levels(folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """The files, each of which has precedence over those before it: of the machine, the user, the project, and here."""
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        machine, user = Path("/Library/Application Support"), home / "Library" / "Application Support"
    else:
        machine = Path(environ.get("XDG_CONFIG_DIRS", "").split(":")[0] or "/etc/xdg")
        user = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield Path(environ.get("DVC_SYSTEM_CONFIG_DIR") or machine / "dvc") / "config"
    yield Path(environ.get("DVC_GLOBAL_CONFIG_DIR") or user / "dvc") / "config"
    yield folder / "config"
    yield folder / "config.local"


def _sections(path: Path) -> Iterator[tuple[str, Options]]:
    """The sections of one file, which need not be there."""
    parser = _parser()
    try:
        # To Python's parser a line that is further indented would continue the one above it.
        text = "\n".join(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        parser.read_string(text, source=str(path))
    except FileNotFoundError:
        return
    except (configparser.Error, UnicodeDecodeError, OSError) as error:
        raise CouldNotCarryOut(
            f"{path} is not a DVC configuration: {' '.join(str(error).split())}.",
            hint="dvc config --list --show-origin  (names the line)",
        ) from error
    for header in parser.sections():
        yield unquoted(header).strip(), dict(parser[header])


def _parser() -> configparser.ConfigParser:
    return configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",), default_section="", strict=False
    )


def _placed(section: str, key: str, value: str, folder: Path) -> str:
    """`value`, absolute where DVC would read it relative to `folder`."""
    is_path = key == "dir" if section == "cache" else key in _REMOTE_PATHS and bool(_REMOTE.fullmatch(section))
    path = unquoted(value)
    if not is_path or not path or re.match(r"\w+://", path) or Path(path).is_absolute():
        return value
    return f'"{os.path.normpath(folder / Path(path).expanduser())}"'


def remote_of(section: str) -> str:
    """The remote whose options a section holds; empty for any other section."""
    found = _REMOTE.fullmatch(section)
    return found[1] if found else ""


def section_of(line: str) -> str | None:
    """The name of the section that begins in `line`."""
    found = re.match(r"\s*\[(.+)\]", line)
    return unquoted(found[1].strip()).strip() if found else None


def _header(section: str) -> str:
    """A section's name as DVC writes it: in quotes when it has a name of its own inside."""
    return f"'{section}'" if '"' in section else section
