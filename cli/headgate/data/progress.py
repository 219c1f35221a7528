"""How far a pull is: DVC draws its own bars on a terminal alone, but what has arrived can be seen in its cache."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from headgate.console import Step
from headgate.lineage.dvc import object_path
from headgate.record import DataFile

_EVERY = 0.5  # seconds
_FOLDER = ".dir"


@contextmanager
def shown(step: Step, cache: Path | None, files: Sequence[DataFile]) -> Iterator[None]:
    """Move the step's bar by bytes while the block runs."""
    total = sum(file.size or 0 for file in files)
    count = sum(file.files or 1 for file in files)
    what = f"pulling {count:,} file{'' if count == 1 else 's'}"
    step.doing(what, 0, total or None)
    if cache is None or not total:
        yield
        return
    arrivals = Arrivals(cache, files)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_EVERY):
            step.doing(what, arrivals.bytes(), total)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


class Arrivals:
    """Which of `files` are in the cache by now; what was seen once is not looked for again."""

    def __init__(self, cache: Path, files: Sequence[DataFile]) -> None:
        self._cache = cache
        self._waiting = {file.md5: float(file.size or 0) for file in files}
        self._arrived = 0.0

    def bytes(self) -> float:
        """Bytes that have arrived so far; inside folders every file counts the same."""
        for md5, size in list(self._waiting.items()):
            path = self._cache / object_path(md5)
            if path.exists():
                del self._waiting[md5]
                if md5.endswith(_FOLDER):
                    self._wait_for_contents(path, size)
                else:
                    self._arrived += size
        return self._arrived

    def _wait_for_contents(self, listing: Path, size: float) -> None:
        try:
            inside = {str(entry["md5"]) for entry in json.loads(listing.read_bytes())}
        except (OSError, ValueError, KeyError, TypeError):  # half written: the next look at the whole will do
            return
        self._waiting.update(dict.fromkeys(inside, size / max(len(inside), 1)))
