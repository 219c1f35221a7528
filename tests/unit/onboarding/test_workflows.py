"""Which workflows a repository gets, and what in them is its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from headgate.github.templates import Uses, templates
from headgate.onboarding import Shipped, Workflows, workflows
from support import shapes

from .conftest import Onboard, Onboarded, Person

OVER_SSH = Person({"Which hosts": "ssh://deploy@203.0.113.10"})
SHIPPED = {
    name: Shipped(one.file_name, one.filled(Uses("acme/headgate", "1" * 40), default_branch="main"))
    for name, one in templates().items()
}


def made(onboarded: Onboarded) -> Workflows:
    return workflows(onboarded.findings, onboarded.answers, SHIPPED)


def names(found: Workflows) -> list[str]:
    return [Path(path).name for path in found.files]


def test_hosts_that_a_runner_can_reach_bring_the_release(onboard: Onboard) -> None:
    found = made(onboard(shapes.GET_STARTED, person=OVER_SSH))

    assert names(found) == [
        "headgate-pull-request.yml",
        "headgate-comment-from-fork.yml",
        "headgate-release.yml",
        "headgate-rollback.yml",
    ]


def test_without_such_hosts_pull_requests_are_judged_all_the_same(onboard: Onboard) -> None:
    found = made(onboard(shapes.GET_STARTED))

    assert names(found) == ["headgate-pull-request.yml", "headgate-comment-from-fork.yml"]
    assert "put them under deploy.hosts, then run headgate init again" in "\n".join(found.left)


def test_secrets_are_those_of_the_remote(onboard: Onboard) -> None:
    found = made(onboard(shapes.REMOTES, person=OVER_SSH))

    release = yaml.safe_load(found.files[".github/workflows/headgate-release.yml"])
    for job in ("candidate", "image"):
        assert release["jobs"][job]["env"] == {"GDRIVE_CREDENTIALS_DATA": "${{ secrets.GDRIVE_CREDENTIALS_DATA }}"}
    assert set(release[True]["workflow_call"]["secrets"]) == {
        "GDRIVE_CREDENTIALS_DATA",
        "DVC_SSH_KEY",
        "HEADGATE_SSH_KEY",
    }
    assert not any("AWS_" in text for text in found.files.values())


def test_python_is_the_one_that_trains(onboard: Onboard) -> None:
    found = made(onboard({**shapes.GET_STARTED, ".python-version": "3.13.1\n"}))

    assert 'python-version: "3.13"' in found.files[".github/workflows/headgate-pull-request.yml"]


@pytest.mark.parametrize(
    ("requirements", "installed"),
    [
        ("scikit-learn\n", "dvc[gdrive]"),
        ("dvc[gdrive,s3]>=3.50, <4\n", "dvc[gdrive]>=3.50,<4"),
        ("dvc[gdrive] @ https://example.com/$(id).whl\n", "dvc[gdrive]"),
    ],
)
def test_the_job_that_builds_installs_dvc_alone_as_the_requirements_have_it(
    requirements: str, installed: str, onboard: Onboard
) -> None:
    found = made(onboard({**shapes.REMOTES, "requirements.txt": requirements}, person=OVER_SSH))

    jobs = yaml.safe_load(found.files[".github/workflows/headgate-release.yml"])["jobs"]
    assert f'python -m pip install "{installed}"' in [step.get("run") for step in jobs["image"]["steps"]]


def test_without_dvc_a_person_is_told_how_the_model_gets_to_the_job_that_builds(onboard: Onboard) -> None:
    found = made(onboard({"train.py": "", "requirements.txt": "scikit-learn\n"}, person=OVER_SSH))

    assert "hand the model on as an artifact, see 'Between the jobs'" in "\n".join(found.left)


def test_requirements_have_to_bring_what_the_remote_needs(onboard: Onboard) -> None:
    none = "\n".join(made(onboard(shapes.REMOTES)).left)
    assert "there is none: put in what training needs, and dvc[gdrive]" in none
    lacking = "\n".join(made(onboard({**shapes.REMOTES, "requirements.txt": "dvc>=3\n"})).left)
    assert "does not bring dvc[gdrive]" in lacking
    for line in ("dvc[gdrive,s3]>=3\n", "dvc-gdrive\n"):
        assert "requirements.txt" not in "\n".join(made(onboard({**shapes.REMOTES, "requirements.txt": line})).left)


def test_elsewhere_than_on_github_there_are_none(onboard: Onboard) -> None:
    assert made(onboard(shapes.GET_STARTED, origin="https://gitlab.example.com/a/b.git")) == Workflows({})


def test_where_the_actions_are_unknown_it_says_how_to_get_them(onboard: Onboard) -> None:
    onboarded = onboard(shapes.GET_STARTED)

    found = workflows(onboarded.findings, onboarded.answers, None)

    assert found.files == {}
    assert "headgate template pull-request comment-from-fork --uses <owner>/<name>@<commit>" in found.left[0]


def test_a_pipeline_in_a_folder_is_told_what_to_change(onboard: Onboard) -> None:
    found = made(onboard(shapes.MONOREPO, folder="churn"))

    assert found.files == {}
    assert "working-directory: churn" in found.left[0]
