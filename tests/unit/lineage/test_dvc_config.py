"""DVC's configuration is read as DVC reads it, and nothing in it depends on where it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from configobj import ConfigObj  # DVC's own parser

from headgate.errors import CouldNotCarryOut
from headgate.lineage.dvc_config import DvcConfig, read_config, unquoted, with_options


@pytest.fixture
def dvc(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / ".dvc"
    folder.mkdir(parents=True)
    return folder


def read(dvc: Path, text: str, **others: str) -> DvcConfig:
    """What DVC would know of a project with these files; nothing of whoever runs the tests."""
    machine = dvc.parent.parent
    levels = {"repo": dvc / "config", "local": dvc / "config.local"}
    levels |= {name: machine / name / "config" for name in ("system", "user")}
    for name, content in {"repo": text, **others}.items():
        levels[name].parent.mkdir(exist_ok=True)
        levels[name].write_text(content)
    environ = {"DVC_SYSTEM_CONFIG_DIR": str(machine / "system"), "DVC_GLOBAL_CONFIG_DIR": str(machine / "user")}
    return read_config(dvc, environ)


@pytest.mark.parametrize(
    "line",
    [
        "remote = s # the team's",
        "url = ssh://example.com/data#fragment",
        "password = 'p # q'  # kept",
        'password = "it\'s"',
        "password = it's",
        "user = a\"b",
        "user =",
        "user = ''",
        "    port = 2222",
        "region=x",
    ],
)  # fmt: skip
def test_a_value_is_what_dvcs_parser_says(dvc: Path, line: str) -> None:
    written = f"['remote \"storage\"'] # ours\nverify = true\n{line}\n"

    (expected,) = ConfigObj(written.splitlines()).dict().values()
    assert read(dvc, written).remotes == {"storage": expected}


def test_each_file_wins_over_those_before_it(dvc: Path) -> None:
    names = ("system", "user", "repo", "local")
    files = {
        name: "['remote \"storage\"']\n" + "".join(f"    {key} = {name}\n" for key in names[at:])
        for at, name in enumerate(names)
    }
    config = read(dvc, files.pop("repo"), **files)

    assert config.remotes["storage"] == {name: name for name in names}


def test_a_section_is_the_same_with_and_without_quotes(dvc: Path) -> None:
    config = read(dvc, "['remote \"s\"']\nurl = s3://a\n", local='[remote "s"]\nURL = s3://b\n')
    assert config.remotes == {"s": {"url": "s3://b"}}


def test_the_default_remote_is_that_of_core(dvc: Path) -> None:
    assert read(dvc, "[core]\n    remote = storage # the team's\n").default == "storage"
    assert read(dvc, "").default is None


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
def test_a_remote_folder_is_relative_to_the_file_that_names_it(
    dvc: Path, tmp_path: Path, url: str, meant: str | None
) -> None:
    config = read(dvc, f"['remote \"storage\"']\n    url = {url}\n", user="['remote \"mine\"']\n    url = mine\n")

    assert config.remote_folder("storage") == (None if meant is None else Path(meant.format(tmp=tmp_path)))
    assert config.remote_folder("mine") == tmp_path / "user" / "mine"
    assert config.remote_folder("unheard of") is None
    if meant is None:
        assert config.remotes["storage"]["url"] == url


def test_the_cache_is_the_projects_own_unless_a_file_says_otherwise(dvc: Path, tmp_path: Path) -> None:
    assert read(dvc, "").cache == dvc / "cache"
    assert read(dvc, "[cache]\n    dir = /srv/dvc-cache\n    type = hardlink\n").cache == Path("/srv/dvc-cache")
    assert read(dvc, "", local="[cache]\n    dir = ../../cache\n").cache == tmp_path / "cache"


def test_a_file_that_is_something_else_is_named(dvc: Path) -> None:
    with pytest.raises(CouldNotCarryOut, match=r"\.dvc/config is not a DVC configuration: .*<<<<<<< HEAD"):
        read(dvc, "[core]\n<<<<<<< HEAD\n")


def test_what_is_written_for_another_folder_holds_there(dvc: Path, tmp_path: Path) -> None:
    (tmp_path / "id_ed25519").touch()
    config = read(
        dvc,
        "[core]\n    remote = storage\n    autostage = true\n[cache]\n    type = hardlink\n"
        "['remote \"storage\"']\n    url = https://example.com/a%20b\n    password = a=b%c\n    user = 'p # q'\n"
        "['remote \"theirs\"']\n    keyfile = /home/octocat/.ssh/no-such-key\n"
        "['remote \"ours\"']\n    keyfile = ../../id_ed25519\n    url = ../../storage\n",
    )

    written = ConfigObj(config.alone(cache=tmp_path / "cache").splitlines()).dict()

    assert written == {
        "core": {"remote": "storage", "autostage": "false", "no_scm": "true", "analytics": "false"},
        "cache": {"type": "hardlink", "dir": str(tmp_path / "cache")},
        'remote "storage"': {"url": "https://example.com/a%20b", "password": "a=b%c", "user": "p # q"},
        'remote "theirs"': {},
        'remote "ours"': {"keyfile": str(tmp_path / "id_ed25519"), "url": str(tmp_path / "storage")},
    }


@pytest.mark.parametrize("header", ["['remote \"s\"']", '[remote "s"]', "['remote \"s\"']  # ours"])
def test_options_go_into_the_section_that_is_there(header: str) -> None:
    text = f"[core]\n    a = 1\n{header}\n    url = x\n    verify = no\n[cache]\n    dir = y\n"
    assert with_options(text, {'remote "s"': {"verify": "true"}}) == (
        f"[core]\n    a = 1\n{header}\n    verify = true\n    url = x\n[cache]\n    dir = y\n"
    )


def test_options_of_a_section_that_is_not_there_yet_follow_at_the_end() -> None:
    text = with_options("[core]\n    a = 1\n", {'remote "s"': {"user": "'p # q'"}})
    assert text == "[core]\n    a = 1\n['remote \"s\"']\n    user = 'p # q'\n"
    assert unquoted("'p # q'") == "p # q"
