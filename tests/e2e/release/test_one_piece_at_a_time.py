"""A team may adopt one verb at a time: what the record would have said is given by hand, and the record says so."""

from .conftest import Production


def test_an_image_is_built_for_a_version_named_by_hand(production: Production) -> None:
    outcome = production.project.headgate("build", "--model-version", "2", "--format", "json")

    assert outcome.exit_code == 0, outcome.stderr
    assert production.project.record["model"]["by_hand"] is True
    assert outcome.json["model_digest"] == production.project.record["model"]["digest"]


def test_a_version_whose_model_is_not_the_one_at_hand_is_not_built(production: Production) -> None:
    outcome = production.project.headgate("build", "--model-version", "1")

    assert outcome.exit_code == 3
    assert "models/model.json is not the model" in outcome.stderr


def test_a_version_that_does_not_exist_is_named(production: Production) -> None:
    outcome = production.project.headgate("build", "--model-version", "77")

    assert outcome.exit_code == 3
    assert "headgate: no such version\n" in outcome.stderr
    assert "77" in outcome.stderr


def test_an_image_named_by_hand_keeps_its_own_lineage(production: Production) -> None:
    """The record of the commit at hand says nothing of an image that somebody named."""
    project, site = production.project, production.site
    image, built_from = project.record["image"], project.record["source"]["commit"]
    reference = f"{image['repository']}@{image['digest']}"
    project.commit("Words")
    outcome = project.headgate("deploy", "--image", reference, "--format", "json")
    (name,) = site.running()

    assert outcome.exit_code == 0, outcome.stderr
    assert project.record["image"]["by_hand"] is True
    assert outcome.json["hosts"][0]["image"] == reference
    assert site.serves() == outcome.json["release"]
    assert site.docker.containers.get(name).labels["dev.headgate.commit"] == built_from


def test_what_was_gated_here_is_not_promoted_for_an_image_named_by_hand(production: Production) -> None:
    """The record knows a version that passed its gate; what serves is something else."""
    project = production.project
    image = project.record["image"]
    assert project.headgate("deploy", "--image", f"{image['repository']}@{image['digest']}").exit_code == 0
    assert project.headgate("health").exit_code == 0
    outcome = project.headgate("promote")

    assert outcome.exit_code == 3
    assert "holds no 'model' for commit" in outcome.stderr
    assert production.alias == "production: v1"


def test_an_endpoint_named_by_hand_is_checked(production: Production) -> None:
    url = f"http://127.0.0.1:{production.site.port}"
    outcome = production.project.headgate("health", "--url", url, "--format", "json")

    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.json["by_hand"] is True
    assert [probe["name"] for probe in outcome.json["probes"]] == ["GET /health", "POST /predict"]
    assert "health" not in production.project.record


def test_an_endpoint_where_nobody_answers_is_exit_3(production: Production) -> None:
    production.deployed_with("well", timeout="1s")
    outcome = production.project.headgate("health", "--url", "http://127.0.0.1:1")

    assert outcome.exit_code == 3
    assert "GET /health at http://127.0.0.1:1" in outcome.stderr
