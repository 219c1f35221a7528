"""Inferences on their way out of the process: a bounded queue, and one thread that writes.

A request only puts what it saw on the queue. When the queue is full, or the sink cannot be written to, inferences are
dropped and counted: predictions matter more than their log.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TextIO, TypeVar

from headgate.serving.inference import Inference

Sink = Callable[[str], None]
Item = TypeVar("Item")
Destination = Path | Literal["stdout", "off"]

CAPACITY = 10_000
_GATHER = 0.2  # seconds in which more may come: waking the writer for every request would cost more than the line
_LARGEST_FILE = 64 * 1024**2


class Telemetry:
    """Writes inferences to `sink`, in the background.

    Args:
        sink: takes whole lines; may be slow, may fail.
        on_inference: told of each inference in the background thread, written or not.
        on_drop: told how many inferences were lost.
        capacity: inferences that may wait; a few more when many threads offer at once.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        on_inference: Callable[[Inference], None],
        on_drop: Callable[[int], None],
        capacity: int = CAPACITY,
    ) -> None:
        self._sink = sink
        self._on_inference = on_inference
        self._on_drop = on_drop
        self._capacity = capacity
        # What waits are functions: reading a prediction out of an answer is work for the background too.
        self._waiting: deque[Callable[[], Sequence[Inference]]] = deque()
        self._flushes: deque[threading.Event] = deque()
        self._news = threading.Event()
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._writer = threading.Thread()

    def offer(self, inferences: Callable[[], Sequence[Inference]]) -> None:
        """Queue what `inferences` gives; never waits."""
        if len(self._waiting) >= self._capacity:
            self._on_drop(1)
            return
        self._waiting.append(inferences)
        self._wake()

    def flush(self, timeout: float = 5.0) -> None:
        """Wait until everything queued so far is written, at most `timeout` seconds."""
        written = threading.Event()
        self._flushes.append(written)
        self._hurry.set()
        self._wake()
        written.wait(timeout)

    def _wake(self) -> None:
        if not self._news.is_set():
            self._news.set()
        if not self._writer.is_alive():  # also in a worker that was forked after the application was made
            self._start()

    def _start(self) -> None:
        with self._lock:
            if not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write_for_ever, name="headgate-telemetry", daemon=True)
                self._writer.start()

    def _write_for_ever(self) -> None:
        while True:
            self._news.wait()
            self._hurry.wait(_GATHER)
            self._hurry.clear()
            self._news.clear()  # before the queue is emptied: what comes meanwhile is news again
            self._write_all()

    def _write_all(self) -> None:
        flushes = _taken_from(self._flushes)  # before the queue: what they wait for is in it by now
        self._write([inference for make in _taken_from(self._waiting) for inference in make()])
        for written in flushes:
            written.set()

    def _write(self, inferences: Sequence[Inference]) -> None:
        if not inferences:
            return
        for inference in inferences:
            self._on_inference(inference)
        try:
            self._sink("".join(inference.line() for inference in inferences))
        except (OSError, ValueError):  # a closed stream is a ValueError
            self._on_drop(len(inferences))


def _taken_from(queue: deque[Item]) -> list[Item]:
    """What is in the queue now, and no longer after."""
    return [queue.popleft() for _ in range(len(queue))]


def sink_for(destination: Destination) -> Sink:
    """The sink that `destination` names."""
    if destination == "off":
        return lambda _lines: None
    if destination == "stdout":
        return to_stream(sys.stdout)
    return to_file(Path(destination))


def to_stream(stream: TextIO) -> Sink:
    """Lines to an open stream, such as the container's own log."""

    def write(lines: str) -> None:
        stream.write(lines)
        stream.flush()

    return write


def to_file(path: Path, *, largest: int = _LARGEST_FILE) -> Sink:
    """Lines appended to a file. Above `largest` bytes it becomes `<path>.1`, so that at most twice that is kept.

    The file is opened for every batch, so that workers and outside log rotation may share it.
    """

    def write(lines: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(lines)
            full = file.tell() >= largest
        if full:
            path.replace(path.with_name(f"{path.name}.1"))

    return write
