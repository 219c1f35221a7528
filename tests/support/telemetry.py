"""Lines of telemetry, as headgate.serving writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

NOW = datetime(2026, 11, 21, 10, tzinfo=timezone.utc)


def line(number: int = 0, *, at: datetime = NOW - timedelta(hours=1), **changed: Any) -> bytes:
    """One inference that went well."""
    values = {
        "time": at.isoformat().replace("+00:00", "Z"),
        "endpoint": "/predict",
        "status": 200,
        "prediction": "cat",
        "confidence": 0.9,
        "inference_time": 0.01,
        "release": "20261121080000-3f2c1ab",
        "model_version": "7",
        "request_id": f"request-{number}",
        "probe": False,
    }
    return json.dumps(values | changed).encode()


def lines(count: int, **changed: Any) -> list[bytes]:
    """`count` requests that went the same way."""
    return [line(number, **changed) for number in range(count)]


def predicted(classes: Iterable[str], **changed: Any) -> list[bytes]:
    """One request for each class that was predicted."""
    return [line(number, prediction=name, **changed) for number, name in enumerate(classes)]
