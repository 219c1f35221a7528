"""Containers as an engine would describe them, where a test needs no engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from headgate.hosts.containers import Container


def container(
    labels: Mapping[str, str], *, name: str = "sentiment-r1", state: str = "running", fit: bool = True
) -> Container:
    """A container of a release; one that was `fit` has passed its checks."""
    now = datetime(2026, 11, 21, tzinfo=timezone.utc)
    return Container(
        id=name,
        name=name,
        labels=labels,
        state=state,
        health=None,
        exit_code=0,
        out_of_memory=False,
        image="sha256:0",
        created_at=now,
        started_at=now,
        restarts=fit,
        published={},
    )
