"""One round of a check: an answer, what is wrong with it, and how long answers take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from headgate.config.health import HealthCheck
from headgate.errors import listing
from headgate.health.endpoint import Answer, Endpoint
from headgate.health.expectation import mismatches
from headgate.health.latency import summary
from headgate.record import Latency
from headgate.wire import RELEASE_HEADER

SAMPLES = 20
_SAMPLING = 10.0  # seconds after which fewer samples have to do: some models take a second for each
_WRONG = "The application runs, and predicts wrongly: does it load the model that was gated?"
_SLOW = "Give the container more (deploy.resources), or raise this check's max_latency."
_NOT_READY = "The container's log says what it does; raise health.timeout when its model takes longer to load."


@dataclass(frozen=True)
class Complaint:
    """What is wrong with an answer, and what to do about it.

    `settled`: the application is up and answers, so that asking again and again would not change much.
    """

    why: str
    hint: str
    settled: bool = False


@dataclass(frozen=True)
class Round:
    """The last answer of a round; `latency` when every answer was right, `complaint` unless all is well."""

    answer: Answer
    complaint: Complaint | None = None
    latency: Latency | None = None


def ask_around(endpoint: Endpoint, check: HealthCheck, release: str | None, patience: Callable[[], float]) -> Round:
    """Ask once; if the answer is right, ask `SAMPLES` times more and measure. The first answer often warms up a model.

    Args:
        endpoint: where.
        check: the request and what is expected.
        release: the release that must answer; None: any.
        patience: seconds to wait for the next answer.
    """

    def ask() -> tuple[Answer, Complaint | None]:
        answer = endpoint.ask(check.method, check.path, check.json_, timeout=patience())
        return answer, complaint(answer, check, release)

    answer, wrong = ask()
    seconds: list[float] = []
    while wrong is None and len(seconds) < SAMPLES and sum(seconds) < _SAMPLING:
        answer, wrong = ask()
        seconds.append(answer.seconds)
    if wrong is not None:
        return Round(answer, wrong)
    latency = summary(seconds)
    return Round(answer, _too_slow(latency, check), latency)


def complaint(answer: Answer, check: HealthCheck, release: str | None) -> Complaint | None:
    """What is wrong with `answer`; None when it is what `check` expects, from `release`."""
    if answer.status is None:
        return Complaint(answer.failure or "no answer", _NOT_READY)
    if release is not None and answer.release != release:
        who = f"release {answer.release}" if answer.release else f"something that sends no {RELEASE_HEADER}"
        return Complaint(
            f"{who} answered, and {release} was expected",
            "Does the address lead to that release? headgate status says what runs where.",
        )
    if answer.status != check.expect.status:
        return Complaint(f"expected status {check.expect.status}, got {answer.status}", _NOT_READY)
    return _wrong_body(answer, check)


def _wrong_body(answer: Answer, check: HealthCheck) -> Complaint | None:
    if check.expect.json_ is None:
        return None
    try:
        body = answer.json
    except ValueError:
        return Complaint("expected JSON, got something else", _WRONG, settled=True)
    wrong = [*mismatches(check.expect.json_, body)]
    return Complaint(listing(wrong), _WRONG, settled=True) if wrong else None


def _too_slow(latency: Latency, check: HealthCheck) -> Complaint | None:
    if check.max_latency is None or latency.p95 <= check.max_latency:
        return None
    return Complaint(
        f"the 95th percentile of {latency.samples} answers is {latency.p95 * 1000:.0f} ms, and "
        f"{check.max_latency * 1000:.0f} ms are allowed",
        _SLOW,
        settled=True,
    )
