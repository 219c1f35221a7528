"""headgate.yaml as a text with comments: what was found, where from, and what a person should look at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import yaml

from headgate.config.gate import Columns
from headgate.onboarding.answers import Answers
from headgate.onboarding.findings import Findings, Service, Table
from headgate.onboarding.limits import Guess, on_numbers, on_rows
from headgate.onboarding.service import PORTS, served_by

EDIT = "# EDIT:"
_MOST_ASIDE = 6  # numbers that are only mentioned
_HEAD = """\
# How this model is judged, shipped and put back. Written by `headgate init`; it is yours now.
# Unknown keys are errors that name the nearest key. Every key, with its default: docs/configuration.md of headgate.
version: 1
"""


def configuration(findings: Findings, answers: Answers) -> str:
    """The text of headgate.yaml, which headgate's own loader takes."""
    parts = (
        [f"{_HEAD}model: {_scalar(answers.name)}  # the registered model's name, and the service's"],
        _train(findings, answers),
        _tracking(findings),
        _gate(findings, answers),
        _image(findings, answers),
        _deploy(findings, answers),
        _health(findings, answers),
    )
    return "\n\n".join("\n".join(map(_one_line, lines)) for part in parts if (lines := list(part))) + "\n"


def _train(findings: Findings, answers: Answers) -> Iterator[str]:
    pipeline = findings.pipeline
    yield "train:"
    if pipeline.command:
        yield f"  command: {_scalar(pipeline.command)}  # there are no stages in a dvc.yaml"
    elif pipeline.notebooks:
        yield f"  {EDIT} there is no pipeline and no script, so this runs a notebook from its first cell to its last"
        yield f"  command: {_scalar(_notebook(pipeline.notebooks[0]))}"
    elif not pipeline.stages:
        yield f"  {EDIT} the command that trains; nothing in the repository says what it is"
        yield "  command: python train.py"
    if pipeline.params and pipeline.params != ("params.yaml",):
        yield f"  params: {_list(pipeline.params)}"
    if pipeline.metrics and pipeline.metrics != ("metrics.json",):
        yield f"  metrics: {_list(pipeline.metrics)}"
    elif not pipeline.metrics:
        yield "  metrics: []  # no stage declares any"
    if not answers.model_known:
        yield f"  {EDIT} no output looks like a model; name the file or folder that training writes"
    yield f"  model: {_scalar(answers.model)}  # gated, registered and shipped"
    if answers.predictions:
        yield f"  predictions: {_scalar(answers.predictions)}  # one row per test example"
    else:
        yield "  # predictions: reports/predictions.parquet  # id, label, prediction per test example: a better gate"


def _tracking(findings: Findings) -> Iterator[str]:
    if findings.tracking:
        yield "tracking:"
        yield f"  uri: {_scalar(findings.tracking)}  # the code itself names this server"
        yield "# registry: {uri: tracking}  # its model registry, in place of git tags and the DVC remote"


def _gate(findings: Findings, answers: Answers) -> Iterator[str]:
    yield "gate:"
    if answers.predictions:
        table = next((one for one in findings.tables if one.path == answers.predictions), Table(answers.predictions))
        yield "  # Both models on the same rows; worse by more than a margin does not ship. What these rows can prove:"
        yield "  # headgate gate --plan"
        yield from _columns(table)
        yield "  metrics:"
        yield from _checks(on_rows(table, findings.numbers))
        return
    guesses, aside = on_numbers(findings.numbers)
    yield "  # The numbers of the metrics files, two against each other: no interval behind them."
    if not guesses:
        yield f"  {EDIT} no number is known whose better direction is plain; without a check nothing passes the gate"
        yield "  reported: {}"
        yield "  #   accuracy: {min: 0.70, max_drop: 0.01}"
    else:
        yield "  reported:"
        yield from _checks(guesses)
    for guess in aside[:_MOST_ASIDE]:
        limits = _mapping(guess.limits) if guess.limits else "{max_drop: 2%}  # or max_rise: which way is better?"
        yield f"  #   {_scalar(guess.metric)}: {limits}"


def _columns(table: Table) -> Iterator[str]:
    if table.unread_because:
        yield f"  {EDIT} {table.path} could not be looked into ({table.unread_because}); are its columns called this?"
        yield "  # columns: {id: id, label: label, prediction: prediction, score: score}"
        return
    defaults = Columns()
    roles = {"id": table.id, "label": table.label, "prediction": table.prediction, "score": table.score}
    other = {role: name for role, name in roles.items() if name and name != getattr(defaults, role)}
    if other:
        yield f"  columns: {_mapping({role: _scalar(name) for role, name in other.items()})}"


def _checks(guesses: Iterable[Guess]) -> Iterator[str]:
    return (f"    {_scalar(guess.metric)}: {_mapping(guess.limits)}" for guess in guesses)


def _image(findings: Findings, answers: Answers) -> Iterator[str]:
    dockerfile = findings.containers[0].path if findings.containers else "Dockerfile"
    if answers.repository:
        yield "image:"
        yield f"  repository: {_scalar(answers.repository)}"
    elif dockerfile != "Dockerfile":
        yield "image:"
    if dockerfile != "Dockerfile":
        yield f"  dockerfile: {_scalar(dockerfile)}"


def _deploy(findings: Findings, answers: Answers) -> Iterator[str]:
    yield "deploy:"
    yield f"  hosts: {_list(answers.hosts)}" + ("" if answers.over_ssh else "  # this machine's container engine")
    if answers.over_ssh:
        yield f"  known_hosts: {_scalar(answers.known_hosts)}  # the hosts' keys, which you fill in: the file says how"
    yield f"  port: {80 if answers.over_ssh else 8080}  # where users reach it"
    port = container_port(findings)
    if port != PORTS["fastapi"]:
        yield f"  container_port: {port}  # where the application listens inside its container"


def _health(findings: Findings, answers: Answers) -> Iterator[str]:
    service = served_by(findings)
    yield "health:"
    route = _route(service, written=answers.service)
    if route is None and service is not None:
        yield f"  {EDIT} {service.path} has no GET route that says it is ready; `instrument` would add /health"
    yield f"  path: {_scalar(route or '/health')}  # any service will do that answers 200 here when it is ready"
    yield "  # A real prediction with a known answer, asked before users are sent there:"
    yield "  # checks:"
    yield "  #   - {path: /predict, method: POST, json: {…}, expect: {json: {…}}, max_latency: 500ms}"


def container_port(findings: Findings) -> int:
    """The port inside the container: of the Dockerfile, else what its application's framework listens on."""
    if findings.containers and findings.containers[0].port:
        return findings.containers[0].port
    service = served_by(findings)
    return PORTS[service.framework] if service else PORTS["fastapi"]


def _route(service: Service | None, *, written: bool) -> str | None:
    if service is None:
        return "/health" if written else None
    return "/health" if service.instrumented else service.health


def _one_line(text: str) -> str:
    """The name of a file may hold a line's end, and must not end a comment."""
    return text if text.startswith(_HEAD) else " ".join(text.splitlines())


def _notebook(path: str) -> str:
    return f"jupyter nbconvert --to notebook --execute --output-dir .headgate/notebooks {json.dumps(path)}"


def _scalar(value: object) -> str:
    """A value as YAML on one line that reads back the same, whatever it holds."""
    if isinstance(value, str) and not value.isprintable():
        return json.dumps(value)
    written = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10_000)
    return written.strip().removeprefix("[").removesuffix("]")


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, values))}]"


def _mapping(values: Mapping[str, str]) -> str:
    """A mapping on one line; the values are YAML already."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in values.items()) + "}"
