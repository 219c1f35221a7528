"""The Docker SDK: loaded whole before the first engine is opened, and never waiting for ever.

It takes a third of a second to load, so nothing loads it before it is needed. Two threads that begin to load it at the
same time may each wait for the other, as its modules import one another: they come through here, one at a time.
"""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docker import DockerClient

STALLS = 300.0  # seconds without a word, e.g. during a pull, for which the SDK would wait for ever
_PARTS = ("docker", "docker.auth", "docker.context", "docker.errors", "docker.transport", "docker.types")
_LOADING = threading.Lock()


def load() -> None:
    """Have the SDK loaded, before any other import of it."""
    with _LOADING:
        for name in _PARTS:
            importlib.import_module(name)


def limited(client: DockerClient) -> DockerClient:
    """The same client, which gives up on what says nothing for `STALLS` seconds."""
    send = client.api.send

    def send_limited(*request: Any, **options: Any) -> Any:
        return send(*request, **{**options, "timeout": options.get("timeout") or STALLS})

    setattr(client.api, "send", send_limited)  # noqa: B010  (a session calls its own `send` for every request)
    return client
