"""The client: what passes is waited for, within two minutes; what is refused says which line is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses

from headgate import masking
from headgate.github.client import MOST_PAGES, Client, Request
from headgate.github.patience import Patience
from headgate.github.refusals import GitHubTrouble, NotAuthenticated, NotPermitted, NotThere, RateLimited, Unreachable

API = "https://git.example.com/api/v3"
URL = f"{API}/repos/acme/animals/things"
TOKEN = "secret-token-0123456789"
READ = Request("GET", "/things", "read the things", "things: read")
MAKE = Request("POST", "/things", "make a thing", "things: write", {"name": "x"})


class Clock:
    """Time that goes by only when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1_000_000.0, []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def patience(self, left: float = 120.0) -> Patience:
        return Patience(left, sleep=self.sleep, now=lambda: self.now)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(masking, "_secrets", set())
    return Client(f"{API}/", "acme/animals", TOKEN, patience=clock.patience())


@pytest.fixture
def github() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def test_the_token_and_the_version_of_the_api_go_along(client: Client, github: responses.RequestsMock) -> None:
    github.get(URL, json={"a": 1})

    assert client.get(READ) == {"a": 1}
    sent = github.calls[0].request.headers
    assert sent["Authorization"] == f"Bearer {TOKEN}"
    assert (sent["X-GitHub-Api-Version"], sent["Accept"]) == ("2022-11-28", "application/vnd.github+json")


def test_a_netrc_does_not_take_the_tokens_place(
    client: Client, github: responses.RequestsMock, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine git.example.com login octocat password other")
    monkeypatch.setenv("HOME", str(tmp_path))
    github.get(URL, json=[])
    client.get(READ)

    assert github.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_the_token_is_in_no_representation(client: Client) -> None:
    assert TOKEN not in repr(client) + repr(vars(client))


@pytest.mark.parametrize(
    ("status", "headers", "message", "waited"),
    [
        (429, {"Retry-After": "7"}, "", 7.0),
        (403, {"Retry-After": "7"}, "You have exceeded a secondary rate limit", 7.0),
        (403, {}, "You have exceeded a secondary rate limit", 60.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1000030"}, "API rate limit exceeded", 30.0),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "999999"}, "", 1.0),
        (429, {"Retry-After": "soon"}, "", 60.0),
        (502, {}, "", 1.0),
    ],
)
def test_what_passes_is_waited_for_as_long_as_github_says(
    client: Client,
    clock: Clock,
    github: responses.RequestsMock,
    status: int,
    headers: dict[str, str],
    message: str,
    waited: float,
) -> None:
    github.get(URL, status=status, headers=headers, json={"message": message})
    github.get(URL, json=[])
    client.get(READ)

    assert clock.slept == [waited]


def test_more_than_two_minutes_in_all_are_not_waited(
    client: Client, clock: Clock, github: responses.RequestsMock
) -> None:
    github.get(URL, status=429, headers={"Retry-After": "50"}, json={"message": "slow down"})
    with pytest.raises(RateLimited, match="asks for 50 s of silence"):
        client.get(READ)

    assert clock.slept == [50.0, 50.0]


def test_a_server_that_stays_down_is_given_up(client: Client, clock: Clock, github: responses.RequestsMock) -> None:
    github.get(URL, status=503, json={"message": "unicorns"})
    with pytest.raises(Unreachable, match="503 unicorns"):
        client.get(READ)

    assert sum(clock.slept) <= 120


def test_time_without_an_answer_counts_too(client: Client, clock: Clock, github: responses.RequestsMock) -> None:
    github.get(URL, body=requests.Timeout())
    with pytest.raises(Unreachable, match="no answer within 20 s"):
        client.get(READ)

    assert sum(clock.slept) + 20 * len(github.calls) <= 120 + 20


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, NotAuthenticated, "GITHUB_TOKEN: ${{ github.token }}"),
        (403, NotPermitted, "permissions: {contents: read, things: read}"),
        (404, NotThere, "permissions: {contents: read, things: read}"),
        (422, GitHubTrouble, None),
        (301, GitHubTrouble, None),
    ],
)
def test_what_is_refused_is_asked_once_and_says_what_is_missing(
    client: Client,
    clock: Clock,
    github: responses.RequestsMock,
    status: int,
    kind: type[GitHubTrouble],
    words: str | None,
) -> None:
    github.get(URL, status=status, json={"message": "Resource not accessible by integration"})
    with pytest.raises(kind) as refused:
        client.get(READ)

    assert "Resource not accessible by integration" in str(refused.value) or status == 404
    assert words is None or words in (refused.value.hint or "")
    assert clock.slept == []


def test_a_token_that_github_repeats_is_not_repeated(client: Client, github: responses.RequestsMock) -> None:
    github.get(URL, status=403, json={"message": f"no: {TOKEN}"})
    with pytest.raises(NotPermitted) as refused:
        client.get(READ)

    assert TOKEN not in str(refused.value)


def test_pages_are_followed_to_the_end(client: Client, github: responses.RequestsMock) -> None:
    github.get(URL, json=[1, 2], headers={"Link": f'<{URL}?page=2>; rel="next", <{URL}?page=2>; rel="last"'})
    github.get(f"{URL}?page=2", json=[3])

    assert list(client.pages(READ)) == [1, 2, 3]
    assert "per_page=100" in str(github.calls[0].request.url)


def test_pages_without_an_end_have_one(client: Client, github: responses.RequestsMock) -> None:
    github.get(URL, json=[1], headers={"Link": f'<{URL}>; rel="next"'})

    assert len(list(client.pages(READ))) == MOST_PAGES


def test_a_token_goes_to_no_other_server(client: Client, github: responses.RequestsMock) -> None:
    github.get(URL, json=[1], headers={"Link": '<https://evil.example/things>; rel="next"'})
    with pytest.raises(Unreachable, match=r"evil\.example"):
        list(client.pages(READ))

    assert len(github.calls) == 1


@pytest.mark.parametrize("lost", [requests.ConnectionError("reset"), requests.Timeout()])
def test_a_post_without_an_answer_is_looked_for_before_it_is_repeated(
    client: Client, github: responses.RequestsMock, lost: Exception
) -> None:
    github.post(URL, body=lost)

    assert client.create(MAKE, made=lambda: {"id": 1}) == {"id": 1}
    assert len(github.calls) == 1


def test_a_post_that_was_never_carried_out_is_repeated(client: Client, github: responses.RequestsMock) -> None:
    github.post(URL, status=502, json={"message": "bad gateway"})
    github.post(URL, status=201, json={"id": 2})

    assert client.create(MAKE, made=lambda: None) == {"id": 2}


def test_a_post_that_is_never_answered_is_given_up(
    client: Client, clock: Clock, github: responses.RequestsMock
) -> None:
    github.post(URL, body=requests.ConnectionError("reset"))
    with pytest.raises(Unreachable, match="Whether it was done is not known"):
        client.create(MAKE, made=lambda: None)

    assert sum(clock.slept) <= 120


def test_what_answers_in_githubs_place_is_recognised(client: Client, github: responses.RequestsMock) -> None:
    github.get(URL, body="<html>Sign in</html>")
    with pytest.raises(Unreachable, match="is not GitHub"):
        client.get(READ)
