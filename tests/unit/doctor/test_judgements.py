"""What each check makes of what it sees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from headgate.config import Config
from headgate.data.diagnosis import Diagnosis
from headgate.data.remotes import Remote
from headgate.errors import CouldNotCarryOut
from headgate.image.access import Access
from headgate.lineage.dvc_files import DvcFiles, TrackedFile
from headgate.process import Completed
from headgate.record import Baseline, DataFile
from headgate.record.plan import Outlook, Plan, PlannedCheck
from headgate.workflow.doctor import clocks, configuration, data, evaluation, github, images, registry, surroundings
from headgate.workflow.doctor.finding import Said

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)


def config(**sections: Any) -> Config:
    return Config.model_validate({"version": 1, "model": "sentiment", **sections})


def states(said: Iterable[Said]) -> list[str]:
    return [one.state for one in said]


@pytest.mark.parametrize(
    ("git", "dvc", "state"),
    [((2, 39), (3, 67), "ok"), ((2, 39), None, "ok"), ((2, 20), (3, 67), "fail"), ((2, 39), (2, 58), "warn")],
)
def test_tools_that_are_too_old(git: tuple[int, int], dvc: tuple[int, int] | None, state: str) -> None:
    assert surroundings.recent(["git"], git, dvc).state == state


def test_versions_are_read_from_what_programs_say() -> None:
    assert surroundings.version_of("git version 2.39.5 (Apple Git-154)") == (2, 39)
    assert surroundings.version_of("no idea") == (0, 0)


@pytest.mark.parametrize(("baseline", "state"), [("registry", "warn"), ("git:HEAD~1", "fail")])
def test_a_shallow_clone_matters_where_history_is_the_baseline(baseline: str, state: str) -> None:
    said = surroundings.shallow(baseline)

    assert (said.state, "fetch-depth: 0" in (said.fix or "")) == (state, True)


@pytest.mark.parametrize(
    ("free", "coming", "state"), [(50e9, 0, "ok"), (3e9, 0, "warn"), (0.5e9, 0, "fail"), (50e9, 49.5e9, "fail")]
)
def test_room_on_the_disk(free: float, coming: float, state: str) -> None:
    assert surroundings.enough_room(int(free), int(coming), "the project").state == state


def test_secrets_are_named_and_never_shown() -> None:
    wanted = config(deploy={"secrets": ["API_KEY", "OTHER", "EMPTY"]})

    said = list(configuration.missing_secrets(wanted, {"API_KEY": "very-secret", "EMPTY": ""}, in_ci=True))

    assert [one.why.split(",")[0] for one in said] == ["OTHER is not set", "EMPTY is empty"]
    assert "secrets.OTHER" in (said[0].fix or "")
    assert "very-secret" not in repr(said)


def test_hosts_over_ssh_need_a_key() -> None:
    wanted = config(deploy={"hosts": ["ssh://203.0.113.10"], "known_hosts": "known_hosts"})

    assert states(configuration.missing_secrets(wanted, {}, in_ci=False)) == ["fail", "ok"]
    assert states(configuration.missing_secrets(wanted, {"SSH_AUTH_SOCK": "/a"}, in_ci=False)) == ["ok"]


def tracked(path: str, *, stage: str | None) -> TrackedFile:
    return TrackedFile(DataFile(path=path, md5="0" * 32, size=1), "dvc.lock", stage)


def completeness(*absent: str) -> list[Said]:
    files = DvcFiles((tracked("data/rows.csv", stage=None), tracked("model.bin", stage="train")))
    remote = Remote("storage", {})

    def run(argv: Any, **_how: Any) -> Completed:
        return Completed(tuple(argv), 0, "3f2c1ab by octocat\n", "")

    return list(data.complete(files, absent, remote, Diagnosis(files, remote, Path(), run)))


def test_data_that_nobody_else_has_is_a_failure_with_who_may_have_it() -> None:
    (said,) = completeness("data/rows.csv")

    assert said.state == "fail"
    assert "data/rows.csv" in said.why
    assert "dvc push -r storage" in (said.fix or "")
    assert "octocat" in said.why + (said.fix or "")


def test_what_a_stage_makes_may_be_missing() -> None:
    (said,) = completeness("model.bin")

    assert (said.state, said.fix) == ("warn", "dvc push -r storage")


def test_a_complete_remote_is_well() -> None:
    assert states(completeness()) == ["ok"]


def test_a_folder_is_no_remote_for_a_workflow(tmp_path: Path) -> None:
    assert states(data.folder_remote("storage", tmp_path, in_ci=False)) == []
    assert states(data.folder_remote("storage", tmp_path, in_ci=True)) == ["warn"]
    assert states(data.folder_remote("storage", tmp_path / "gone", in_ci=True)) == ["fail"]


def test_without_dvc_the_git_registry_has_nowhere_to_keep_models() -> None:
    assert data.without_dvc(config()).state == "fail"
    assert data.without_dvc(config(registry={"uri": "tracking"})).state == "ok"


def test_a_registry_in_a_file_is_gone_with_the_job() -> None:
    assert states(registry.ephemeral("sqlite:///mlflow.db", in_ci=True)) == ["fail"]
    assert states(registry.ephemeral("sqlite:///mlflow.db", in_ci=False)) == []
    assert (registry.without_remote(in_ci=True).state, registry.without_remote(in_ci=False).state) == ("fail", "warn")


@pytest.mark.parametrize(
    ("url", "in_ci", "expected"),
    [
        ("../origin.git", True, ["fail"]),
        ("file:///srv/origin.git", True, ["fail"]),
        ("../origin.git", False, []),
        ("https://github.com/octocat/houses", True, []),
        ("git@github.com:octocat/houses.git", True, []),
    ],
)
def test_tags_on_a_folder_of_a_runner_are_gone_with_it(url: str, in_ci: bool, expected: list[str]) -> None:
    assert states(registry.on_this_runner("origin", url, in_ci=in_ci)) == expected


def test_a_pull_request_may_read_and_not_write() -> None:
    refusal = CouldNotCarryOut("origin did not take it", hint="permissions: {contents: write}")

    assert registry.read_only(refusal, for_pull_request=True, found="Production is v7").state == "ok"
    said = registry.read_only(refusal, for_pull_request=False, found="Production is v7")
    assert (said.state, said.fix) == ("fail", "permissions: {contents: write}")


@pytest.mark.parametrize(
    ("outlook", "expected"),
    [
        ("ready", ["ok"]),
        ("few_rows", ["warn", "ok"]),
        ("never_passes", ["fail", "ok"]),
        ("never_fails", ["warn", "ok"]),
    ],
)
def test_an_evaluation_set_that_decides_nothing(outlook: Outlook, expected: list[str]) -> None:
    check = PlannedCheck(
        id="accuracy.max_drop",
        metric="accuracy",
        kind="non_inferiority",
        direction="higher",
        production=0.8,
        margin=0.01,
        rows=500,
        scenarios=(),
        outlook=outlook,
        why="because",
    )
    plan = Plan(
        baseline=Baseline(kind="registry", version="7"),
        rows=500,
        confidence=0.95,
        power=0.8,
        most_discordance=0.5,
        assumptions=(),
        checks=(check,),
        policy="sha256:" + "0" * 64,
        planned_at=NOON,
    )

    assert states(evaluation.large_enough(plan)) == expected


@pytest.mark.parametrize(("push", "state"), [(True, "ok"), (False, "fail"), (None, "warn")])
def test_whether_an_image_may_be_pushed(push: bool | None, state: str) -> None:
    said = images.may_push(Access("ghcr.io", "acme/sentiment", "octocat", push, "it said so"))

    assert said.state == state
    assert "ghcr.io, as octocat" in said.why


def test_other_hosts_cannot_pull_what_is_pushed_nowhere() -> None:
    over_ssh = {"hosts": ["local", "ssh://203.0.113.10"], "known_hosts": "known_hosts"}

    assert images.nowhere(config()).state == "ok"
    assert images.nowhere(config(deploy=over_ssh)).state == "fail"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(2, []), (-2, []), (30, ["warn"]), (-30, ["warn"]), (300, ["fail"]), (-4000, ["fail"])]
)
def test_clocks_that_disagree(seconds: float, expected: list[str]) -> None:
    assert states(clocks.skew("the engine", seconds)) == expected


def test_whose_clock_is_ahead_is_said() -> None:
    (ahead,), (behind,) = clocks.skew("the engine", 40), clocks.skew("the engine", -40)

    assert "40 s ahead of this machine's" in ahead.why
    assert "40 s behind this machine's" in behind.why


@pytest.mark.parametrize(("days", "expected"), [(60, []), (3, ["warn"]), (-2, ["warn"])])
def test_certificates_that_end(days: int, expected: list[str]) -> None:
    assert states(clocks.ends("https://example.com", NOON + timedelta(days=days), today=NOON)) == expected


@pytest.mark.parametrize(
    ("seen", "state", "words"),
    [
        ({"of_job": True}, "ok", "GitHub does not tell what this token may do"),
        ({"may_push": True}, "ok", "may write it"),
        ({"may_push": False}, "fail", "may read octocat/houses and not write it"),
        ({"scopes": ("gist",), "may_push": True}, "fail", "with the scopes gist"),
        ({"scopes": ("repo", "gist"), "may_push": True}, "ok", "may write it"),
        ({"archived": True}, "fail", "archived"),
        ({"of_job": True, "restricted": "it comes from a fork"}, "ok", "may only read here: it comes from a fork"),
    ],
)
def test_what_github_says_of_a_token(seen: dict[str, Any], state: str, words: str) -> None:
    fields: dict[str, Any] = {"of_job": False, "may_push": None, "scopes": None, "archived": False, **seen}

    said = github.judged(github.Seen("octocat/houses", **fields))

    assert (said.state, words in said.why) == (state, True), said
