"""A real release in a job of GitHub Actions: what its page shows of it, from the first deployment to the rollback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from headgate.record.statement import PREDICATE_TYPE
from support.github_job import REPOSITORY, TOKEN, Job
from support.github_server import github_server

from .conftest import Production


@pytest.fixture
def job(production: Production, tmp_path: Path) -> Iterator[Job]:
    """A push to main; v1 serves and GitHub knows it, v2 is built."""
    with github_server() as server:
        server.github.repository(REPOSITORY)
        server.github.token(TOKEN)
        yield Job(server, production.project, tmp_path)


def lives(job: Job) -> list[list[str]]:
    """The states of each deployment, the first one first."""
    repository = job.github.repository(REPOSITORY)
    return [[status["state"] for status in repository.deployment_statuses[one["id"]]] for one in repository.deployments]


def test_a_release_and_its_rollback_are_deployments(production: Production, job: Job) -> None:
    released = job.headgate("release", "--from", "deploy")
    (deployment,) = job.github.repository(REPOSITORY).deployments
    told = job.github.repository(REPOSITORY).deployment_statuses[deployment["id"]]
    back = job.headgate("rollback", "--reason", "the cats complained")

    assert (released.exit_code, back.exit_code) == (0, 0), released.stderr + back.stderr
    record = production.project.record
    assert deployment["sha"] == record["source"]["commit"]
    assert deployment["payload"]["image"].endswith(record["image"]["digest"])
    assert deployment["payload"]["release"] == record["deployment"]["release"]
    assert told[1]["environment_url"] == f"http://127.0.0.1:{production.site.port}"
    assert told[2]["description"] == "production: v1 -> v2"
    assert lives(job) == [["in_progress", "success", "success", "inactive"]]


@pytest.mark.parametrize(
    ("serving", "states"),
    [("dies", ["in_progress", "failure"]), ("wrong in public", ["in_progress", "success", "failure", "failure"])],
)
def test_a_deployment_that_fails_is_a_failure_there_too(
    production: Production, job: Job, serving: str, states: list[str]
) -> None:
    production.deployed_with(serving, timeout="3s")
    outcome = job.headgate("release", "--from", "deploy")

    assert outcome.exit_code == 5
    assert lives(job) == [states]
    production.is_as_before()


def test_github_failing_fails_no_deployment(production: Production, job: Job) -> None:
    job.github.token(TOKEN, permissions={"contents": "read"})
    outcome = job.headgate("release", "--from", "deploy")

    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.stderr.count("::warning") == 1
    assert "permissions: {contents: read, deployments: write}" in outcome.stderr
    assert production.site.serves() != production.first


def test_an_image_in_a_registry_has_a_statement_to_attest(production: Production, job: Job) -> None:
    outcome = job.headgate("build")

    assert outcome.exit_code == 0, outcome.stderr
    image, outputs = production.project.record["image"], job.outputs
    assert outputs["subject-name"] == image["repository"]
    assert f"{outputs['subject-name']}@{outputs['digest']}" == outputs["image"]
    assert outputs["predicate-type"] == PREDICATE_TYPE
    predicate = json.loads(Path(outputs["statement"]).read_text())
    assert predicate["facts"]["verdict"] == "pass"
    assert predicate["facts"]["commit"] == production.project.record["source"]["commit"]
    assert predicate["image"]["release"] == image["release"]
