"""The stand-in for GitHub that the other tests lean on: what it must do as GitHub does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from headgate.process import await_until
from support.github_server import GitHubServer, github_server

REPOSITORY = "acme/animals"


class Client:
    """Asks with a token, and keeps nothing back."""

    def __init__(self, server: GitHubServer, token: str) -> None:
        self._url, self._token = f"{server.url}/repos/{REPOSITORY}", token

    def __call__(self, method: str, path: str, **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return requests.request(method, self._url + path, json=body or None, headers=headers, timeout=5)


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as running:
        running.github.token("everything")
        running.github.pull(REPOSITORY, 7, sha="a" * 40, head="octocat/animals")
        yield running


@pytest.fixture
def ask(server: GitHubServer) -> Client:
    return Client(server, "everything")


def test_comments_come_in_pages_that_name_the_next(server: GitHubServer, ask: Client) -> None:
    for number in range(5):
        ask("POST", "/issues/7/comments", body=f"comment {number}")
    first = ask("GET", "/issues/7/comments?per_page=2")
    last = ask("GET", "/issues/7/comments?per_page=2&page=3")

    assert [comment["body"] for comment in first.json()] == ["comment 0", "comment 1"]
    assert first.links["next"]["url"] == f"{server.url}/repos/{REPOSITORY}/issues/7/comments?per_page=2&page=2"
    assert [comment["body"] for comment in last.json()] == ["comment 4"]
    assert "next" not in last.links


def test_a_token_can_do_what_its_permissions_say_and_no_more(server: GitHubServer) -> None:
    server.github.token("reader", permissions={"pull-requests": "read"})
    ask = Client(server, "reader")

    assert ask("GET", "/issues/7/comments").status_code == 200
    refused = ask("POST", "/issues/7/comments", body="hello")
    assert refused.status_code == 403
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "issues=write; pull_requests=write"
    assert Client(server, "unknown")("GET", "/issues/7/comments").status_code == 401


def test_only_deployments_elsewhere_than_in_production_are_retired_by_github_itself(
    server: GitHubServer, ask: Client
) -> None:
    def deploy(environment: str) -> int:
        made = ask("POST", "/deployments", ref="b" * 40, environment=environment, required_contexts=[])
        ask("POST", f"/deployments/{made.json()['id']}/statuses", state="success")
        return int(made.json()["id"])

    older = {environment: deploy(environment) for environment in ("production", "staging")}
    for environment in older:
        deploy(environment)
    statuses = server.github.repository(REPOSITORY).deployment_statuses

    assert [status["state"] for status in statuses[older["production"]]] == ["success"]
    assert [status["state"] for status in statuses[older["staging"]]] == ["success", "inactive"]


def test_a_lost_answer_is_of_something_that_was_done(server: GitHubServer, ask: Client) -> None:
    server.github.fault("lost", method="POST")
    with pytest.raises(requests.ConnectionError):
        ask("POST", "/issues/7/comments", body="hello")

    assert [comment["body"] for comment in ask("GET", "/issues/7/comments").json()] == ["hello"]


def test_it_runs_as_a_process_too_and_ends_with_the_one_it_was_for(tmp_path: Path) -> None:
    (tmp_path / "seed").write_text('{"repositories": {"acme/animals": {"pulls": [{"number": 1, "sha": "c"}]}}}')
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    stand_in = subprocess.Popen(
        [
            *(sys.executable, "-m", "support.github_server", "--ready", str(tmp_path / "ready")),
            *("--seed", str(tmp_path / "seed"), "--while-alive", str(owner.pid)),
        ],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert await_until((tmp_path / "ready").exists, timeout=30)
        url = json.loads((tmp_path / "ready").read_text())["url"]
        state = requests.get(f"{url}/_stand-in/state", timeout=5).json()
        assert state["repositories"]["acme/animals"]["pulls"]["1"]["head"]["sha"] == "c"
    finally:
        owner.communicate(b"\n")
        stand_in.wait(30)
    assert stand_in.returncode == 0
