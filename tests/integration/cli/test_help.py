"""What somebody sees who asks, or mistypes."""

import pytest

from headgate.main import VERBS
from support.project import Project


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_without_a_project(tmp_path, verb: str) -> None:
    outcome = Project(tmp_path).headgate(verb, "--help")

    assert outcome.exit_code == 0
    assert VERBS[verb] in " ".join(outcome.stdout.split())
    of_a_project = () if verb in ("init", "template") else ("--config", "--record", "--environment", "--format")
    for option in (*of_a_project, "-q, --quiet", "-v, --verbose"):
        assert option in outcome.stdout
    if of_a_project:
        assert f"HEADGATE_{verb.upper()}_CONFIG" in outcome.stdout
        assert f"HEADGATE_{verb.upper()}_FORMAT" in outcome.stdout


def test_the_group_lists_every_verb(tmp_path) -> None:
    outcome = Project(tmp_path).headgate("--help")

    assert outcome.exit_code == 0
    assert all(f"  {verb} " in outcome.stdout for verb in VERBS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["relase"], "there is no verb 'relase'; did you mean 'release'?"),
        (["gate", "--canddate", "x"], "No such option '--canddate'"),
        (["status", "--format", "yaml"], "'yaml' is not one of 'text', 'json', 'markdown'"),
        (["release", "--until", "shipped"], "'shipped' is not one of 'pull'"),
        (["deploy", "--lock-timeout", "-1"], "-1.0 is not in the range x>=0"),
    ],
)
def test_a_mistyped_command_line_is_exit_2_and_says_what_was_meant(tmp_path, words: list[str], said: str) -> None:
    outcome = Project(tmp_path).headgate(*words)

    assert outcome.exit_code == 2
    assert said in outcome.stderr
    assert outcome.stdout == ""


def test_steps_in_the_wrong_order_are_a_usage_error(project: Project) -> None:
    outcome = project.headgate("release", "--from", "build", "--until", "gate")

    assert outcome.exit_code == 2
    assert "--from build comes after --until gate" in outcome.stderr
    assert "pull, train, gate, register, build, deploy, health, promote" in outcome.stderr
