"""What GitHub is told of the gate and of deployments, and that nothing depends on it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from headgate.console import Console
from headgate.errors import CouldNotCarryOut, DeploymentFailed, RollbackFailed
from headgate.github.deployments import Place
from headgate.github.event import Here, Pull
from headgate.github.patience import Patience
from headgate.record import Deployment, HostRelease, Record
from headgate.workflow.announcing import Announcer, Silent, ToGitHub, announcer_for
from support.github_server import GitHubServer, github_server
from support.verdicts import NOW, check, record, verdict

REPOSITORY = "acme/animals"
HEAD, COMMIT = "b" * 40, "a" * 40
PLACE = Place("animals", "production", production=True)
OLD, NEW = "20261120101502-1111111", "20261121101502-2222222"


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as running:
        running.github.repository(REPOSITORY)
        running.github.token("t")
        yield running


def place(server: GitHubServer, **changed: Any) -> Here:
    values: dict[str, Any] = {
        "api": server.url,
        "repository": REPOSITORY,
        "token": "t",
        "event_name": "push",
        "run_url": "https://git.example.com/acme/animals/actions/runs/7",
    }
    return Here(**values | changed)


def announcer(server: GitHubServer, where: Place = PLACE, **changed: Any) -> tuple[Announcer, io.StringIO]:
    talk = io.StringIO()
    patience = Patience(15, sleep=lambda _seconds: None)
    return ToGitHub(place(server, **changed), where, Console(talk, environ={}), patience), talk


def deployed(release: str, previous: str | None) -> Deployment:
    host = HostRelease(
        host="203.0.113.10",
        release=release,
        image="x",
        container="c",
        previous=previous,
        switched_at=NOW,
        switch_seconds=0.4,
        url="http://203.0.113.10",
    )
    return Deployment(
        environment="production",
        release=release,
        strategy="start-first",
        hosts=(host, host),
        started_at=NOW,
        ended_at=NOW,
    )


def statuses(server: GitHubServer, commit: str = COMMIT) -> list[tuple[str, str]]:
    made = server.github.repository(REPOSITORY).statuses.get(commit, [])
    return [(status["state"], status["description"]) for status in made]


def lives(server: GitHubServer) -> dict[str, list[str]]:
    """The states of each deployment, by its release, in their order."""
    repository = server.github.repository(REPOSITORY)
    return {
        f"{one['task']} {one['payload']['release'][-7:]}": [
            status["state"] for status in repository.deployment_statuses.get(one["id"], [])
        ]
        for one in repository.deployments
    }


# The gate's status


@pytest.mark.parametrize(
    ("outcome", "blocking", "state"),
    [
        ("pass", False, "success"),
        ("fail", True, "failure"),
        ("inconclusive", True, "failure"),
        ("inconclusive", False, "success"),
        ("error", True, "error"),
    ],
)
def test_a_commit_is_pending_from_the_training_to_the_verdict(
    server: GitHubServer, outcome: str, blocking: bool, state: str
) -> None:
    told, _ = announcer(server)
    with told.training(record()):
        assert statuses(server) == [("pending", "training, then the gate")]
    with told.judging(record()) as judged:
        judged(verdict(verdict=outcome, blocking=blocking, reasons=("accuracy.max_drop: surely worse",)))

    (status,) = [one for one in server.github.repository(REPOSITORY).statuses[COMMIT] if one["state"] != "pending"]
    assert (status["state"], status["context"]) == (state, "headgate/gate (animals)")
    assert status["description"].startswith(f"{outcome.upper()}, against Production v7: accuracy.max_drop")
    assert status["target_url"].endswith("/actions/runs/7")


def test_on_a_pull_request_it_is_the_head_that_is_judged(server: GitHubServer) -> None:
    told, _ = announcer(server, pull=Pull(7, HEAD, REPOSITORY, None))
    with told.judging(record()) as judged:
        judged(verdict())

    assert [state for state, _ in statuses(server, HEAD)] == ["success"]
    assert statuses(server) == []


@pytest.mark.parametrize("failure", [CouldNotCarryOut("no disk\nleft"), KeyboardInterrupt(), ValueError("x")])
def test_what_ends_before_the_verdict_is_an_error(server: GitHubServer, failure: BaseException) -> None:
    told, _ = announcer(server)
    with suppress(type(failure)), told.training(record()):
        raise failure
    with suppress(type(failure)), told.judging(record()):
        raise failure

    states = [state for state, _ in statuses(server)]
    assert states == ["pending", "error", "error"]
    assert "\n" not in statuses(server)[-1][1]


def test_reasons_of_any_length_fit(server: GitHubServer) -> None:
    told, talk = announcer(server)
    with told.judging(record()) as judged:
        judged(verdict(check(), reasons=("x" * 1000,), verdict="fail"))

    assert len(statuses(server)[0][1]) == 140
    assert talk.getvalue() == ""


# Deployments


def deploy(server: GitHubServer, release: str, previous: str | None, where: Place = PLACE) -> Announcer:
    told, talk = announcer(server, where)
    made: Record = record()
    with told.deploying(made, release) as served:
        served(deployed(release, previous))
    assert talk.getvalue() == ""
    return told


def test_a_deployment_is_in_progress_then_successful_and_the_one_before_inactive(server: GitHubServer) -> None:
    deploy(server, OLD, None)
    deploy(server, NEW, OLD)

    assert lives(server) == {
        "headgate:animals 1111111": ["in_progress", "success", "inactive"],
        "headgate:animals 2222222": ["in_progress", "success"],
    }
    repository = server.github.repository(REPOSITORY)
    newest = repository.deployments[-1]
    assert (newest["sha"], newest["environment"], newest["production_environment"]) == (COMMIT, "production", True)
    assert newest["payload"]["model"] == "sentiment"
    status = repository.deployment_statuses[newest["id"]][-1]
    assert (status["environment_url"], status["log_url"]) == (
        "http://203.0.113.10",
        "https://git.example.com/acme/animals/actions/runs/7",
    )


def test_another_model_in_the_same_environment_stays_active(server: GitHubServer) -> None:
    staging = [Place(model, "staging", production=False) for model in ("cats", "dogs")]
    deploy(server, OLD, None, staging[0])
    deploy(server, NEW, None, staging[1])

    assert lives(server)["headgate:cats 1111111"] == ["in_progress", "success"]


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (DeploymentFailed("the new one died"), "failure"),
        (RollbackFailed("203.0.113.10 needs a hand"), "error"),
        (CouldNotCarryOut("the disk is full"), "error"),
        (KeyboardInterrupt(), "error"),
    ],
)
def test_a_deployment_that_fails_says_so_and_leaves_the_one_before_active(
    server: GitHubServer, failure: BaseException, state: str
) -> None:
    deploy(server, OLD, None)
    told, _ = announcer(server)
    with suppress(type(failure)), told.deploying(record(), NEW):
        raise failure

    assert lives(server) == {
        "headgate:animals 1111111": ["in_progress", "success"],
        "headgate:animals 2222222": ["in_progress", state],
    }


def test_a_release_that_is_put_back_makes_the_one_before_active_again(server: GitHubServer) -> None:
    deploy(server, OLD, None)
    told = deploy(server, NEW, OLD)
    with suppress(CouldNotCarryOut), told.checking(deployed(NEW, OLD)):
        raise CouldNotCarryOut("/predict answers 500")
    told.put_back(deployed(NEW, OLD), "/predict answers 500")

    assert lives(server) == {
        "headgate:animals 1111111": ["in_progress", "success", "inactive", "success"],
        "headgate:animals 2222222": ["in_progress", "success", "failure", "failure"],
    }


def test_a_rollback_weeks_later_finds_the_release_it_goes_back_to(server: GitHubServer) -> None:
    deploy(server, OLD, None)
    deploy(server, NEW, OLD)
    for number in range(150):
        deploy(server, f"20261122101502-{number:07x}", None)
    told, talk = announcer(server)
    told.serving(deployed(OLD, NEW), "rollback: too slow")

    assert talk.getvalue() == ""
    assert lives(server)["headgate:animals 1111111"][-1] == "success"
    assert lives(server)["headgate:animals 2222222"][-1] == "inactive"


def test_a_release_that_github_never_heard_of_is_passed_by(server: GitHubServer) -> None:
    told, talk = announcer(server)
    told.serving(deployed(OLD, None), "rollback")

    assert (lives(server), talk.getvalue()) == ({}, "")


def test_a_deployment_whose_answer_was_lost_is_made_once(server: GitHubServer) -> None:
    server.github.fault("lost", method="POST", path="/deployments$")
    deploy(server, NEW, None)

    assert lives(server) == {"headgate:animals 2222222": ["in_progress", "success"]}


def test_a_deployment_costs_few_calls(server: GitHubServer) -> None:
    deploy(server, OLD, None)
    server.github.calls.clear()
    deploy(server, NEW, OLD)

    # what is there, a new one, in progress, success, the one before inactive
    assert [call.method for call in server.github.calls] == ["GET", "POST", "POST", "POST", "POST"]


# Nothing depends on it


@pytest.mark.parametrize("kind", ["429", "secondary", "primary", "unavailable", "not-json", "other-json"])
def test_what_github_does_never_reaches_the_deployment(server: GitHubServer, kind: Any) -> None:
    server.github.fault(kind, times=100, seconds=600)
    told, talk = announcer(server)
    with told.training(record()), told.deploying(record(), NEW) as served:
        served(deployed(NEW, None))

    told_of = 1 if kind == "other-json" else 2  # whose answer to a status nobody reads
    assert talk.getvalue().count("headgate: warning") == told_of, "one for each kind, and no more"
    assert "Nothing else is affected." in talk.getvalue()


def test_a_missing_permission_is_a_warning_with_the_line_to_write(server: GitHubServer) -> None:
    server.github.token("t", permissions={"contents": "read", "statuses": "write"})
    told, talk = announcer(server)
    with told.training(record()), told.deploying(record(), NEW) as served:
        served(deployed(NEW, None))

    assert [state for state, _ in statuses(server)] == ["pending"]
    assert "permissions: {contents: read, deployments: write}" in talk.getvalue()


def test_nobody_is_told_without_a_token_or_by_a_forks_run(server: GitHubServer) -> None:
    console = Console(io.StringIO(), environ={})
    fork = Pull(7, HEAD, "mallory/animals", "This pull request comes from a fork")

    for where in (None, place(server, token=""), place(server, pull=fork)):
        assert isinstance(announcer_for(where, PLACE, console), Silent)
    assert isinstance(announcer_for(place(server), PLACE, console), ToGitHub)
