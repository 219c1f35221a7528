"""Slow loading, done beside the training instead of after it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Loaded = TypeVar("Loaded")
_NICE = 10


def in_the_shadow(load: Callable[[], Loaded]) -> Future[Loaded]:
    """Run `load` in a thread that yields to the training; its result or its error is in the future.

    The thread is a daemon: an interrupt does not wait for it.
    """
    future: Future[Loaded] = Future()

    def work() -> None:
        if sys.platform == "linux":  # elsewhere a priority belongs to the whole process
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        try:
            future.set_result(load())
        except BaseException as error:  # raised again where the result is asked for
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future
