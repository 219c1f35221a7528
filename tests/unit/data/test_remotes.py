"""DVC's configuration is changed for one run, and put back whatever happens."""

import stat
from pathlib import Path

import pytest

from headgate.data.remotes import Remote, host_of, remote_for_this_run
from headgate.errors import UsageError
from headgate.lineage.dvc_config import read_config

CONFIG = """\
[core]
    remote = storage
    autostage = true
['remote "storage"']
    url = ssh://deploy@203.0.113.10:2222/data
    keyfile = /home/octocat/.ssh/no-such-key
['remote "other"']
    url = ../elsewhere
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "global"))
    folder = tmp_path / ".dvc"
    folder.mkdir()
    (folder / "config").write_text(CONFIG)
    return folder


def test_during_the_run_everything_is_verified_and_a_lost_keyfile_is_left_out(folder: Path) -> None:
    with remote_for_this_run(folder, None) as remote:
        assert remote is not None
        assert (remote.name, remote.argument) == ("storage", "storage-without-keyfile")
        during = read_config(folder)
        stand_in = during.remotes["storage-without-keyfile"]
        assert (stand_in["url"], stand_in["verify"]) == ("ssh://deploy@203.0.113.10:2222/data", "true")
        assert "keyfile" not in stand_in
        assert during.remotes["other"]["verify"] == "true"
        assert stat.S_IMODE((folder / "config.local").stat().st_mode) == 0o600

    assert not (folder / "config.local").exists()


def test_a_keyfile_that_is_here_is_used(folder: Path) -> None:
    key = folder.parent / "key"
    key.touch()
    (folder / "config.local").write_text(f"['remote \"storage\"']\n    keyfile = {key}\n")
    with remote_for_this_run(folder, None) as remote:
        assert remote is not None
        assert remote.argument == "storage"


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_the_users_own_settings_are_back_after_a_failure(folder: Path, failure: type[BaseException]) -> None:
    mine = "# mine\n['remote \"storage\"']\n    password = secret\n    verify = false\n"
    (folder / "config.local").write_text(mine)
    with pytest.raises(failure), remote_for_this_run(folder, None):
        during = read_config(folder).remotes["storage"]
        assert (during["password"], during["verify"]) == ("secret", "true")
        raise failure

    assert (folder / "config.local").read_text() == mine


def test_what_a_killed_run_left_is_put_back_first(folder: Path) -> None:
    (folder / "config.local").write_text("[core]\n    jobs = 1\n")
    killed = remote_for_this_run(folder, None)
    killed.__enter__()

    with remote_for_this_run(folder, None):
        pass
    assert (folder / "config.local").read_text() == "[core]\n    jobs = 1\n"


def test_a_remote_that_does_not_exist_is_refused_with_the_nearest(folder: Path) -> None:
    with pytest.raises(UsageError, match="storage"), remote_for_this_run(folder, "storag"):
        pass


def test_a_project_without_a_remote_is_left_alone(folder: Path) -> None:
    (folder / "config").write_text("")
    with remote_for_this_run(folder, None) as remote:
        assert remote is None
        assert not (folder / "config.local").exists()


@pytest.mark.parametrize(
    ("options", "host"),
    [
        ({"url": "ssh://deploy@203.0.113.10:2222/data"}, ("203.0.113.10", 2222)),
        ({"url": "ssh://example.com/data", "port": "23"}, ("example.com", 23)),
        ({"url": "ssh://example.com/data"}, ("example.com", 22)),
        ({"url": "s3://bucket/data"}, None),
        ({"url": "/mnt/data"}, None),
    ],
)
def test_hosts_of_ssh_remotes(options: dict[str, str], host: tuple[str, int] | None) -> None:
    assert host_of(Remote("r", options)) == host
