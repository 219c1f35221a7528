"""The chain of a release, link by link, as names and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from headgate.errors import listing
from headgate.record import Record
from headgate.report.wording import against, number


@dataclass(frozen=True)
class Link:
    """One link; `exact` values are digests and ids, to be shown letter by letter."""

    name: str
    value: str
    exact: bool = False


def links(record: Record) -> Iterator[Link]:
    """Every link made so far, from the commit to Production."""
    yield from _origin(record)
    yield from _training(record)
    yield from _decision(record)
    yield from _release(record)


def _origin(record: Record) -> Iterator[Link]:
    yield Link("commit", record.source.commit, exact=True)
    if record.source.head not in (None, record.source.commit):
        yield Link("pull request's head", record.source.head, exact=True)
    if record.source.branch:
        yield Link("branch", record.source.branch, exact=True)
    yield Link("by", record.source.actor)
    if record.source.run_url:
        yield Link("workflow run", record.source.run_url, exact=True)
    if record.params and record.params.values:
        told = listing((f"{name} = {value}" for name, value in record.params.values.items()), most=12)
        yield Link("params", told)
    if record.data:
        yield Link("data", f"{len(record.data.files):,} DVC entries from {record.data.remote or 'the default remote'}")
        if record.data.lock:
            yield Link("dvc.lock", record.data.lock, exact=True)


def _training(record: Record) -> Iterator[Link]:
    if record.run:
        yield Link("run", record.run.id, exact=True)
        yield Link("trained", f"{(record.run.ended_at - record.run.started_at).total_seconds():.1f} s")
        if record.run.metrics:
            measured = (f"{name} {number(value)}" for name, value in record.run.metrics.items())
            yield Link("reported", listing(measured, most=8))
        yield Link("model", record.run.model_digest, exact=True)


def _decision(record: Record) -> Iterator[Link]:
    if record.verdict:
        yield Link("verdict", f"{record.verdict.verdict}, {against(record.verdict.baseline)}")
        yield Link("policy", record.verdict.policy, exact=True)
        if record.verdict.evaluation_data:
            yield Link("evaluation data", record.verdict.evaluation_data, exact=True)
    if record.model:
        yield Link("version", f"{record.model.name} v{record.model.version} in {record.model.registry}")


def _release(record: Record) -> Iterator[Link]:
    if record.image:
        yield Link("image", record.image.reference, exact=True)
    if record.deployment:
        hosts = listing(host.host for host in record.deployment.hosts)
        yield Link("deployed", f"{record.deployment.release} on {hosts} ({record.deployment.environment})")
    if record.health:
        well = sum(probe.ok for probe in record.health.probes)
        yield Link("health", f"{well} of {len(record.health.probes)} probes answered rightly")
    if record.promotion:
        previous = f"v{record.promotion.previous}" if record.promotion.previous else "nothing"
        yield Link("promoted", f"{record.promotion.alias}: {previous} -> v{record.promotion.version}")
