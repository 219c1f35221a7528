"""A clone has git and the DVC remote, and nothing else: no data, no cache, no record, no tracking database."""

from pathlib import Path
from shutil import copyfile

from headgate.config import load
from headgate.registry import open_registry
from support.project import Project

from .conftest import Production


def hand_over(record_of: Project, to: Project) -> None:
    """As an artifact of one CI job goes to the next."""
    source, target = (Path(one.folder, ".headgate/release.json") for one in (record_of, to))
    target.parent.mkdir(exist_ok=True)
    copyfile(source, target)


def test_a_clone_gates_against_production(production: Production) -> None:
    clone = production.project.clone("clone")
    outcome = clone.headgate("release", "--until", "gate", "--format", "json")

    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.json["verdict"]["baseline"]["kind"] == "registry"
    assert outcome.json["verdict"]["baseline"]["version"] == "1"
    assert outcome.json["verdict"]["rows"]["joined"] == 1000


def test_a_clone_goes_on_with_the_record_of_another_job_and_a_third_rolls_back(production: Production) -> None:
    second, third = production.project.clone("second"), production.project.clone("third")
    hand_over(production.project, second)
    outcome = second.headgate("release", "--from", "deploy")

    assert outcome.exit_code == 0, outcome.stderr
    assert "production: v1 -> v2" in outcome.stderr
    assert production.site.serves() == second.record["deployment"]["release"]

    rolled = third.headgate("rollback")

    assert rolled.exit_code == 0, rolled.stderr
    assert "production: v2 -> v1" in rolled.stderr
    production.is_as_before()


def test_a_record_of_another_commit_is_not_gone_on_with(production: Production) -> None:
    clone = production.project.clone("clone")
    hand_over(production.project, clone)
    clone.commit("Words")
    outcome = clone.headgate("release", "--from", "deploy")

    assert outcome.exit_code == 3
    assert "try: headgate build" in outcome.stderr
    production.is_as_before()


def test_a_clone_verifies_all_that_is_not_kept_on_the_machine_that_trained(production: Production) -> None:
    """The tracking database is a file on that machine: its link is unknown here, and nothing is broken."""
    clone = production.project.clone("clone")
    outcome = clone.headgate("verify", "--format", "json")
    states = {link["name"]: link["state"] for link in outcome.json["links"]}

    assert states.pop("run") == "unknown"
    assert set(states.values()) == {"holds"}
    assert outcome.exit_code == 3
    assert not (clone.folder / ".headgate/mlflow.db").exists()


def test_a_promotion_stops_when_somebody_else_moved_production(production: Production) -> None:
    project, other = production.project, production.project.clone("other")
    assert project.headgate("release", "--from", "deploy", "--until", "health").exit_code == 0
    other.write("other.json", '{"quality": 0.9}\n')
    registered = other.headgate("register", "--model", "other.json", "--format", "json")
    assert registered.exit_code == 0, registered.stderr
    registry = open_registry(load(other.folder / "headgate.yaml"), project=other.folder)
    registry.promote(registered.json["version"], expected="1", actor="hubot")
    by_hand = project.headgate("promote")
    outcome = project.headgate("release", "--from", "promote")

    assert by_hand.exit_code == 3
    assert "headgate: Production moved since the gate\n" in by_hand.stderr
    assert "hubot moved it at" in by_hand.stderr
    assert outcome.exit_code == 5
    assert f"as before: local serves {production.first}" in outcome.stderr
    assert production.site.serves() == production.first
    assert production.alias == f"production: v{registered.json['version']}"
