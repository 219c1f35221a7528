from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from headgate.registry.dvc_config import cache_folder, default_remote, remote_folder, settings, written


@pytest.fixture
def dvc(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / ".dvc"
    folder.mkdir(parents=True)
    return folder


def remote(dvc: Path, name: str = "storage") -> dict[str, str]:
    return settings(dvc)[f"'remote \"{name}\"'"]


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("../../storage", "{tmp}/storage"),
        ("'../../my storage'", "{tmp}/my storage"),
        ("../../storage  # on the NAS", "{tmp}/storage"),
        ("cache-of-the-team", "{tmp}/project/.dvc/cache-of-the-team"),
        ("/srv/storage", "/srv/storage"),
        ("s3://models/storage", None),
        ("ssh://deploy@203.0.113.10/storage", None),
        ("remote://nas/storage", None),
    ],
)
def test_a_remote_folder_is_found_relative_to_the_dvc_folder(
    dvc: Path, tmp_path: Path, url: str, meant: str | None
) -> None:
    (dvc / "config").write_text(f"['remote \"storage\"']\n    url = {url}\n")

    expected = None if meant is None else Path(meant.format(tmp=tmp_path))
    assert remote_folder(settings(dvc), "storage") == expected
    if meant is None:
        assert remote(dvc)["url"] == url


def test_local_settings_win_over_shared_ones(dvc: Path) -> None:
    (dvc / "config").write_text(
        "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://a\n    region = x\n"
    )
    (dvc / "config.local").write_text('[\'remote "storage"\']\n    url = s3://b\n    password = "p # q"\n')

    assert remote(dvc) == {"url": "s3://b", "region": "x", "password": '"p # q"'}
    assert default_remote(settings(dvc)) == "storage"


def test_lines_may_be_indented_as_they_like(dvc: Path) -> None:
    (dvc / "config").write_text(
        "['remote \"storage\"']\nurl = s3://a\n        region = x\n  # a remark\n\n    user = u\n"
    )

    assert remote(dvc) == {"url": "s3://a", "region": "x", "user": "u"}


def test_a_key_that_exists_on_somebodys_laptop_alone_is_left_out(dvc: Path, tmp_path: Path) -> None:
    (tmp_path / "id_ed25519").touch()
    (dvc / "config").write_text(
        "['remote \"theirs\"']\n    keyfile = /home/octocat/.ssh/id_ed25519\n"
        "['remote \"ours\"']\n    keyfile = ../../id_ed25519\n"
    )

    assert "keyfile" not in remote(dvc, "theirs")
    assert remote(dvc, "ours")["keyfile"] == f'"{tmp_path / "id_ed25519"}"'


def test_the_cache_is_the_projects_own_unless_it_says_otherwise(dvc: Path) -> None:
    assert cache_folder(settings(dvc), dvc) == dvc / "cache"
    (dvc / "config").write_text("[cache]\n    dir = /srv/dvc-cache\n    type = hardlink\n")
    assert cache_folder(settings(dvc), dvc) == Path("/srv/dvc-cache")


def test_what_is_written_holds_without_git_and_keeps_the_rest(dvc: Path, tmp_path: Path) -> None:
    (dvc / "config").write_text(
        "[core]\n    remote = storage\n    autostage = true\n[cache]\n    type = hardlink\n"
        "['remote \"storage\"']\n    url = https://example.com/a%20b\n    password = a=b%c\n"
    )

    parser = configparser.RawConfigParser()
    parser.read_string(written(settings(dvc), cache=tmp_path / "cache"))

    assert dict(parser["core"]) == {
        "remote": "storage", "autostage": "false", "no_scm": "true", "analytics": "false"
    }  # fmt: skip
    assert dict(parser["cache"]) == {"type": "hardlink", "dir": f'"{tmp_path / "cache"}"'}
    assert dict(parser["'remote \"storage\"'"]) == {"url": "https://example.com/a%20b", "password": "a=b%c"}
