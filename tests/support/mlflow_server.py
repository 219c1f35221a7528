"""A real MLflow tracking server on a free port, its database and artifacts in a folder of the test."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from headgate.process import await_until
from headgate.tracking.empty_database import create_database
from support.lacking import cannot_run

PARTS = ("mlflow", "flask", "flask_cors", "graphene", "huey", "aiohttp", "pandas")


@contextmanager
def tracking_server(folder: Path, *arguments: str) -> Iterator[str]:
    """The URL of a server that runs while the block does."""
    missing = [part for part in PARTS if importlib.util.find_spec(part) is None]
    if missing:
        cannot_run(f"an MLflow server needs {', '.join(missing)}")
    create_database(folder / "server.db", artifacts=folder / "artifacts")  # MLflow's own migrations take seconds
    port = free_port()
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)),
                *("--backend-store-uri", f"sqlite:///{folder}/server.db", *arguments),
            ],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            start_new_session=True,
        )
    try:
        assert await_until(lambda: answers(port), timeout=90), (folder / "server.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether the server is up."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/health", timeout=2).ok
    except requests.RequestException:
        return False
