"""What a person should be told: what must not wait, and what headgate could not find out or may not do."""

from __future__ import annotations

from collections.abc import Iterator

from headgate.onboarding.answers import LOCAL, Answers
from headgate.onboarding.findings import Findings
from headgate.onboarding.limits import on_numbers
from headgate.onboarding.service import served_by


def advise(findings: Findings, answers: Answers) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Alarms, and what is left to do; in the order in which a person should read them."""
    left = (
        *_configuration(findings),
        *_training(findings, answers),
        *_gate(findings, answers),
        *_data(findings),
        *_service(findings, answers),
        *_hosts(answers),
        *_workflows(findings),
    )
    return tuple(_alarms(findings)), left


def _alarms(findings: Findings) -> Iterator[str]:
    if findings.exposed:
        places = "\n".join(f"  {one.place}" for one in findings.exposed)
        cures = "\n".join(f"  {command}" for one in findings.exposed for command in one.cure)
        yield (
            f"Credentials are in git, for everybody who can read the repository:\n{places}\n"
            "Move them where git does not look, and commit:\n"
            f"{cures}\n"
            "Then make new ones where they were issued and revoke these: git's history keeps what was committed."
        )
    if findings.repository.tracked:
        names = ", ".join(findings.repository.tracked)
        yield (
            f"Git keeps {names}, which usually holds credentials.\n"
            f"  git rm --cached {' '.join(findings.repository.tracked)}  (and a line in .gitignore)\n"
            "If it did hold any, revoke them: git's history keeps what was committed."
        )


def _configuration(findings: Findings) -> Iterator[str]:
    if findings.invalid:
        yield f"headgate.yaml is there and cannot be used:\n{findings.invalid}"
    if not findings.repository.is_git:
        yield "A release belongs to a commit, and this is no git repository: git init && git add . && git commit"


def _training(findings: Findings, answers: Answers) -> Iterator[str]:
    pipeline = findings.pipeline
    if pipeline.notebooks:
        yield (
            f"Training is in notebooks ({pipeline.notebooks[0]} is taken). A stage in dvc.yaml that runs a script is "
            "run again only when something changed: dvc stage add --help"
        )
    elif not pipeline.stages and not pipeline.command:
        yield "Nothing here trains: put the command under train.command in headgate.yaml."
    if not answers.model_known:
        yield "No output looks like a model: put its path under train.model in headgate.yaml."
    if pipeline.stages and not pipeline.locked:
        yield "There is no dvc.lock yet: dvc repro && dvc push && git add dvc.lock && git commit"


def _gate(findings: Findings, answers: Answers) -> Iterator[str]:
    lacking = [table for table in findings.tables if not table.usable]
    for table in lacking:
        yield (
            f"{table.path} could be gated on, row by row, if it had a column for: {', '.join(table.missing)} "
            f"(it has: {', '.join(table.columns[:8])}). The id names the example, the same in every run."
        )
    if answers.predictions is None and not lacking:
        yield (
            "There are no predictions to compare row by row. Have the evaluation write one row per test example (id, "
            "label, prediction), name the file under train.predictions: the gate then knows what is chance."
        )
    if answers.predictions is None and not on_numbers(findings.numbers)[0]:
        yield "The gate has no check yet and lets nothing through: name a number under gate.reported in headgate.yaml."


def _data(findings: Findings) -> Iterator[str]:
    if not findings.has_dvc:
        yield (
            "There is no DVC here. The default registry keeps models on a DVC remote:\n"
            "dvc init && dvc remote add --default storage <url>   (or set registry: {uri: tracking})"
        )
    elif not findings.remotes:
        yield (
            "DVC has no remote, so neither data nor models get anywhere:\n"
            "dvc remote add --default storage <url> && dvc push && git commit .dvc/config"
        )
    for remote in findings.remotes:
        needs = [*([f"dvc[{remote.extra}]"] if remote.extra else ())]
        several = "s" if len(remote.secrets) > 1 else ""
        secrets = f"the secret{several} {', '.join(remote.secrets)}" if remote.secrets else ""
        asks = " and ".join(part for part in (*needs, secrets) if part)
        said = f"A workflow needs {asks} for the DVC remote '{remote.name}' ({remote.where})." if asks else ""
        if not asks and remote.advice:
            said = f"The DVC remote '{remote.name}' ({remote.where}):"
        if said:
            yield f"{said}{chr(10) + remote.advice if remote.advice else ''}"


def _service(findings: Findings, answers: Answers) -> Iterator[str]:
    service = served_by(findings)
    if service is None and answers.service:
        yield "serve.py is a beginning: its lines marked EDIT say how a request becomes features."
    elif service is None and not findings.containers:
        yield "There is no service: `headgate release --until register` works without one."
    elif service is not None and service.framework == "fastapi" and not service.instrumented:
        yield (
            f"Two lines in {service.path} add /health, /metrics and telemetry:\n"
            "from headgate.serving import instrument\n"
            f'instrument({service.variable}, model_path="{answers.model}")'
        )
    elif service is not None and service.framework != "fastapi":
        route = f"{service.health} does" if service.health else "no route does yet: add one"
        yield (
            f"{service.path} is served with {service.framework.capitalize()}, which is fine: any service will do that "
            f"answers 200 on health.path when it is ready; {route}."
        )
    if answers.service:
        yield (
            (
                "The image needs headgate itself, for /health and telemetry; where no index has it, put its wheel into "
                "wheels/: pip wheel --no-deps --wheel-dir wheels <where headgate was installed from>"
            )
            if service is None or service.framework == "fastapi"
            else ("requirements-serve.txt and the Dockerfile are a beginning: add what the application imports.")
        )


def _hosts(answers: Answers) -> Iterator[str]:
    if answers.over_ssh:
        yield "Put the hosts' keys into .github/known_hosts, as the file itself says, and commit it."
        yield "Give the deployment a key of its own: its private half as the secret HEADGATE_SSH_KEY."
    elif LOCAL in answers.hosts:
        yield "Releases go to this machine's container engine; deploy.hosts in headgate.yaml names others, over SSH."


def _workflows(findings: Findings) -> Iterator[str]:
    for name, text in findings.workflows.items():
        if "headgate" not in text and any(word in text for word in ("dvc repro", "dvc exp run", "cml ", "setup-cml")):
            yield f".github/workflows/{name} trains on its own: with headgate's workflows beside it, that is twice."
