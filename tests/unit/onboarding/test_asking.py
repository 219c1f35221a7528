"""What is asked: only what cannot be read, and the answers end up in the files."""

from __future__ import annotations

from pathlib import Path

import yaml

from support import shapes

from .conftest import Onboard, Person


def test_a_repository_with_everything_in_it_is_asked_for_its_hosts_alone(onboard: Onboard) -> None:
    person = Person()

    onboard(shapes.FASTAPI_IN_DOCKER, person=person)

    assert person.asked == ["Which hosts serve the model (local, or ssh://user@host, several with commas)?"]


def test_several_likely_models_are_a_choice(onboard: Onboard) -> None:
    files = {**shapes.DVCLIVE, "dvc.yaml": "stages:\n  train:\n    cmd: 'true'\n    outs: [a_model.pkl, b_model.pkl]\n"}
    person = Person({"the model that ships": "a_model.pkl"})

    assert "model: a_model.pkl" in onboard(files, person=person).text("headgate.yaml")


def test_hosts_over_ssh_ask_for_an_image_and_bring_instructions(onboard: Onboard) -> None:
    person = Person({"Which hosts": "ssh://deploy@203.0.113.10, ssh://deploy@203.0.113.11:2222"})

    made = onboard(shapes.FASTAPI_IN_DOCKER, person=person)

    written = yaml.safe_load(made.text("headgate.yaml"))
    assert written["deploy"]["hosts"] == ["ssh://deploy@203.0.113.10", "ssh://deploy@203.0.113.11:2222"]
    assert written["image"]["repository"] == "ghcr.io/octocat/house-prices"
    assert "ssh-keyscan -t ed25519 203.0.113.10" in made.text(".github/known_hosts")
    assert "ssh-keyscan -t ed25519 -p 2222 203.0.113.11" in made.text(".github/known_hosts")
    assert all(line.startswith("#") for line in made.text(".github/known_hosts").splitlines())
    assert "the secret HEADGATE_SSH_KEY" in made.left


def test_keys_of_hosts_that_were_filled_in_stay(onboard: Onboard) -> None:
    keys = "203.0.113.10 ssh-ed25519 AAAA\n"
    person = Person({"Which hosts": "ssh://deploy@203.0.113.10"})

    made = onboard({**shapes.FASTAPI_IN_DOCKER, ".github/known_hosts": keys}, person=person)

    assert made.text(".github/known_hosts") == keys


def test_a_service_may_be_declined(onboard: Onboard) -> None:
    made = onboard(shapes.GET_STARTED, person=Person({"no service": False}))

    assert made.paths == ["headgate.yaml", ".gitignore", ".pre-commit-config.yaml"]
    assert "--until register" in made.left


def test_what_an_earlier_configuration_says_is_not_asked_again(onboard: Onboard) -> None:
    before = (
        "version: 1\nmodel: houses\ntrain: {model: model.pkl}\nimage: {repository: ghcr.io/acme/houses}\n"
        "deploy: {hosts: ['ssh://203.0.113.10'], known_hosts: known_hosts}\n"
    )
    person = Person()

    made = onboard({**shapes.FASTAPI_IN_DOCKER, "headgate.yaml": before}, person=person)

    assert person.asked == []
    assert (made.answers.name, made.answers.model) == ("houses", "model.pkl")
    assert made.answers.repository == "ghcr.io/acme/houses"


def test_hosts_that_a_person_put_in_are_taken_over_before_there_is_a_file_with_their_keys(onboard: Onboard) -> None:
    before = "version: 1\nmodel: houses\ntrain: {model: model.pkl}\ndeploy: {hosts: ['ssh://deploy@203.0.113.10']}\n"

    made = onboard({**shapes.FASTAPI_IN_DOCKER, "headgate.yaml": before})

    assert made.answers.hosts == ("ssh://deploy@203.0.113.10",)
    assert yaml.safe_load(made.text("headgate.yaml"))["deploy"]["known_hosts"] == ".github/known_hosts"
    assert "ssh-keyscan -t ed25519 203.0.113.10" in made.text(".github/known_hosts")
    assert "no `known_hosts`" in made.left


def test_a_configuration_with_a_mistake_is_said_to_have_one(onboard: Onboard) -> None:
    made = onboard({**shapes.GET_STARTED, "headgate.yaml": "version: 1\nmodle: houses\n"})

    assert "headgate.yaml is there and cannot be used" in made.left
    assert "did you mean 'model'" in made.left


def test_the_model_is_called_after_the_folder_where_there_is_no_remote(onboard: Onboard) -> None:
    assert onboard(shapes.GET_STARTED, origin=None).answers.name == "house-prices"


def test_an_empty_gitignore_gets_its_line(onboard: Onboard) -> None:
    made = onboard({**shapes.GET_STARTED, ".gitignore": ""})

    (ignored,) = (file for file in made.proposal.files if file.path == ".gitignore")
    assert (ignored.text, ignored.adds) == ("/.headgate/\n", True)


def test_the_same_findings_make_the_same_files(onboard: Onboard, tmp_path: Path) -> None:
    assert onboard(shapes.PREDICTIONS).proposal == onboard(shapes.PREDICTIONS).proposal
