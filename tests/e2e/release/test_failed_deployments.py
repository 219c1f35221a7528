"""Whatever goes wrong on the way to production: the release before still answers, and Production is what it was."""

import os
import socket

import pytest

from headgate.process import await_until
from support.deployment import Site, until
from support.load import Load

from .conftest import Production

SECRET = "correct-horse-battery-staple"


@pytest.mark.parametrize(
    ("serving", "said"),
    [
        ("never ready", "GET /health"),
        ("dies", "the application's last words"),
        ("wrong", "POST /predict"),
    ],
)
def test_a_release_that_is_not_fit_gets_no_traffic(production: Production, serving: str, said: str) -> None:
    production.deployed_with(serving, timeout="3s")
    with Load(production.site.port, clients=4) as load:
        outcome = production.project.headgate("release", "--from", "deploy")

    assert outcome.exit_code == 5
    assert "headgate: the deployment failed and was rolled back\n" in outcome.stderr
    assert said in outcome.stderr
    assert f"as before: local serves {production.first}" in outcome.stderr
    assert (load.failures, list(load.answers)) == ([], [production.first])
    production.is_as_before()
    assert production.site.status().journal[-1].result == "failed"
    assert "deployment" not in production.project.record


def test_health_that_fails_behind_the_switch_takes_the_hosts_back(production: Production) -> None:
    production.deployed_with("wrong in public")
    with Load(production.site.port, clients=4) as load:
        outcome = production.project.headgate("release", "--from", "deploy")

    assert outcome.exit_code == 5
    assert 'label: expected "cat", got "dog"' in outcome.stderr
    assert f"as before: local serves {production.first}" in outcome.stderr
    assert load.failures == []
    production.is_as_before()
    assert "promotion" not in production.project.record


def test_ctrl_c_while_it_deploys_leaves_the_old_release_and_no_lock(production: Production) -> None:
    production.deployed_with("never ready", timeout="90s")
    with Load(production.site.port, clients=4) as load:
        running = production.project.start("release", "--from", "deploy")
        until(lambda: len(production.site.running()) == 2, seconds=60)
        outcome = production.project.interrupt(running)

    assert outcome.exit_code == 130
    assert "headgate: interrupted\n" in outcome.stderr
    assert (load.failures, list(load.answers)) == ([], [production.first])
    production.is_as_before()


def test_a_second_deployer_that_will_not_wait_is_told_who_deploys(production: Production) -> None:
    production.deployed_with("never ready", timeout="90s")
    running = production.project.start("deploy")
    try:
        assert await_until(lambda: production.site.lock in production.site.everything(), timeout=60)
        outcome = production.project.clone("clone").headgate(
            "rollback", "--to", production.first, "--lock-timeout", "0"
        )
    finally:
        production.project.interrupt(running)

    assert outcome.exit_code == 3
    assert "headgate: another deployment is under way\n" in outcome.stderr
    assert f"port {production.site.port} is held by " in outcome.stderr
    assert production.site.model in outcome.stderr


def test_a_port_that_a_foreign_process_has_is_named_before_anything_is_touched(production: Production) -> None:
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        port = foreign.getsockname()[1]
        production.project.configure(deploy={**production.project.config["deploy"], "port": port})
        outcome = production.project.headgate("deploy")

    assert outcome.exit_code == 3
    assert "headgate: the host cannot take the release\n" in outcome.stderr
    assert f"local: port {port} is taken by " in outcome.stderr
    assert f"(pid {os.getpid()})" in outcome.stderr
    assert production.site.serves() == production.first


@pytest.mark.parametrize("verb", ["build", "deploy", "rollback", "status", "history", "verify"])
def test_an_engine_that_does_not_run_is_said_with_how_to_start_it(production: Production, tmp_path, verb: str) -> None:
    outcome = production.project.headgate(verb, environ={"DOCKER_HOST": f"unix://{tmp_path}/nobody.sock"})

    assert outcome.exit_code == 3
    assert "headgate: the container engine does not answer\n" in outcome.stderr
    assert "no engine is running there" in outcome.stderr
    assert "systemctl start docker" in outcome.stderr
    assert outcome.stdout == ""


def test_a_secret_that_is_not_set_is_named_before_anything_is_touched(production: Production) -> None:
    production.project.configure(deploy={**production.project.config["deploy"], "secrets": ["API_TOKEN"]})
    outcome = production.project.headgate("deploy")

    assert outcome.exit_code == 2
    assert "deploy.secrets names API_TOKEN" in outcome.stderr
    production.is_as_before()


def test_a_secret_reaches_the_container_and_nothing_else(production: Production) -> None:
    project, site = production.project, production.site
    project.configure(deploy={**project.config["deploy"], "secrets": ["API_TOKEN"]})
    outcome = project.headgate(
        "release", "--from", "deploy", "-v", "--format", "json", environ={"API_TOKEN": SECRET, "GITHUB_ACTIONS": "true"}
    )
    (name,) = site.running()
    container = site.docker.containers.get(name)

    assert outcome.exit_code == 0, outcome.stderr
    assert f"API_TOKEN={SECRET}" in container.attrs["Config"]["Env"]
    assert SECRET not in outcome.log
    assert SECRET not in f"{container.labels} {container.attrs['Args']} {container.image.attrs}"
    assert SECRET not in "".join(entry.model_dump_json() for entry in site.status().journal)
    assert SECRET not in (project.folder / ".headgate/release.json").read_text()


def test_a_staging_release_is_checked_and_never_promoted(production: Production) -> None:
    project, staging = production.project, Site(image="")
    project.configure(environments={"staging": {"deploy": {"port": staging.port}}})
    try:
        outcome = project.headgate("release", "--from", "deploy", "--environment", "staging")
        promoted = project.headgate("promote", "--environment", "staging")
        served = staging.serves()
    finally:
        staging.clean()

    assert outcome.exit_code == 0, outcome.stderr
    assert served == project.record["deployment"]["release"]
    assert project.record["deployment"]["environment"] == "staging"
    assert "promotion" not in project.record
    assert promoted.exit_code == 3
    assert "headgate: this is not production\n" in promoted.stderr
    production.is_as_before()
