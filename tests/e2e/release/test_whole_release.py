"""The main job, with the git registry and with that of MLflow: a first release, a better one, a worse one, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from support.deployment import REGISTRY, Site
from support.load import Load
from support.project import Outcome, Project

from .conftest import BETTER, FIRST, WORSE, opened

STEPS = ["pull", "train", "gate", "register", "build", "deploy", "health", "promote"]


@dataclass
class Story:
    """What each call said, and what was true after it."""

    project: Project
    site: Site
    first: Outcome
    record: dict[str, Any]
    first_release: str | None
    better: Outcome
    load: Load
    better_release: str | None
    worse: Outcome
    after_worse: str | None
    verified: Outcome
    rollback: Outcome
    after_rollback: str | None
    status: Outcome
    history: Outcome
    verified_again: Outcome


@pytest.fixture(scope="module", params=["git", "tracking"])
def story(request: pytest.FixtureRequest, _repository: Project, tmp_path_factory) -> Iterator[Story]:
    with opened(_repository, tmp_path_factory.mktemp(request.param)) as (project, site):
        pushed = {"repository": f"{REGISTRY}/{site.model}"} if request.param == "tracking" else {}
        project.configure(registry={"uri": request.param}, image=pushed)
        yield told(project, site)


def told(project: Project, site: Site) -> Story:
    first = released(project, FIRST)
    record, first_release = project.record, site.serves()
    with Load(site.port, clients=8) as load:
        better = released(project, BETTER)
    better_release = site.serves()
    verified = project.headgate("verify", "--format", "json")
    worse = released(project, WORSE)
    after_worse = site.serves()
    rollback = project.headgate("rollback", "--reason", "the cats complained")
    return Story(
        project, site, first, record, first_release, better, load, better_release, worse, after_worse, verified,
        rollback, site.serves(), project.headgate("status", "--format", "json"),
        project.headgate("history", "--format", "json"), project.headgate("verify", "--format", "json"),
    )  # fmt: skip


def released(project: Project, quality: float) -> Outcome:
    project.params(quality=quality)
    project.commit(f"Quality {quality}")
    return project.headgate("release")


def test_a_first_release_goes_all_the_way(story: Story) -> None:
    assert story.first.exit_code == 0, story.first.stderr
    assert story.first.steps == STEPS
    assert story.first.stdout == ""
    assert story.first_release == story.record["deployment"]["release"]
    assert "production: none -> v1" in story.first.stderr


def test_the_record_holds_every_link(story: Story) -> None:
    record = story.record

    assert set(record) == {
        "schema", "headgate", "name", "source", "params", "data", "run", "evaluation", "verdict", "model", "image",
        "deployment", "health", "promotion",
    }  # fmt: skip
    assert record["run"]["model_digest"] == record["model"]["digest"] == record["image"]["model_digest"]
    assert not any(section.get("by_hand") for section in record.values() if isinstance(section, dict))
    assert record["promotion"]["previous"] is None


def test_a_better_model_takes_over_and_no_request_is_dropped(story: Story) -> None:
    assert story.better.exit_code == 0, story.better.stderr
    assert "PASS" in story.better.stderr
    assert "against Production v1" in story.better.stderr
    assert "production: v1 -> v2" in story.better.stderr
    assert story.load.failures == []
    assert list(story.load.answers) == [story.first_release, story.better_release]


def test_a_worse_model_is_refused_and_production_stays(story: Story) -> None:
    assert story.worse.exit_code == 1
    assert story.worse.steps == ["pull", "train", "gate"]
    assert "FAIL" in story.worse.stdout
    assert "accuracy.max_drop: " in story.worse.stderr
    assert story.after_worse == story.better_release


def test_every_link_of_what_serves_is_verified(story: Story) -> None:
    for outcome in (story.verified, story.verified_again):
        assert outcome.exit_code == 0, outcome.stdout
        assert outcome.json["verified"] is True
        assert [link["name"] for link in outcome.json["links"]] == [
            "container", "image", "model", "version", "verdict", "run", "data", "commit",
        ]  # fmt: skip


def test_a_rollback_brings_hosts_and_alias_back(story: Story) -> None:
    assert story.rollback.exit_code == 0, story.rollback.stderr
    assert story.after_rollback == story.first_release
    assert "production: v2 -> v1" in story.rollback.stderr


def test_status_says_what_serves_and_what_production_is(story: Story) -> None:
    assert story.status.exit_code == 0
    assert story.status.json["schema"] == "headgate/status/1"
    (host,) = story.status.json["hosts"]
    assert (host["reachable"], host["serves"], host["lock"]) == (True, story.first_release, None)
    assert [one["release"] for one in host["releases"] if one["traffic_percent"] == 100] == [story.first_release]
    assert story.status.json["drift"] == []
    assert story.status.json["production"]["version"] == "1"


def test_history_tells_it_newest_first(story: Story) -> None:
    assert story.history.exit_code == 0
    rows = story.history.json["rows"]
    deployed = [(row["what"], row["to"]) for row in rows if row["what"] != "promoted"]
    promoted = [(row["to"], row["from"]) for row in rows if row["what"] == "promoted"]

    assert deployed == [
        ("rolled back", story.first_release),
        ("deployed", story.better_release),
        ("deployed", story.first_release),
    ]
    assert promoted == [("v1", "v2"), ("v2", "v1"), ("v1", "")]
    assert [row["why"] for row in rows[:2]] == ["the cats complained"] * 2


def test_status_and_history_as_text_show_the_same(story: Story) -> None:
    status, history = story.project.headgate("status"), story.project.headgate("history")

    for one in story.status.json["hosts"][0]["releases"]:
        assert one["release"] in status.stdout
    assert max(map(len, status.stdout.splitlines())) <= 100
    assert status.stdout.rstrip().endswith("production: v1")
    for row in story.history.json["rows"]:
        assert row["to"] in history.stdout
    assert history.stdout.splitlines()[0].split() == ["when", "what", "to", "from", "where", "who", "why"]


def test_nothing_of_the_data_is_in_git(story: Story) -> None:
    tracked = story.project.run("git", "ls-files").splitlines()

    assert not {"data/rows.csv", "models/model.json", "reports/predictions.csv"} & set(tracked)
    assert json.dumps(story.record)  # and the record is plain JSON
