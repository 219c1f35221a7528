"""What a committed .dvc/config must not say: passwords and keys of a remote, and paths of one machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from headgate.lineage.dvc_config import unquoted, with_options

_OPENING = """
password passphrase secret_access_key session_token connection_string account_key sas_token client_secret
gdrive_client_secret oss_key_secret oss_key_id access_key_id token
"""
_PATHS = """
keyfile credentialpath configpath key_path cert_path gdrive_service_account_json_file_path gdrive_user_credentials_file
"""
CREDENTIALS, MACHINES = frozenset(_OPENING.split()), frozenset(_PATHS.split())
_WITH_PASSWORD = re.compile(r"\w+://[^/\s:@]*:[^/\s@]+@")


@dataclass(frozen=True)
class Option:
    """A line of a DVC configuration.

    Args:
        line: from 1.
        section: as written, `'remote "storage"'` without the outer quotes.
        key, value: without quotes and comments.
    """

    line: int
    section: str
    key: str
    value: str

    @property
    def remote(self) -> str | None:
        """The remote that it is about."""
        found = re.fullmatch(r'remote\s*"(.*)"', self.section)
        return found[1] if found else None

    @property
    def is_secret(self) -> bool:
        """Whether it opens a remote to whoever reads it."""
        if not self.value or self.value.startswith("${"):
            return False
        return self.key in CREDENTIALS or (self.key == "url" and bool(_WITH_PASSWORD.match(self.value)))

    @property
    def is_of_one_machine(self) -> bool:
        """Whether it is a path that only one machine has; those inside the repository are below `.dvc` or beside it."""
        outside = self.value.startswith(("/", "~", "\\", "../..")) or self.value[1:3] in (":\\", ":/")
        return self.key in MACHINES and outside


def options_in(text: str) -> Iterator[Option]:
    """The options of a configuration, in order."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if found := re.match(r"\[(.+)\]", stripped):
            section = unquoted(found[1].strip()).strip()
        elif "=" in stripped and not stripped.startswith("#"):
            key, _, value = stripped.partition("=")
            yield Option(number, section, key.strip().lower(), unquoted(value.strip()))


def move_to_local(config: Path, options: list[Option]) -> None:
    """Take options out of `.dvc/config` and put them into `.dvc/config.local`, which git ignores and nobody else reads.

    A URL with a password stays where it is: without it the remote would have no address for anybody.
    """
    moved = [option for option in options if option.key != "url"]
    lines = config.read_text(encoding="utf-8").splitlines(keepends=True)
    local = config.with_name("config.local")
    before = local.read_text(encoding="utf-8") if local.exists() else ""
    changes: dict[str, dict[str, str]] = {}
    for option in moved:
        changes.setdefault(option.section, {})[option.key] = lines[option.line - 1].partition("=")[2].strip()
    descriptor = os.open(local, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(with_options(before, changes))
    gone = {option.line for option in moved}
    kept = "".join(line for number, line in enumerate(lines, start=1) if number not in gone)
    config.write_text(kept, encoding="utf-8")
