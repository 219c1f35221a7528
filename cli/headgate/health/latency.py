"""Percentiles of a few measured latencies."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.record import Latency
from headgate.statistics.independent import percentile


def summary(seconds: Sequence[float]) -> Latency:
    """The percentiles of at least one latency, each a value that was measured (nearest rank, no interpolation)."""
    in_order = sorted(seconds)
    p50, p95, p99 = (round(percentile(in_order, percent), 6) for percent in (50, 95, 99))
    return Latency(p50=p50, p95=p95, p99=p99, samples=len(in_order))
