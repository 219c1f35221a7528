"""Percentiles of a few measured latencies."""

from __future__ import annotations

import math
from collections.abc import Sequence

from headgate.record import Latency


def summary(seconds: Sequence[float]) -> Latency:
    """The percentiles of at least one latency, each a value that was measured (nearest rank, no interpolation)."""
    in_order = sorted(seconds)
    p50, p95, p99 = (_nearest_rank(in_order, share) for share in (0.50, 0.95, 0.99))
    return Latency(p50=p50, p95=p95, p99=p99, samples=len(in_order))


def _nearest_rank(in_order: Sequence[float], share: float) -> float:
    return round(in_order[math.ceil(share * len(in_order)) - 1], 6)
