"""The files GitHub's runner reads after a step: outputs for later steps, and the summary on the run's page."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from headgate.masking import mask
from headgate.record import Record
from headgate.record.statement import PREDICATE_TYPE, STATEMENT

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def write_outputs(values: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> None:
    """Append step outputs. The delimiter is random: no value can end its own output and begin another."""
    path = environ.get("GITHUB_OUTPUT")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8") as file:
        for name, value in values.items():
            delimiter = f"headgate-{secrets.token_hex(16)}"
            file.write(f"{name}<<{delimiter}\n{mask(value)}\n{delimiter}\n")


def add_summary(markdown: str, environ: Mapping[str, str] = os.environ) -> None:
    """Append to the step summary."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(_ANSI.sub("", mask(markdown)).rstrip() + "\n\n")


def outputs_of(record: Record, path: Path) -> dict[str, str]:
    """The outputs that the sections filled so far give to later steps and jobs.

    `statement`, `predicate-type` and `subject-name` are, with `digest`, what `actions/attest` takes.
    """
    found: dict[str, str | None] = {"release-record": str(path)}
    if record.run:
        found["run-id"] = record.run.id
    if record.verdict:
        found["verdict"] = record.verdict.verdict
    if record.model:
        found["model-version"] = record.model.version
    if record.image:
        found |= {"image": record.image.reference, "digest": record.image.digest}
        found["tag"] = next(iter(record.image.tags), None)
        if record.image.pushed:
            found |= {"subject-name": record.image.repository, "predicate-type": PREDICATE_TYPE}
            found["statement"] = str(path.with_name(STATEMENT))
    if record.deployment:
        found["url"] = record.deployment.hosts[0].url
    return {name: value for name, value in found.items() if value is not None}
