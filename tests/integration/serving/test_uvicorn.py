"""An instrumented application behind a real server, probed over HTTP."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from headgate.config.health import Health
from headgate.console import Console
from headgate.health import Unhealthy, check
from headgate.lineage.digests import digest
from headgate.process import await_until

APP = """\
from fastapi import FastAPI
from headgate.serving import instrument

app = FastAPI()
instrument(app, model_path="model.bin")

@app.post("/predict")
def predict(body: dict) -> dict:
    return {"label": "positive", "confidence": 0.75}
"""
CHECKS = Health.model_validate(
    {
        "timeout": "20s",
        "checks": [{"path": "/predict", "method": "POST", "json": {}, "expect": {"json": {"label": "positive"}}}],
    }
)


class Server:
    """uvicorn on a port of its own, its telemetry in a file."""

    def __init__(self, folder: Path) -> None:
        (folder / "app.py").write_text(APP)
        (folder / "model.bin").write_text("weights")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.log = folder / "telemetry.jsonl"
        self.model = folder / "model.bin"
        self.url = f"http://127.0.0.1:{port}"
        self._command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environ: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEADGATE_")}
        self._process = subprocess.Popen(
            self._command,
            cwd=self.log.parent,
            env={**inherited, "HEADGATE_RELEASE": "r1", "HEADGATE_TELEMETRY": str(self.log), **environ},
        )

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)

    def check(self, release: str | None = "r1", timeout: float = 20.0):
        with Console(io.StringIO(), environ={}).step("health") as step:
            config = CHECKS.model_copy(update={"timeout": timeout})
            return check(config, self.url, release=release, step=step)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


def test_an_application_that_starts_is_waited_for_and_measured(server: Server) -> None:
    server.start(HEADGATE_MODEL_DIGEST=digest(server.model))

    health = server.check()

    assert [(one.name, one.ok) for one in health.probes] == [("GET /health", True), ("POST /predict", True)]
    latency = health.probes[1].latency
    assert latency is not None
    assert 0 < latency.p50 <= latency.p95 < 1


def test_everything_said_before_the_end_is_on_disk(server: Server) -> None:
    server.start()
    server.check()
    for _ in range(200):
        assert requests.post(f"{server.url}/predict", json={}, timeout=5).json()["label"] == "positive"
    server.stop()

    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert len([line for line in lines if not line["probe"]]) == 200
    assert {line["release"] for line in lines} == {"r1"}


def test_an_application_with_another_model_never_becomes_healthy(server: Server) -> None:
    server.start(HEADGATE_MODEL_DIGEST="sha256:" + 64 * "0")
    assert await_until(lambda: _answers(server), timeout=20)

    with pytest.raises(Unhealthy, match="was released"):
        server.check(timeout=2)


def test_nobody_there_is_said(server: Server) -> None:
    with pytest.raises(Unhealthy, match="connection refused"):
        server.check(timeout=1)


def test_another_release_is_not_accepted(server: Server) -> None:
    server.start()
    assert await_until(lambda: _answers(server), timeout=20)

    with pytest.raises(Unhealthy, match="release r1 answered, and r2 was expected"):
        server.check(release="r2", timeout=2)


def _answers(server: Server) -> bool:
    try:
        return requests.get(f"{server.url}/health/live", timeout=1).ok
    except requests.ConnectionError:
        return False
