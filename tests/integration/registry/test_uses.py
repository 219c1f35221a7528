"""Uses of an evaluation set, counted where the team sees them: a ref on the git remote, tags of MLflow's model."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from mlflow import MlflowClient

from headgate.config import Config
from headgate.registry import RegistryUnreachable, UseNotCounted, open_registry
from support.team import Team, candidate, git

ROWS = "sha256:" + "a" * 64
OTHER_ROWS = "sha256:" + "b" * 64
REF = f"refs/headgate/uses/sentiment/{'a' * 16}"


def answers(number: int) -> str:
    return f"sha256:{number:016x}".ljust(71, "0")


def test_each_candidate_counts_once_whoever_asks(team: Team) -> None:
    registry = team.registry(team.dev)
    elsewhere = team.registry(team.clone("elsewhere"))

    assert registry.count_use(ROWS, answers(1)) == 1
    assert elsewhere.count_use(ROWS, answers(2)) == 2
    assert registry.count_use(ROWS, answers(1)) == 2
    assert registry.count_use(OTHER_ROWS, answers(1)) == 1


def test_the_count_is_beside_branches_and_tags(team: Team) -> None:
    team.registry(team.dev).count_use(ROWS, answers(1))

    assert git(team.origin, "for-each-ref", "--format=%(refname)") == f"{REF}\nrefs/heads/main"
    assert "was judged, by octocat" in git(team.origin, "log", "-1", "--format=%s", REF)
    assert git(team.dev, "for-each-ref", "refs/headgate", "refs/tags") == ""


def test_a_shallow_clone_counts_and_stays_as_it_is(team: Team) -> None:
    for number in range(3):
        team.registry(team.dev).count_use(ROWS, answers(number))
    team.commit(team.dev, "one more")
    shallow = team.clone("shallow", "--depth=1")

    assert team.registry(shallow).count_use(ROWS, answers(9)) == 4
    assert git(shallow, "rev-list", "--count", "HEAD") == "1"
    assert git(team.dev, "rev-parse", "--is-shallow-repository") == "false"


def test_two_at_the_same_moment_are_both_counted(team: Team) -> None:
    clones = [team.clone(f"clone-{number}") for number in range(4)]

    with ThreadPoolExecutor(len(clones)) as pool:
        list(pool.map(lambda pair: team.registry(pair[1]).count_use(ROWS, answers(pair[0])), enumerate(clones)))

    assert team.registry(team.dev).count_use(ROWS, answers(0)) == 4


def test_a_remote_that_may_only_be_read_says_what_it_had_counted(team: Team) -> None:
    team.registry(team.dev).count_use(ROWS, answers(1))
    hook = team.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho read-only token >&2\nexit 1\n")
    hook.chmod(0o755)

    with pytest.raises(UseNotCounted, match="read-only token") as caught:
        team.registry(team.dev).count_use(ROWS, answers(2))

    assert caught.value.known == 1
    assert "contents: write" in str(caught.value.hint)
    assert team.registry(team.dev).count_use(ROWS, answers(1)) == 1  # a re-run has nothing to write


def test_a_remote_that_refuses_rewritten_history_takes_every_use(team: Team) -> None:
    git(team.origin, "config", "receive.denyNonFastForwards", "true")

    assert [team.registry(team.dev).count_use(ROWS, answers(number)) for number in range(3)] == [1, 2, 3]


def test_a_remote_that_is_gone_is_not_an_unused_set(team: Team) -> None:
    shutil.rmtree(team.origin)

    with pytest.raises(RegistryUnreachable) as caught:
        team.registry(team.dev).count_use(ROWS, answers(1))

    assert not isinstance(caught.value, UseNotCounted)


def test_without_a_remote_the_repository_itself_counts(team: Team) -> None:
    git(team.dev, "remote", "remove", "origin")

    assert [team.registry(team.dev).count_use(ROWS, answers(number)) for number in (1, 2, 1)] == [1, 2, 2]
    assert git(team.dev, "rev-list", "--count", REF) == "2"


@pytest.fixture
def mlflow(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    git(project, "init", "--quiet")
    git(project, "-c", "user.name=o", "-c", "user.email=o@example.com", "commit", "--quiet", "--allow-empty", "-m", "x")
    return project


def test_mlflow_counts_with_tags_of_the_registered_model(mlflow: Path) -> None:
    config = Config.model_validate({"version": 1, "model": "sentiment", "registry": {"uri": "tracking"}})
    registry = open_registry(config, project=mlflow)

    assert registry.count_use(ROWS, answers(1)) == 1  # before the first version ever
    assert registry.production() is None
    assert open_registry(config, project=mlflow).count_use(ROWS, answers(2)) == 2
    assert registry.count_use(ROWS, answers(1)) == 2
    assert registry.register(candidate(mlflow, b"a model")).version == "1"
    assert registry.count_use(OTHER_ROWS, answers(1)) == 1
    uri = f"sqlite:///{mlflow}/.headgate/mlflow.db"
    tags = MlflowClient(uri, uri).get_registered_model("sentiment").tags
    assert sorted(tag for tag in tags if ".use." in tag)[0].startswith(f"headgate.use.{'a' * 16}.")
