"""Hostile strings through every input of every action: none is executed, none speaks to the runner."""

from __future__ import annotations

from typing import Any

import yaml

from support.act import COMMIT, HEADGATE, ROOT
from support.hostile import strings

from .conftest import Team

ACTIONS = [ROOT / "action.yml", *sorted((ROOT / "actions").glob("*/action.yml"))]


def inputs() -> list[tuple[str, str]]:
    """Every action as `uses:` names it, with every one of its inputs."""
    found = []
    for path in ACTIONS:
        folder = path.parent.relative_to(ROOT).as_posix()
        name = HEADGATE if folder == "." else f"{HEADGATE}/{folder}"
        found += [(f"{name}@{COMMIT}", one) for one in yaml.safe_load(path.read_text())["inputs"]]
    return found


def workflow(strings_count: int) -> dict[str, Any]:
    """A step for each input, which takes its string from the event."""
    steps: list[dict[str, Any]] = [{"uses": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"}]
    for number, (uses, name) in enumerate(inputs()):
        value = f"${{{{ github.event.inputs.text{number % strings_count} }}}}"
        given = {name: value, **({} if name == "command" or uses.startswith(f"{HEADGATE}@") else {})}
        steps.append({"name": f"{uses} {name}", "uses": uses, "continue-on-error": True, "with": given})
    steps.append({"name": "What is left", "run": 'echo "PATH=$PATH"; echo "HACKED=$HACKED"; echo "end of it"'})
    return {
        "name": "hostile",
        "on": "workflow_dispatch",
        "jobs": {"all": {"runs-on": "ubuntu-latest", "steps": steps}},
    }


def test_no_input_is_executed_or_speaks_to_the_runner(team: Team) -> None:
    canary = team.scratch / "canary"
    texts = strings(str(canary))
    assert len(texts) >= 40
    team.project.write(".github/workflows/headgate-hostile.yml", yaml.safe_dump(workflow(len(texts))))
    team.project.commit("Every input of every action")
    run = team.run(
        "workflow_dispatch",
        {},
        {"contents": "read"},
        workflow="hostile",
        inputs={f"text{number}": text for number, text in enumerate(texts)},
    )

    assert len([name for name in run.steps if name.startswith(HEADGATE)]) == len(inputs()), run.log[-3000:]
    assert not canary.exists()
    assert run.steps["What is left"] == "success"
    assert "\nend of it" in run.log
    assert "\nHACKED=\n" in run.log
    assert "/hacked" not in next(line for line in run.log.splitlines() if line.startswith("PATH="))
    assert not any(
        line.get("command") in ("add-path", "set-env") and "hacked" in str(line).lower() for line in run.lines
    )
    assert "::set-output:: hacked" not in run.log
    assert "ghs_workflow_dispatch-token" not in run.log
