"""Inferences on their way out: never in a request's way, and what is lost is counted."""

import threading
from pathlib import Path

import pytest

from headgate.process import await_until
from headgate.serving.inference import Inference, Prediction, predictions_in
from headgate.serving.telemetry import Telemetry, to_file


def inference(number: int = 0) -> Inference:
    return Inference(
        time="2026-11-21T10:00:00.000Z",
        endpoint="/predict",
        status=200,
        prediction=number,
        confidence=None,
        inference_time=0.001,
        release=None,
        model_version=None,
        request_id=f"{number}",
        probe=False,
    )


class Collected:
    """What came of the inferences: lines, what was noticed, how many were dropped."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.noticed: list[Inference] = []
        self.dropped = 0

    def write(self, lines: str) -> None:
        self.written += lines.splitlines()

    def notice(self, one: Inference) -> None:
        self.noticed.append(one)

    def drop(self, number: int) -> None:
        self.dropped += number


def test_a_sink_that_hangs_holds_nobody_up_and_the_lost_are_counted() -> None:
    collected, free = Collected(), threading.Event()

    def hang(lines: str) -> None:
        free.wait(10)
        collected.write(lines)

    telemetry = Telemetry(hang, on_inference=collected.notice, on_drop=collected.drop, capacity=10)
    telemetry.offer(lambda: [inference()])
    assert await_until(lambda: len(collected.noticed) == 1, timeout=5, every=0.01)  # the writer is in the sink now

    for number in range(30):
        telemetry.offer(lambda number=number: [inference(number)])

    assert collected.dropped == 20
    free.set()
    telemetry.flush()
    assert len(collected.written) == 11


def test_a_sink_that_fails_counts_and_the_next_lines_are_written() -> None:
    collected, full = Collected(), threading.Event()
    full.set()

    def write(lines: str) -> None:
        if full.is_set():
            raise OSError(28, "No space left on device")
        collected.write(lines)

    telemetry = Telemetry(write, on_inference=collected.notice, on_drop=collected.drop)
    telemetry.offer(lambda: [inference(1)])
    telemetry.flush()
    full.clear()
    telemetry.offer(lambda: [inference(2)])
    telemetry.flush()

    assert collected.dropped == 1
    assert len(collected.written) == 1


def test_order_is_kept() -> None:
    collected = Collected()
    telemetry = Telemetry(collected.write, on_inference=collected.notice, on_drop=collected.drop)
    for number in range(2000):
        telemetry.offer(lambda number=number: [inference(number)])
    telemetry.flush()

    assert [one.prediction for one in collected.noticed] == list(range(2000))


def test_a_file_never_grows_beyond_twice_its_limit(tmp_path: Path) -> None:
    write = to_file(tmp_path / "telemetry.jsonl", largest=100)
    for number in range(50):
        write(f"line {number:02d}\n")

    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {"telemetry.jsonl", "telemetry.jsonl.1"}
    assert all(size <= 110 for size in sizes.values())
    assert "line 49" in (tmp_path / "telemetry.jsonl").read_text()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"label": "a", "confidence": 0.5}', [Prediction("a", 0.5)]),
        (b'{"class": 3, "score": 1}', [Prediction(3, 1.0)]),
        (b'{"prediction": 1.5}', [Prediction(1.5)]),
        (b'[{"label": "a"}, {"label": "b"}]', [Prediction("a"), Prediction("b")]),
        (b"[1, 2]", [Prediction(1), Prediction(2)]),
        (b'{"label": ["a", "b"]}', [Prediction(None)]),
        (b'{"text": "something else"}', [Prediction(None)]),
        (b'{"label": "a", "confidence": "high"}', [Prediction("a")]),
        (b'{"label": "a", "confidence": NaN}', [Prediction("a")]),
        (b"[]", [Prediction(None)]),
        (b"null", [Prediction(None)]),
        (b"not json", [Prediction(None)]),
        (60_000 * b"[", [Prediction(None)]),
        (b"\xff\xfe", [Prediction(None)]),
        (b'{"label": "' + 1000 * b"x" + b'"}', [Prediction(200 * "x")]),
    ],
)
def test_predictions_are_read_from_the_usual_answers(body: bytes, expected: list[Prediction]) -> None:
    assert list(predictions_in(body)) == expected
