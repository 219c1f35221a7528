"""Hostile strings through every input of every action: none is executed, none speaks to the runner."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from support.act import COMMIT, HEADGATE, ROOT
from support.hostile import HOSTILE

from .conftest import Team

ACTIONS = [ROOT / "action.yml", *sorted((ROOT / "actions").glob("*/action.yml"))]
TO_THE_RUNNER = (  # and to the shell, besides what is hostile everywhere
    "x\n::set-output name=hacked::yes",
    "x\r::set-output name=hacked::yes",
    "x\n::set-env name=HACKED::yes",
    "x\n::add-path::/hacked",
    "x\n##[add-path]/hacked",
    "x\n::stop-commands::hacked",
    "x\nhacked=yes",
    "hacked<<EOF\nyes\nEOF",
    "EOF\ntouch pwned\nEOF",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\n touch pwned\n",
    "$((1+`touch pwned`))",
    "<(touch pwned)",
    "> pwned",
    "$'\\x24(touch pwned)'",
    "--help; touch pwned",
    "!!python/object/apply:os.system ['touch pwned']",
)
TEXTS = [text.replace("\0", "") for text in (*TO_THE_RUNNER, *HOSTILE)]  # no variable holds a zero byte
BEFORE_THE_VERB = ("working-directory", "extras")  # a step with a strange one of these does not get as far as the verb


def inputs_of(path: Path) -> Iterator[list[str]]:
    """The inputs of an action, by step: all that reach the verb in one, each of the others in one of its own."""
    names = list(yaml.safe_load(path.read_text())["inputs"])
    yield [name for name in names if name not in BEFORE_THE_VERB]
    if path.parent == ROOT or path.parent.name == "gate":  # the set-up is the same in all of them
        yield from ([name] for name in BEFORE_THE_VERB)


def workflow() -> dict[str, Any]:
    """Steps that hand the event's strings to the inputs, in turns."""
    number = count()
    steps: list[dict[str, Any]] = [{"uses": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"}]
    for path in ACTIONS:
        folder = path.parent.relative_to(ROOT).as_posix()
        uses = f"{HEADGATE}{'' if folder == '.' else '/' + folder}@{COMMIT}"
        for names in inputs_of(path):
            given = {name: f"${{{{ github.event.inputs.text{next(number) % len(TEXTS)} }}}}" for name in names}
            step = {"name": f"hostile {len(steps)}", "uses": uses, "continue-on-error": True, "with": given}
            steps.append(step)
    assert next(number) > 2 * len(TEXTS)
    steps.append({"name": "What is left", "run": 'echo "PATH=$PATH"; echo "HACKED=$HACKED"; echo "end of it"'})
    return {"name": "hostile", "on": "workflow_dispatch", "jobs": {"all": {"runs-on": "ubuntu-latest", "steps": steps}}}


def test_no_input_is_executed_or_speaks_to_the_runner(team: Team) -> None:
    assert len(TEXTS) >= 40
    hostile = workflow()
    team.project.write(".github/workflows/headgate-hostile.yml", yaml.safe_dump(hostile))
    team.project.commit("Every input of every action")
    run = team.run(
        "workflow_dispatch",
        {},
        {"contents": "read"},
        workflow="hostile",
        inputs={f"text{number}": text for number, text in enumerate(TEXTS)},
    )

    wanted = [step["name"] for step in hostile["jobs"]["all"]["steps"] if step.get("name", "").startswith("hostile")]
    assert set(wanted) <= set(run.steps), run.log
    assert not [*team.scratch.rglob("pwned"), *team.runner.folder.rglob("pwned")]
    assert run.steps["What is left"] == "success"
    assert "\nend of it" in run.log
    assert "\nHACKED=\n" in run.log
    assert "/hacked" not in next(line for line in run.log.splitlines() if line.startswith("PATH="))
    assert "::set-output:: hacked" not in run.log
    assert not [line for line in run.log.splitlines() if "hacked" in line and "\u2699" in line]
    assert "ghs_workflow_dispatch-token" not in run.log
