"""What is put into a workflow on its way into a repository, and what is never."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from headgate import __version__
from headgate.errors import UsageError
from headgate.github.templates import Template, Uses, templates

SOURCE = Uses("octocat/gates", "5" * 40)
PINS = {  # action: its commit, and the version beside it
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/cache": ("27d5ce7f107fe9357f9df03efb73ab90386fccae", "v5.0.5"),
    "actions/upload-artifact": ("bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/attest": ("1e69f48acb82d1966a394da916b4c1698aa569d6", "v4.2.2"),
    "docker/setup-buildx-action": ("37fe631027851001ddb9b187196cc803df7f5f0e", "v4.3.0"),
    "docker/login-action": ("4907a6ddec9925e35a0a9e82d7399ccc52663121", "v4.1.0"),
}
VERB = re.compile(r"/actions/(?!ssh)\w+@")
FOREIGN = re.compile(r"uses: ((?:actions|docker)/[\w-]+)@(\w+)(?: # (\S+))?")
ROOT = Path(__file__).resolve().parents[3]
ALL = pytest.mark.parametrize("template", templates().values(), ids=lambda template: template.name)


@ALL
def test_nothing_is_left_to_be_filled_in(template: Template) -> None:
    text = template.filled(SOURCE, default_branch="trunk")

    assert "acme" not in text
    assert "0" * 40 not in text
    assert not re.search(r"\$(default|cron|protected)-", text)
    if "headgate/actions" in template.text:
        assert f"uses: octocat/gates/actions/{'comment' if 'fork' in template.name else ''}" in text
        assert f"@{'5' * 40} # v{__version__}" in text


@ALL
def test_foreign_actions_are_pinned_to_the_commits_that_were_looked_at(template: Template) -> None:
    found = FOREIGN.findall(template.text)

    assert all((commit, version) == PINS[action] for action, commit, version in found)


def test_the_actions_pin_what_the_workflows_pin() -> None:
    for path in (ROOT / "action.yml", *(ROOT / "actions").glob("*/action.yml")):
        for action, commit, version in FOREIGN.findall(path.read_text()):
            assert (commit, version) == PINS[action], path


@ALL
def test_nothing_is_permitted_but_what_a_job_asks_for(template: Template) -> None:
    workflow = yaml.safe_load(template.text.replace("$default-branch", "main").replace("$cron-daily", "'1 1 * * *'"))

    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())


@ALL
def test_every_permission_has_its_reason_beside_it(template: Template) -> None:
    granted = re.findall(r"^ {6}[\w-]+: (?:read|write)\b.*$", template.text, re.M)

    assert granted or template.name == "comment-from-fork"
    assert all(" # " in line for line in granted)


def test_no_job_that_trains_may_write_more_than_a_status() -> None:
    for name, job in jobs():
        if any("/actions/train@" in step.get("uses", "") for step in job["steps"]):
            written = {scope for scope, level in job["permissions"].items() if level == "write"}
            assert written <= {"statuses", "pull-requests"}, name


def test_a_job_that_may_write_contents_takes_nothing_from_a_cache_and_nothing_of_the_project_s() -> None:
    """What trained on the same branch can have written every cache; the project's packages are what is kept out."""
    writing = {name: job for name, job in jobs() if job["permissions"].get("contents") == "write"}

    assert set(writing) == {"release image", "release production", "rollback rollback"}
    for job in writing.values():
        sets_up = [step for step in job["steps"] if VERB.search(step.get("uses", ""))]
        assert sets_up[0]["with"]["cache"] is False
        assert not any("cache" in step.get("with", {}) for step in job["steps"] if step not in sets_up)
        assert not any(step.get("uses", "").startswith("actions/cache@") for step in job["steps"])
        assert not any("--requirement" in step.get("run", "") for step in job["steps"])


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """The jobs with steps of all workflows, `release image` for one."""
    for template in templates().values():
        text = template.text.replace("$default-branch", "main").replace("$cron-daily", "'1 1 * * *'")
        for name, job in yaml.safe_load(text)["jobs"].items():
            if "steps" in job:
                yield f"{template.name} {name}", job


@pytest.mark.parametrize("name", ["release", "rollback"])
def test_nothing_cuts_a_deployment_off(name: str) -> None:
    assert "group: headgate-production\n  cancel-in-progress: false" in templates()[name].text


@ALL
def test_no_token_is_left_in_the_working_copy(template: Template) -> None:
    assert template.text.count("uses: actions/checkout@") == template.text.count("persist-credentials: false")


@ALL
def test_what_is_shown_in_a_list_is_what_github_asks_for(template: Template) -> None:
    path = ROOT / "workflows-templates" / f"{template.name}.properties.json"
    properties = json.loads(path.read_text())

    assert set(properties) == {"name", "description", "iconName", "categories"}
    assert properties["iconName"].startswith("octicon ")


@pytest.mark.parametrize(
    "uses",
    [
        "acme/headgate@v1",
        "acme/headgate@main",
        f"acme@{'5' * 40}",
        f"acme/headgate@{'5' * 39}",
        f"a/b\n      - run: id #@{'5' * 40}",
        f"acme/headgate@{'5' * 40}\n",
    ],
)
def test_a_place_that_can_move_is_refused(uses: str) -> None:
    with pytest.raises(UsageError, match="does not name a repository and a whole commit"):
        Uses.parse(uses)


def test_a_branch_s_name_is_text_in_the_workflow() -> None:
    filled = templates()["release"].filled(SOURCE, default_branch='a"] # b')

    assert yaml.safe_load(filled)[True]["push"]["branches"] == ['a"] # b']
