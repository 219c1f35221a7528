"""What an application answered: told by the application itself, or read from its JSON answer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any

Scalar = str | int | float | bool

PREDICTION_KEYS = ("prediction", "label", "class")
CONFIDENCE_KEYS = ("confidence", "score", "probability")
_LONGEST = 200  # characters of a prediction that are kept: a class, not a text

_told: ContextVar[list[Prediction] | None] = ContextVar("headgate_predictions", default=None)


@dataclass(frozen=True)
class Prediction:
    """One prediction; `confidence` is a probability in [0, 1] where the model has one."""

    prediction: Scalar | None
    confidence: float | None = None


@dataclass(frozen=True)
class Inference:
    """One line of telemetry. Holds nothing of the request but its id.

    `inference_time` is in seconds, from the first byte of the request to the last of the answer; `time` is RFC 3339.
    """

    time: str
    endpoint: str
    status: int
    prediction: Scalar | None
    confidence: float | None
    inference_time: float
    release: str | None
    model_version: str | None
    request_id: str
    probe: bool

    def line(self) -> str:
        """The inference as one line of JSON."""
        return json.dumps(asdict(self), allow_nan=False) + "\n"


def observe(prediction: Scalar | None, confidence: float | None = None) -> None:
    """Say, inside an endpoint, what it predicted; several times for a batch. Does nothing outside of a request.

    Needed only where the JSON answer does not say it under a usual name: what is said here wins over the answer.
    """
    told = _told.get()
    if told is not None:
        told.append(Prediction(_scalar(prediction), _probability(confidence)))


@contextmanager
def listening() -> Iterator[list[Prediction]]:
    """Collect what `observe` is told while the block runs; endpoints that run in a thread are heard too."""
    told: list[Prediction] = []
    token = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(token)


def predictions_in(body: bytes) -> tuple[Prediction, ...]:
    """The predictions in a JSON answer: an object, a list of them, or an object with a list under `predictions`.

    Nothing that can be read as a prediction gives one empty prediction: a request was answered all the same.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return (Prediction(None),)
    if isinstance(answer, Mapping) and isinstance(answer.get("predictions"), Sequence):
        answer = answer["predictions"]
    answers = answer if isinstance(answer, list) else [answer]
    return tuple(_prediction(one) for one in answers) or (Prediction(None),)


def _prediction(answer: Any) -> Prediction:
    if not isinstance(answer, Mapping):
        return Prediction(_scalar(answer))
    return Prediction(_scalar(_first(answer, PREDICTION_KEYS)), _probability(_first(answer, CONFIDENCE_KEYS)))


def _first(answer: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((answer[key] for key in keys if key in answer), None)


def _scalar(value: Any) -> Scalar | None:
    """A value that fits a line: numbers of any library as Python's own, texts cut short, everything else left out."""
    if getattr(value, "size", None) == 1:
        value = value.item()
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (bool, int, float)) else None


def _probability(value: Any) -> float | None:
    number = _scalar(value)
    return None if number is None or isinstance(number, (str, bool)) else float(number)
