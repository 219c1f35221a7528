"""What Prometheus reads: requests, their latency, predictions by class, and telemetry that was lost.

Health probes are left out, so that rates and latencies speak of real traffic. Each worker process has its own numbers.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from headgate.serving.inference import Inference

if TYPE_CHECKING:
    from headgate.serving.release import Release

_MOST_CLASSES = 100  # a label per class costs memory for ever; above this they share one
_OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a client may send any word
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The application's own registry; the process-wide default one stays the user's."""

    def __init__(self, release: Release) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        registry = CollectorRegistry()
        self._registry = registry
        self._requests = Counter(
            "headgate_requests", "Requests answered.", ("endpoint", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "headgate_request_seconds",
            "Seconds until the answer was complete.",
            ("endpoint",),
            registry=registry,
            buckets=_SECONDS,
        )
        self._predictions = Counter(
            "headgate_predictions", "Predictions by class.", ("endpoint", "prediction"), registry=registry
        )
        self._dropped = Counter("headgate_telemetry_dropped", "Inferences whose line was lost.", registry=registry)
        self.in_flight = Gauge("headgate_requests_in_flight", "Requests being answered.", registry=registry)
        info = Gauge("headgate_release", "What is served.", ("release", "model", "model_version"), registry=registry)
        info.labels(release.release or "", release.model or "", release.model_version or "").set(1)
        self._classes: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(endpoint, method if method in _METHODS else _OTHER, str(status)).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def predicted(self, inference: Inference) -> None:
        """Count a prediction, where it is a class: numbers of a regression have no end of values."""
        if inference.probe or inference.prediction is None or isinstance(inference.prediction, float):
            return
        self._predictions.labels(inference.endpoint, self._class(inference)).inc()

    def dropped(self, number: int) -> None:
        """Count inferences that were lost."""
        self._dropped.inc(number)

    def exposition(self) -> tuple[bytes, str]:
        """The numbers in Prometheus' text format, and its content type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(self._registry), CONTENT_TYPE_LATEST

    def _class(self, inference: Inference) -> str:
        key = (inference.endpoint, str(inference.prediction))
        with self._lock:
            if key not in self._classes and len(self._classes) >= _MOST_CLASSES:
                return _OTHER
            self._classes.add(key)
        return key[1]
