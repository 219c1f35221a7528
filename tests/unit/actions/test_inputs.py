"""Inputs reach the verbs as variables, and an input that is empty is an option that was not given."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
import yaml

from headgate.main import VERBS, headgate

ROOT = Path(__file__).resolve().parents[3]
ACTIONS = sorted((ROOT / "actions").glob("*/action.yml"))
SETTING_UP = {"working-directory", "extras", "cache", "github-token"}


def context(verb: str) -> click.Context:
    """What the verb makes of its environment, with nothing on the command line."""
    group = click.Context(headgate, info_name="headgate", auto_envvar_prefix="HEADGATE")
    command = headgate.get_command(group, verb)
    assert command is not None
    return command.make_context(verb, [], parent=group)


def variables(verb: str) -> dict[str, str]:
    """The variables of the step that runs the verb, with the expressions behind them."""
    action = yaml.safe_load((ROOT / "actions" / verb / "action.yml").read_text())
    return dict(action["runs"]["steps"][-1]["env"])


def verbs_with_actions() -> list[str]:
    return [path.parent.name for path in ACTIONS if path.parent.name in VERBS]


@pytest.mark.parametrize("verb", verbs_with_actions())
def test_an_empty_input_is_an_option_that_was_not_given(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = context(verb).params
    for name in variables(verb):
        monkeypatch.setenv(name, "")

    assert context(verb).params == nothing


@pytest.mark.parametrize("verb", verbs_with_actions())
def test_the_defaults_of_the_inputs_are_those_of_the_options(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = context(verb).params
    action = yaml.safe_load((ROOT / "actions" / verb / "action.yml").read_text())
    defaults = {f"${{{{ inputs.{name} }}}}": one["default"] for name, one in action["inputs"].items()}
    for name, expression in variables(verb).items():
        monkeypatch.setenv(name, defaults[expression])

    assert context(verb).params == nothing


def test_an_input_reaches_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = {
        "config": "other.yaml",
        "check": "accuracy.min=0.5\nf1_macro.max_drop=0.01",
        "show-rows": "true",
        "format": "json",
    }
    for name, expression in variables("gate").items():
        monkeypatch.setenv(name, inputs.get(expression.removeprefix("${{ inputs.").removesuffix(" }}"), ""))
    found = context("gate").params

    assert found["config"] == Path("other.yaml")
    assert found["check"] == ("accuracy.min=0.5", "f1_macro.max_drop=0.01")
    assert found["show_rows"] is True


def test_the_steps_of_a_release_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {expression: name for name, expression in variables("release").items()}
    monkeypatch.setenv(names["${{ inputs.from }}"], "deploy")
    monkeypatch.setenv(names["${{ inputs.until }}"], "health")
    found = context("release").params

    assert (found["first"], found["last"]) == ("deploy", "health")


@pytest.mark.parametrize("path", [ROOT / "action.yml", *ACTIONS], ids=lambda path: path.parent.name)
def test_no_input_is_ever_part_of_a_command(path: Path) -> None:
    for step in yaml.safe_load(path.read_text())["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("verb", verbs_with_actions())
def test_every_input_is_used_and_described(verb: str) -> None:
    text = (ROOT / "actions" / verb / "action.yml").read_text()
    action = yaml.safe_load(text)

    assert set(action["inputs"]) - SETTING_UP == {
        expression.removeprefix("${{ inputs.").removesuffix(" }}")
        for name, expression in variables(verb).items()
        if name.startswith("HEADGATE_")
    }
    assert all(one["description"] for one in action["inputs"].values())
    assert all(f"inputs.{name}" in text for name in action["inputs"])
