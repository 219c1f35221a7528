"""Whether the application may be given traffic: its own word, and the model it holds being the one that was gated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headgate.lineage.digests import digest

Status = Literal["ok", "starting", "failing"]


@dataclass(frozen=True)
class State:
    """`ok` takes traffic, `starting` may become ok, `failing` will not; `why` is said for the last two."""

    status: Status
    why: str | None = None


_OK = State("ok")


class Readiness:
    """What /health answers.

    A large model takes a while to hash: that happens once, in a thread, and until then the state is `starting`.

    Args:
        model_path: the model's file or folder; None: nothing is checked.
        expected: the digest that was gated; None: the model only has to be there.
        ready: the application's own word.
    """

    def __init__(self, model_path: Path | None, expected: str | None, ready: Callable[[], bool] | None) -> None:
        self._model_path = model_path
        self._expected = expected
        self._ready = ready
        self._model: State | None = None if model_path else _OK
        self._lock = threading.Lock()
        self._hashing = threading.Thread()

    def state(self) -> State:
        """The state now; never waits for the model to be hashed."""
        self.begin()
        model = self._model or State("starting", "the model is being verified")
        if model.status != "ok":
            return model
        if self._ready is not None and not self._ready():
            return State("starting", "the application says that it is not ready")
        return _OK

    def begin(self) -> None:
        """Have the model examined, once in every process: a server may fork its workers at any time."""
        with self._lock:
            if self._model is None and not self._hashing.is_alive():
                self._hashing = threading.Thread(target=self._compare, name="headgate-model-digest", daemon=True)
                self._hashing.start()

    def _compare(self) -> None:
        assert self._model_path is not None  # noqa: S101  (otherwise there was nothing to examine)
        try:
            self._model = self._judge(self._model_path)
        except OSError as error:
            self._model = State("failing", f"the model cannot be read: {error.strerror or error}")

    def _judge(self, path: Path) -> State:
        if not path.exists():
            return State("failing", f"there is no model at {path}")
        if self._expected is None:
            return _OK
        found = digest(path)
        if found == self._expected:
            return _OK
        return State("failing", f"the model at {path} is {found}, and {self._expected} was released")
