"""The connections to an environment's hosts: a release logs in once at each, not once for each of its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headgate.hosts import Connection


class Connections:
    """Those that `connect` opens, once they are needed."""

    def __init__(self, connect: Callable[[], AbstractContextManager[list[Connection]]]) -> None:
        self._connect = connect
        self._keeping: ExitStack | None = None
        self._kept: list[Connection] | None = None

    @contextmanager
    def opened(self) -> Iterator[list[Connection]]:
        """To use while the block runs; inside `kept` they outlive it, and are there for the next."""
        if self._keeping is None:
            with self._connect() as connections:
                yield connections
        else:
            self._kept = self._kept or self._keeping.enter_context(self._connect())
            yield self._kept

    @contextmanager
    def kept(self) -> Iterator[None]:
        """What is opened while the block runs stays open until it ends."""
        with ExitStack() as keeping:
            self._keeping = keeping
            try:
                yield
            finally:
                self._keeping = self._kept = None
