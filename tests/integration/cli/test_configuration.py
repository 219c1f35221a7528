"""A headgate.yaml that is wrong: every verb says file, line, key and the nearest valid key, and does nothing."""

import pytest

from headgate.main import VERBS
from support.project import Project

# init writes the configuration, template needs none, and comment reads it only where there is a pull request.
CONFIGURED = [verb for verb in VERBS if verb not in ("init", "template", "comment")]
START = "version: 1\nmodel: animals\n"


def refused(project: Project, verb: str, text: str) -> str:
    project.write("headgate.yaml", text)
    outcome = project.headgate(verb)
    assert outcome.exit_code == 2, outcome.stderr
    assert outcome.stdout == ""
    assert "headgate: the configuration is wrong\n" in outcome.stderr
    return outcome.stderr


@pytest.fixture
def bare(tmp_path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("verb", CONFIGURED)
def test_a_misspelt_key_is_named_by_every_verb_that_reads_it_with_the_nearest_one(bare: Project, verb: str) -> None:
    said = refused(bare, verb, f"{START}train:\n  modle: models/model.json\n")

    assert "headgate.yaml:4: unknown key 'train.modle'; did you mean 'model'?" in said


@pytest.mark.parametrize("verb", CONFIGURED)
def test_a_missing_file_is_exit_2_for_every_verb_that_reads_it(bare: Project, verb: str) -> None:
    outcome = bare.headgate(verb)

    assert outcome.exit_code == 2
    assert "headgate.yaml does not exist" in outcome.stderr
    assert not (bare.folder / ".headgate").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(f"{START}model: cats\n", "headgate.yaml:3: 'model' is already on line 2", id="a key twice"),
        pytest.param("- version: 1\n", "headgate.yaml:1: must be a mapping", id="a list"),
        pytest.param("", "headgate.yaml:1: must be a mapping", id="nothing"),
        pytest.param(f"{START}data: {{remote: [}}\n", "headgate.yaml:3: not valid YAML", id="an open bracket"),
        pytest.param(
            f"{START}a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "headgate.yaml:4: aliases (*a)", id="an explosion"
        ),
        pytest.param(f"{START}gate: {{confidence: .nan}}\n", "headgate.yaml:3: 'gate.confidence'", id="NaN"),
        pytest.param(
            f"{START}gate:\n  metrics:\n    acuracy: {{min: 1}}\n", "did you mean 'accuracy'?", id="no such metric"
        ),
        pytest.param(f"{START}train:\n  model: ../model.json\n", "must be a path inside the repository", id="outside"),
        pytest.param("version: 2\nmodel: animals\n", "headgate.yaml:1: 'version' should be 1", id="another version"),
        pytest.param("version: 1\n", "'model' is missing", id="no model"),
        pytest.param(f"{START}deploy: {{port: 99999}}\n", "headgate.yaml:3: 'deploy.port'", id="no such port"),
    ],
)
def test_a_file_that_means_something_else_than_it_says_is_refused(bare: Project, text: str, said: str) -> None:
    assert said in refused(bare, "gate", text)


def test_an_environment_that_does_not_exist_is_named_with_the_nearest(project: Project) -> None:
    project.configure(environments={"staging": {"deploy": {"port": 8081}}})
    outcome = project.headgate("status", "--environment", "stagin")

    assert outcome.exit_code == 2
    assert "stagin" in outcome.stderr
    assert "did you mean 'staging'?" in outcome.stderr


def test_the_configuration_may_be_elsewhere(gated: Project) -> None:
    """`--config` names the project too: paths are relative to its folder, wherever the verb is called."""
    config = gated.folder / "headgate.yaml"
    outcome = Project(gated.folder.parent).headgate("gate", "--config", str(config), "--format", "json")

    assert outcome.exit_code == 0
    assert outcome.json["rows"]["joined"] == 500


def test_an_empty_policy_lets_nothing_pass(gated: Project) -> None:
    gated.configure(gate={})
    outcome = gated.headgate("gate")

    assert outcome.exit_code == 2
    assert "an empty policy would let anything pass" in outcome.stderr


def test_a_folder_without_a_commit_is_no_project_to_release_from(bare: Project) -> None:
    bare.write("headgate.yaml", START)
    outcome = bare.headgate("pull")

    assert outcome.exit_code == 3
    assert "is not a git repository with a commit" in outcome.stderr
    assert "git init" in outcome.stderr
