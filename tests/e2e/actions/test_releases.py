"""The templates for release and rollback, run by act against this machine's engine and registry."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from support.act import Run, Runner
from support.adoption import edit
from support.deployment import REGISTRY, Site
from support.github_server import github_server
from support.project import Project

from .conftest import JOBS, REPOSITORY, Team


@dataclass(frozen=True)
class Shop:
    """A team with a release in production: version 1, `first` by name."""

    team: Team
    site: Site
    first: str

    @property
    def production(self) -> str:
        """What `headgate status` says of Production."""
        outcome = self.team.project.headgate("status", "--format", "json")
        assert outcome.exit_code == 0, outcome.stderr
        production = outcome.json["production"]
        return f"{production['alias']}: v{production['version']}"

    def push(self) -> Run:
        """What a merge to main starts."""
        commit = self.team.project.commit("A merge")
        return self.team.run("push", {"ref": "refs/heads/main", "after": commit}, JOBS, workflow="release")

    def dispatch(self, workflow: str, **inputs: str) -> Run:
        """What a person starts by hand."""
        return self.team.run(
            "workflow_dispatch", {"ref": "refs/heads/main"}, JOBS, workflow=workflow, inputs=inputs, scratch=workflow
        )


@pytest.fixture
def shop(
    adopted: Callable[..., Project], runner: Runner, engine: docker.DockerClient, tmp_path: Path
) -> Iterator[Shop]:
    site = Site(image="")
    project = adopted(model=site.model, port=site.port)
    try:
        edit(project, image={"repository": f"{REGISTRY}/{site.model}"})
        project.commit("Where images go")
        released = project.headgate("release")
        assert released.exit_code == 0, released.stderr
        with github_server() as server:
            server.github.repository(REPOSITORY)
            yield Shop(Team(project, runner, server, tmp_path), site, site.serves() or "")
    finally:
        site.clean()


def test_a_merge_is_released_and_taken_back_by_hand(shop: Shop) -> None:
    shop.team.project.params(quality=0.9)
    run = shop.push()

    assert run.exit_code == 0, run.log
    record = json.loads((run.scratch / "artifacts/headgate/release.json").read_text())
    image = record["image"]
    assert f"attest {image['repository']}@{image['digest']}" in " ".join(run.calls)
    assert json.loads((run.scratch / "predicate.json").read_text())["image"]["release"] == image["release"]
    assert run.calls.count("login ghcr.io") == 2
    handed_on = json.loads((run.scratch / "artifacts/headgate-candidate/release.json").read_text())
    assert handed_on == {name: value for name, value in record.items() if name not in ("model", "image")}
    status = f"headgate/gate ({shop.site.model})"
    assert shop.team.statuses(record["source"]["commit"]) == [(status, "pending"), (status, "success")]
    (deployment,) = shop.team.github.repository(REPOSITORY).deployments
    assert deployment["sha"] == record["source"]["commit"]
    assert shop.site.serves() == image["release"] != shop.first
    assert shop.production == "production: v2"

    back = shop.dispatch("rollback", reason='it said "$(id)"; worse', release="")

    assert back.exit_code == 0, back.log
    assert shop.site.serves() == shop.first
    assert shop.production == "production: v1"
    assert 'it said "$(id)"; worse' in shop.team.project.headgate("history").stdout


def test_a_worse_model_is_refused_and_nothing_is_built(shop: Shop) -> None:
    shop.team.project.params(quality=0.6)
    run = shop.push()

    assert run.exit_code == 1
    assert run.steps["Metrics analysis"] == "failure"
    assert not any(call.startswith(("login", "attest")) for call in run.calls)
    assert [call for call in run.calls if "artifact" in call] == ["upload-artifact headgate-candidate"]
    assert shop.site.serves() == shop.first
    assert shop.production == "production: v1"


def test_a_release_that_answers_wrongly_is_rolled_back(shop: Shop) -> None:
    edit(shop.team.project, deploy={"env": {"SERVING": "wrong in public"}})
    shop.team.project.params(quality=0.9)
    run = shop.push()

    assert run.exit_code == 1
    assert run.steps["Timestamped tag, build and push"] == "success"
    assert run.steps["Deploy key check, SSH deploy, health check, promote"] == "failure"
    assert "exit status 5" in run.log
    assert shop.site.serves() == shop.first
    assert shop.production == "production: v1"


def test_a_retraining_goes_the_way_of_every_release(shop: Shop) -> None:
    run = shop.dispatch("retrain", reason="psi 0.31 > 0.2 on prediction")

    assert run.exit_code == 0, run.log
    assert shop.site.serves() != shop.first
    assert shop.production == "production: v2"
