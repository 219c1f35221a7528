"""Credentials that stand in `.dvc/config`, which git keeps: where they are, and never what they are.

Source of the options: DVC's command reference, "remote modify".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from headgate.lineage.dvc_config import remote_of, section_of, unquoted

_SECRET_OPTIONS = frozenset(
    {
        "access_key_id", "secret_access_key", "session_token", "sse_customer_key",
        "account_key", "client_secret", "connection_string", "sas_token",
        "gdrive_client_secret", "oss_key_id", "oss_key_secret", "passphrase", "password", "token",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Exposed:
    """A credential in the committed configuration: of which remote, under which option, on which line (from 1)."""

    remote: str
    option: str
    line: int

    @property
    def place(self) -> str:
        """`.dvc/config:5 (password of the remote 'storage')`."""
        return f".dvc/config:{self.line} ({self.option} of the remote '{self.remote}')"

    @property
    def cure(self) -> tuple[str, ...]:
        """The commands that take it out of git's reach; the value itself is typed by whoever runs them."""
        if self.option == "url":
            return (
                f"dvc remote modify {self.remote} url <the same address without user and password>",
                f"dvc remote modify --local {self.remote} password <a new one>",
            )
        return (
            f"dvc remote modify --unset {self.remote} {self.option}",
            f"dvc remote modify --local {self.remote} {self.option} <a new one>",
        )


def exposed(folder: Path) -> tuple[Exposed, ...]:
    """What stands in the `config` of the `.dvc` folder and should not; empty without such a file."""
    path = folder / "config"
    if not path.is_file():
        return ()
    return tuple(_in_lines(path.read_text(encoding="utf-8", errors="replace").splitlines()))


def _in_lines(lines: list[str]) -> Iterator[Exposed]:
    remote = ""
    for number, line in enumerate(lines, start=1):
        section = section_of(line)
        if section is not None:
            remote = remote_of(section)
            continue
        key, assigned, value = (part.strip() for part in line.partition("="))
        option = key.lower()
        if not remote or not assigned or not unquoted(value):
            continue
        if option in _SECRET_OPTIONS or (option == "url" and urlsplit(unquoted(value)).password):
            yield Exposed(remote, option, number)
