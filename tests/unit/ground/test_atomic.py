from __future__ import annotations

from pathlib import Path

import pytest

from headgate import atomic


def test_a_file_gets_its_content_its_permissions_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "gate.html"

    atomic.replace(path, "größer", mode=0o640)

    assert path.read_bytes() == "größer".encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_without_a_word_about_it_a_file_is_its_owners_alone(tmp_path: Path) -> None:
    atomic.replace(tmp_path / "config.local", b"password = 1")

    assert (tmp_path / "config.local").stat().st_mode & 0o777 == 0o600


def test_on_a_full_disk_the_old_file_stays_and_nothing_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "release.json"
    path.write_text("before")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        atomic.replace(path, "after")

    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
