"""To the disk: what is there stays, unless somebody insists, and nothing is written through a link."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from headgate.errors import CouldNotCarryOut
from headgate.onboarding import File, Proposal, compare, write
from headgate.onboarding.hooks import with_hook


def proposal(text: str = "new\n", *, adds: bool = False) -> Proposal:
    return Proposal((File("folder/file.txt", text, "an example", adds=adds),))


def test_a_new_file_is_written_with_its_folder(tmp_path: Path) -> None:
    written = write(tmp_path, compare(tmp_path, proposal()))

    assert [change.state for change in written] == ["new"]
    assert (tmp_path / "folder/file.txt").read_text() == "new\n"
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["file.txt"]


def test_a_second_time_there_is_nothing_to_write(tmp_path: Path) -> None:
    write(tmp_path, compare(tmp_path, proposal()))

    changes = compare(tmp_path, proposal())

    assert [change.state for change in changes] == ["same"]
    assert write(tmp_path, changes) == ()


def test_a_file_that_differs_is_kept_and_the_difference_shown(tmp_path: Path) -> None:
    write(tmp_path, compare(tmp_path, proposal("theirs\n")))

    (change,) = compare(tmp_path, proposal())

    assert (change.state, write(tmp_path, [change])) == ("differs", ())
    assert change.diff.splitlines()[-2:] == ["-theirs", "+new"]
    assert (tmp_path / "folder/file.txt").read_text() == "theirs\n"


def test_with_force_it_is_replaced_and_its_permissions_stay(tmp_path: Path) -> None:
    write(tmp_path, compare(tmp_path, proposal("theirs\n")))
    (tmp_path / "folder/file.txt").chmod(0o600)

    write(tmp_path, compare(tmp_path, proposal()), force=True)

    assert (tmp_path / "folder/file.txt").read_text() == "new\n"
    assert (tmp_path / "folder/file.txt").stat().st_mode & 0o777 == 0o600


def test_lines_are_added_without_force(tmp_path: Path) -> None:
    write(tmp_path, compare(tmp_path, proposal("theirs\n")))

    (change,) = write(tmp_path, compare(tmp_path, proposal("theirs\nours\n", adds=True)))

    assert (change.state, change.diff.splitlines()[-1]) == ("adds", "+ours")


@pytest.mark.parametrize("link", ["folder", "folder/file.txt"])
def test_nothing_is_written_through_a_link(link: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside if link == "folder" else outside / "file.txt")

    with pytest.raises(CouldNotCarryOut, match="symbolic link"):
        compare(root, proposal())


@pytest.mark.parametrize(
    "text",
    [
        "repos: []\n",
        "repos:\n- repo: https://example.com/a\n  rev: v1\n  hooks: [{id: a}]\n",
        "# ours\nrepos:\n    - repo: local  # first\n      hooks:\n          - id: a\n            language: system\n",
        "default_stages: [pre-commit]\nrepos:\n  - repo: meta\n    hooks: [{id: identity}]",
    ],
)
def test_the_hook_is_added_to_the_hooks_there_are(text: str) -> None:
    added, by_hand = with_hook(text)

    before = yaml.safe_load(text)
    if added is None:
        assert by_hand is not None
        assert "add by hand" in by_hand
        assert before["repos"] == []
        return
    after = yaml.safe_load(added)
    assert added.startswith(text.rstrip())
    assert after["repos"][:-1] == before["repos"]
    assert after["repos"][-1]["hooks"][0]["id"] == "headgate-config"


def test_an_empty_file_is_as_good_as_none() -> None:
    assert with_hook("\n") == with_hook(None)


def test_a_hook_that_is_there_is_not_added_again() -> None:
    first, _ = with_hook(None)

    assert first is not None
    assert with_hook(first) == (first, None)
