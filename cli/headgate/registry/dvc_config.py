"""The project's DVC settings, written down so that they hold in a folder of their own."""

from __future__ import annotations

import configparser
import io
import os
import re
from collections.abc import Mapping
from pathlib import Path

Settings = dict[str, dict[str, str]]

# What DVC itself reads relative to the folder of its config file (dvc/config.py, `_map_dirs`).
_PATHS = frozenset(
    {"url", "dir", "keyfile", "key_path", "cert_path", "credentialpath", "configpath", "gdrive_user_credentials_file",
     "gdrive_service_account_json_file_path"}
)  # fmt: skip


def settings(dvc: Path) -> Settings:
    """`config` with `config.local` on top, as DVC merges them, and no path relative to `dvc` any more.

    Section names and values are as written, quotes included. A `keyfile` that this machine does not have is left
    out: it exists on somebody's laptop, and here the agent or a variable has the key.
    """
    merged: Settings = {}
    for name in ("config", "config.local"):
        for section, values in _read(dvc / name).items():
            merged.setdefault(section, {}).update({key: _placed(key, value, dvc) for key, value in values.items()})
    for values in merged.values():
        if "keyfile" in values and not Path(_plain(values["keyfile"])).expanduser().exists():
            del values["keyfile"]
    return merged


def default_remote(known: Settings) -> str | None:
    """The remote DVC uses when it is told none, as far as the project's own settings say."""
    name = known.get("core", {}).get("remote")
    return _plain(name) if name else None


def cache_folder(known: Settings, dvc: Path) -> Path:
    """Where the project keeps what it has pulled or made."""
    configured = known.get("cache", {}).get("dir")
    return Path(_plain(configured)).expanduser() if configured else dvc / "cache"


def remote_folder(known: Settings, remote: str) -> Path | None:
    """The folder of a remote that is one; None for servers and for remotes the project's settings do not name."""
    url = _plain(known.get(f"'remote \"{remote}\"'", {}).get("url", ""))
    return Path(url) if url and Path(url).is_absolute() else None


def written(known: Settings, *, cache: Path) -> str:
    """The text of a `.dvc/config` for a folder without git, with its cache in `cache`."""
    parser = _parser()
    parser.read_dict(known)
    for section, values in {
        "core": {"no_scm": "true", "analytics": "false", "autostage": "false"},
        "cache": {"dir": f'"{cache}"'},
    }.items():
        parser.read_dict({section: values})
    text = io.StringIO()
    parser.write(text)
    return text.getvalue()


def _read(path: Path) -> Mapping[str, Mapping[str, str]]:
    if not path.exists():
        return {}
    # DVC's parser pays no heed to indentation; to Python's a deeper line would continue the one above it.
    text = "\n".join(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    parser = _parser()
    parser.read_string(text, source=str(path))
    return {section: dict(parser[section]) for section in parser.sections()}


def _parser() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(
        interpolation=None, delimiters=("=",), comment_prefixes=("#",), default_section="", strict=False
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    return parser


def _placed(key: str, value: str, dvc: Path) -> str:
    """`value`, absolute where DVC would read it relative to the config file."""
    path = _plain(value)
    if key not in _PATHS or not path or re.match(r"\w+://", path) or path.startswith("~") or Path(path).is_absolute():
        return value
    return f'"{os.path.normpath(dvc / path)}"'


def _plain(value: str) -> str:
    """A value without its quotes or the comment behind it."""
    quoted = re.match(r"""(["'])(.*?)\1""", value)
    return quoted[2] if quoted else value.partition(" #")[0].strip()
