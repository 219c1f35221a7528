"""Actions and workflows as the tools that know GitHub see them: no finding, not even a pedantic one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from headgate.github.templates import Uses, templates
from support.adoption import adopt, without_headgate

ROOT = Path(__file__).resolve().parents[3]
ACTIONS = [ROOT / "action.yml", *sorted((ROOT / "actions").glob("*/action.yml"))]
SCRIPTS = [ROOT / "actions" / "setup.sh", ROOT / "actions" / "ssh" / "load-key.sh"]


def tool(name: str, *arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", params=["all templates", "headgate init"])
def repository(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that has all the templates, and one that has what init wrote."""
    if request.param == "headgate init":
        project = without_headgate(tmp_path_factory.mktemp("init") / "team" / "animals", rows=50)
        made = adopt(project, ["ssh://deploy@203.0.113.10"]).folder
        assert len(list((made / ".github/workflows").iterdir())) == 4
        return made
    folder = tmp_path_factory.mktemp("adopted")
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    for template in templates().values():
        filled = template.filled(Uses("octocat/headgate", "5" * 40), default_branch="main")
        (workflows / template.file_name).write_text(filled)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def scripts_of(path: Path) -> Iterator[tuple[str, str]]:
    """The commands of a composite action's steps, by name."""
    for step in yaml.safe_load(path.read_text())["runs"]["steps"]:
        if "run" in step:
            yield step["name"], step["run"]


def test_the_generated_actions_are_those_of_the_options() -> None:
    done = tool("python", "scripts/make-actions", "--check")

    assert done.returncode == 0, done.stderr


def test_zizmor_finds_nothing_in_the_actions() -> None:
    done = tool("zizmor", "--offline", "--pedantic", "--no-progress", *ACTIONS)

    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing_in_the_workflows(repository: Path) -> None:
    done = tool("zizmor", "--offline", "--pedantic", "--no-progress", ".", cwd=repository)

    assert done.returncode == 0, done.stdout


def test_actionlint_finds_nothing_in_the_workflows_and_their_scripts(repository: Path) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = tool("actionlint", f"-shellcheck={shellcheck}", cwd=repository)

    assert done.returncode == 0, done.stdout


def test_the_actions_follow_github_s_schema() -> None:
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", *ACTIONS)

    assert done.returncode == 0, done.stdout


def test_the_workflows_follow_github_s_schema(repository: Path) -> None:
    workflows = sorted((repository / ".github/workflows").glob("*.yml"))
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows)

    assert done.returncode == 0, done.stdout


def test_the_examples_follow_headgate_s_schema() -> None:
    examples = sorted((ROOT / "examples").glob("*/headgate.yaml"))
    done = tool("check-jsonschema", "--schemafile", "docs/headgate.schema.json", *examples)

    assert examples
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing_in_the_scripts(path: Path) -> None:
    done = tool("shellcheck", path)

    assert done.returncode == 0, done.stdout


def test_shellcheck_finds_nothing_in_the_steps_of_the_actions(tmp_path: Path) -> None:
    for path in ACTIONS:
        for name, script in scripts_of(path):
            (tmp_path / "step.sh").write_text(f"#!/usr/bin/env bash\n{script}\n")
            done = tool("shellcheck", tmp_path / "step.sh")

            assert done.returncode == 0, f"{path}, {name}: {done.stdout}"
