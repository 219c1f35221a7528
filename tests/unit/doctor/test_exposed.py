"""Credentials in .dvc/config: where they stand, never what they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from headgate.lineage.dvc_secrets import exposed


def written(folder: Path, text: str) -> list[tuple[str, str, int]]:
    (folder / "config").write_text(text)
    return [(one.remote, one.option, one.line) for one in exposed(folder)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("['remote \"a\"']\n    password = x\n", [("a", "password", 2)]),
        ('[remote "a"]\nurl = s3://b\nSECRET_ACCESS_KEY = "x"  # ours\n', [("a", "secret_access_key", 3)]),
        ("['remote \"a\"']\n    url = ssh://me:word@203.0.113.1/x\n", [("a", "url", 2)]),
        ("['remote \"a\"']\n    url = ssh://me@203.0.113.1/x\n    ask_password = true\n", []),
        ("['remote \"a\"']\n    # password = x\n    password =\n", []),
        ("[core]\n    password = no remote's\n", []),
        ("", []),
    ],
)
def test_where_it_stands(text: str, found: list[tuple[str, str, int]], tmp_path: Path) -> None:
    assert written(tmp_path, text) == found


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    assert exposed(tmp_path) == ()
