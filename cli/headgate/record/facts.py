"""The record's facts as flat names: OCI labels `dev.headgate.*` on images and containers, MLflow tags `headgate.*`."""

from __future__ import annotations

from headgate.record.models import Record

LABEL = "dev.headgate"
TAG = "headgate"


def facts(record: Record) -> dict[str, str]:
    """What identifies each link made so far; names as the record spells them, values that fit a label."""
    links: dict[str, object | None] = {
        "model": record.name,
        "commit": record.source.commit,
        "repository": record.source.repository,
        "actor": record.source.actor,
        "run-url": record.source.run_url,
    }
    if record.data:
        links["data"] = record.data.sources
    if record.run:
        links |= {"run": record.run.id, "tracking": record.run.tracking, "model-digest": record.run.model_digest}
    if record.verdict:
        links |= {
            "verdict": record.verdict.verdict,
            "policy": record.verdict.policy,
            "evaluation-data": record.verdict.evaluation_data,
            "baseline": record.verdict.baseline.version,
        }
    if record.model:
        links |= {
            "model-version": record.model.version,
            "registry": record.model.registry,
            "model-digest": record.model.digest,
        }
    if record.source.dirty:
        links["dirty"] = "true"
    return {name: str(value) for name, value in links.items() if value is not None}


def labels(record: Record) -> dict[str, str]:
    """The facts as OCI labels."""
    return {f"{LABEL}.{name}": value for name, value in facts(record).items()}


def tags(record: Record) -> dict[str, str]:
    """The facts as MLflow tags, whose names use underscores."""
    return {tag(name): value for name, value in facts(record).items()}


def tag(name: str) -> str:
    """What MLflow calls the fact `name`."""
    return f"{TAG}.{name.replace('-', '_')}"
