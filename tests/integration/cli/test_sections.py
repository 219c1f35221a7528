"""The record is what passes between the verbs: what it does not hold is asked for by the name of the verb."""

import json

import pytest

from headgate.config import load
from headgate.registry import open_registry
from support.project import Project


@pytest.mark.parametrize(
    ("verb", "section", "made_by"),
    [
        ("gate", "run", "train"),
        ("register", "run", "train"),
        ("build", "model", "register"),
        ("deploy", "image", "build"),
        ("health", "deployment", "deploy"),
        ("promote", "model", "register"),
    ],
)
def test_a_verb_says_which_verb_comes_before_it(project: Project, verb: str, section: str, made_by: str) -> None:
    outcome = project.headgate(verb)

    assert outcome.exit_code == 3
    assert "headgate: a step before this one is missing\n" in outcome.stderr
    assert f"holds no '{section}' for commit" in outcome.stderr
    assert f"try: headgate {made_by}" in outcome.stderr


def test_training_alone_is_not_enough_to_register(gated: Project) -> None:
    record = gated.folder / ".headgate/release.json"
    kept = {name: value for name, value in gated.record.items() if name not in ("verdict", "evaluation")}
    record.write_text(json.dumps(kept))
    outcome = gated.headgate("register")

    assert outcome.exit_code == 3
    assert "try: headgate gate" in outcome.stderr


def test_the_record_of_another_commit_does_not_count(gated: Project) -> None:
    gated.write("README.md", "# animals\n")
    commit = gated.commit("Words")
    outcome = gated.headgate("gate")

    assert outcome.exit_code == 3
    assert f"holds no 'run' for commit {commit[:7]}" in outcome.stderr
    assert gated.record["source"]["commit"] != commit


def test_a_refused_candidate_cannot_be_registered(gated: Project) -> None:
    gated.configure(gate={"metrics": {"accuracy": {"min": 0.99}}})
    assert gated.headgate("gate").exit_code == 1
    outcome = gated.headgate("register")

    assert outcome.exit_code == 1
    assert "headgate: the gate refused the candidate\n" in outcome.stderr
    assert gated.run("git", "tag", "--list") == ""


def test_an_image_in_the_record_of_a_refused_candidate_reaches_no_host(gated: Project) -> None:
    digest, now = f"sha256:{'a' * 64}", "2026-11-21T10:00:00Z"
    record = gated.record
    record["verdict"]["verdict"] = "fail"
    record["model"] = {"name": "animals", "version": "1", "registry": "git", "digest": digest, "registered_at": now}
    record["image"] = {"release": "20261121100000-3f2c1ab", "repository": "animals", "digest": digest, "tags": []}
    record["image"] |= {"pushed": False, "model_digest": digest, "created_at": now, "platform": None}
    (gated.folder / ".headgate/release.json").write_text(json.dumps(record))
    outcome = gated.headgate("deploy")

    assert outcome.exit_code == 1
    assert "headgate: the gate refused the candidate\n" in outcome.stderr


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": "headgate/release/9"}', '{"schema": "headgate/release/1"}'])
def test_a_record_that_is_none_is_refused_and_kept(gated: Project, text: str) -> None:
    record = gated.folder / ".headgate/release.json"
    record.write_text(text)
    outcome = gated.headgate("gate")

    assert outcome.exit_code == 3
    assert "headgate: the release record cannot be read\n" in outcome.stderr
    assert str(record) in outcome.stderr
    assert record.read_text() == text


def test_training_again_drops_what_was_decided_on_the_model_before(gated: Project) -> None:
    assert "verdict" in gated.record
    gated.params(quality=0.9)
    assert gated.headgate("train").exit_code == 0

    assert "verdict" not in gated.record
    assert gated.headgate("register").exit_code == 3


def test_the_record_may_be_elsewhere(gated: Project) -> None:
    (gated.folder / ".headgate/release.json").rename(gated.folder / "record.json")
    outcome = gated.headgate("gate", "--record", "record.json")

    assert outcome.exit_code == 0
    assert not (gated.folder / ".headgate/release.json").exists()


def test_a_gated_model_is_registered_with_its_lineage(gated: Project) -> None:
    outcome = gated.headgate("register", "--format", "json")
    model, run = outcome.json, gated.record["run"]

    assert outcome.exit_code == 0
    assert gated.record["model"] == model
    assert (model["name"], model["version"], model["by_hand"]) == ("animals", "1", False)
    assert model["digest"] == run["model_digest"]
    assert "animals" in gated.run("git", "ls-remote", "--tags", "origin")


def test_a_model_named_by_hand_is_registered_and_makes_no_claim_of_a_gate(gated: Project) -> None:
    gated.write("other.json", '{"quality": 1}\n')
    outcome = gated.headgate("register", "--model", "other.json", "--format", "json")

    assert outcome.exit_code == 0
    assert outcome.json["by_hand"] is True
    assert gated.record["model"] == outcome.json
    assert not {"run", "verdict"} & gated.record.keys()
    registered = open_registry(load(gated.folder / "headgate.yaml"), project=gated.folder).version("1")
    assert registered.facts["by-hand"] == "register --model"
    assert "verdict" not in registered.facts


def test_a_model_changed_after_the_gate_is_not_registered(gated: Project) -> None:
    gated.write("models/model.json", '{"quality": 1.0}\n')
    outcome = gated.headgate("register")

    assert outcome.exit_code == 3
    assert "headgate: the model is not the one that was gated\n" in outcome.stderr
    assert "models/model.json" in outcome.stderr
    assert gated.run("git", "tag", "--list") == ""
