"""A small machine-learning repository as a team would have it: git with a remote, DVC with a remote, a server to ship.

Its model is a number: the share of the evaluation rows that it gets right. So a test can say exactly how good a
candidate is, and training takes no longer than starting DVC.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TRAIN = """\
import csv, json, os, pathlib, random, sys, time
import yaml

params = yaml.safe_load(open("params.yaml"))
rows = list(csv.DictReader(open("data/rows.csv")))
if params.get("fails"):
    print("the pipeline's last words")
    sys.exit(3)
if params.get("waits"):
    pathlib.Path("training-started").touch()
    time.sleep(60)
chance = random.Random(7)
right = [chance.random() < params["quality"] for _ in rows]
other = {"cat": "dog", "dog": "cat"}
pathlib.Path("reports").mkdir(exist_ok=True)
pathlib.Path("models").mkdir(exist_ok=True)
with open("reports/predictions.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["id", "label", "prediction"])
    for row, hit in zip(rows, right):
        table.writerow([row["id"], row["label"], row["label"] if hit else other[row["label"]]])
with open("models/model.json", "w") as file:
    json.dump({"quality": params["quality"], "serving": params.get("serving", "well")}, file)
with open("metrics.json", "w") as file:
    file.write(params.get("metrics") or json.dumps({"accuracy": sum(right) / len(right)}))
"""

SERVE = """\
import json, os, signal, sys
from datetime import datetime, timezone
from uuid import uuid4
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

model = json.load(open("models/model.json"))
serving = os.environ.get("SERVING", model["serving"])
telemetry = os.environ.get("TELEMETRY") and open(os.environ["TELEMETRY"], "a", buffering=1)
if serving == "dies":
    sys.exit("the application's last words")

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        ready = serving != "never ready"
        self.answer(200 if ready else 503, {"status": "ok" if ready else "loading"})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked_by_name = "X-Headgate-Release" in self.headers  # as a release that has no traffic yet is asked
        wrong = serving == "wrong" or (serving == "wrong in public" and not asked_by_name)
        said = {"label": "dog" if wrong else "cat", "quality": model["quality"]}
        self.answer(200, {**said, "release": os.environ.get("HEADGATE_RELEASE")})
        if telemetry:
            self.tell(said["label"])

    def tell(self, label):
        json.dump({
            "time": datetime.now(timezone.utc).isoformat(), "endpoint": "/predict", "status": 200, "prediction": label,
            "confidence": None, "inference_time": 0.001, "release": os.environ.get("HEADGATE_RELEASE"),
            "model_version": None, "request_id": str(uuid4()), "probe": "X-Headgate-Probe" in self.headers,
        }, telemetry)
        telemetry.write("\\n")

    def log_message(self, *words):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
Server(("", 8000), Handler).serve_forever()
"""

DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /app
COPY serve.py .
COPY models/ models/
CMD ["python", "-u", "serve.py"]
"""

DVC_YAML = f"""\
stages:
  train:
    cmd: {sys.executable} train.py
    deps: [train.py, data/rows.csv]
    params: [quality, serving, fails, waits, metrics]
    outs: [models/model.json, reports/predictions.csv]
    metrics:
      - metrics.json: {{cache: false}}
"""


@dataclass
class Outcome:
    """What one call of headgate left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """stdout as JSON."""
        return json.loads(self.stdout)

    @property
    def steps(self) -> list[str]:
        """The lines that steps leave, by their names."""
        return [line.split()[0] for line in self.stderr.splitlines() if line[:1] == " " and line[1:2].isalpha()]

    @property
    def log(self) -> str:
        """What GitHub's runner keeps of both: it takes the commands out that tell it what to mask."""
        lines = (self.stdout + self.stderr).splitlines()
        return "\n".join(line for line in lines if not line.startswith("::add-mask::"))


@dataclass
class Project:
    """The repository in `folder`; its git and DVC remotes are folders beside it.

    Args:
        folder: the working copy.
        model: the registered model's name.
        port: where it is served.
    """

    folder: Path
    model: str = "animals"
    port: int = 8080
    config: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(
        cls, folder: Path, *, model: str = "animals", port: int = 8080, rows: int = 2000, **config: Any
    ) -> Project:
        """A repository with its data pushed and everything committed; nothing trained yet."""
        project = cls(folder, model, port)
        folder.mkdir(parents=True)
        project.run("git", "init", "--quiet", "--initial-branch=main")
        project.run("git", "config", "user.name", "octocat")
        project.run("git", "config", "user.email", "octocat@example.com")
        project.run("git", "init", "--quiet", "--bare", "--initial-branch=main", "../origin.git")
        project.run("git", "remote", "add", "origin", "../origin.git")
        project.dvc("init", "--quiet")
        project.dvc("remote", "add", "--quiet", "--default", "storage", "../storage")
        project.write("train.py", TRAIN)
        project.write("serve.py", SERVE)
        project.write("Dockerfile", DOCKERFILE)
        project.write("dvc.yaml", DVC_YAML)
        project.write(".gitignore", "/.headgate/\n/training-started\n__pycache__/\n")
        table = "id,label\n" + "".join(f"{row},{('cat', 'dog')[row % 2]}\n" for row in range(rows))
        project.write("data/rows.csv", table)
        project.params(quality=0.8)
        project.configure(**config)
        project.dvc("add", "--quiet", "data/rows.csv")
        project.dvc("push", "--quiet")
        project.commit("A model")
        return project

    def configure(self, **sections: Any) -> None:
        """Write headgate.yaml: the defaults of the tests, with `sections` in place of theirs."""
        self.config = {
            "version": 1,
            "model": self.model,
            "train": {"model": "models/model.json", "predictions": "reports/predictions.csv"},
            "gate": {"metrics": {"accuracy": {"min": 0.5, "max_drop": 0.02}}},
            "deploy": {"port": self.port, "drain": "3s"},
            "health": {
                "timeout": "20s",
                "checks": [{"path": "/predict", "method": "POST", "json": {}, "expect": {"json": {"label": "cat"}}}],
            },
            **self.config,
            **sections,
        }
        self.write("headgate.yaml", yaml.safe_dump(self.config, sort_keys=False))

    def params(self, **values: Any) -> None:
        """Write params.yaml."""
        keys = {"quality": 0.8, "serving": "well", "fails": False, "waits": False, "metrics": ""}
        self.write("params.yaml", yaml.safe_dump({**keys, **values}))

    def write(self, path: str, text: str) -> Path:
        """Write a file of the repository."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text if "\n" in text else textwrap.dedent(text))
        return file

    def commit(self, message: str) -> str:
        """Commit everything, changed or not, and push it; returns the commit."""
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--allow-empty", "--message", message)
        self.run("git", "push", "--quiet", "origin", "HEAD:main")
        return self.run("git", "rev-parse", "HEAD").strip()

    def run(self, *argv: str) -> str:
        """Run a program that must succeed; returns its stdout."""
        done = subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, env=self._environ(), check=False)
        assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def dvc(self, *arguments: str) -> str:
        """Run the DVC that is installed beside headgate."""
        return self.run(str(Path(sys.executable).with_name("dvc")), *arguments)

    def headgate(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Outcome:
        """Run headgate to its end."""
        done = subprocess.run(
            self._headgate(*arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**self._environ(), **(environ or {})},
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start headgate and leave it running."""
        return subprocess.Popen(
            self._headgate(*arguments),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environ(),
        )

    @staticmethod
    def interrupt(running: subprocess.Popen[str]) -> Outcome:
        """Ctrl-C."""
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=60)
        return Outcome(running.returncode, stdout, stderr)

    def copy(self, folder: Path, *, model: str | None = None, port: int | None = None) -> Project:
        """The same repository with remotes of its own below `folder`, perhaps under another name and port.

        Making a repository takes seconds, copying one takes none: the remotes are relative paths for that reason.
        """
        shutil.copytree(self.folder.parent, folder, symlinks=True)
        other = Project(folder / self.folder.name, self.model, self.port, deepcopy(self.config), dict(self.environ))
        if (model or self.model, port or self.port) != (self.model, self.port):
            other.model, other.port = model or self.model, port or self.port
            other.configure(model=other.model, deploy={**self.config["deploy"], "port": other.port})
            other.commit("Another name")
        return other

    def clone(self, name: str) -> Project:
        """A fresh clone, as another machine would have it: no data, no cache, no record."""
        folder = self.folder.with_name(name)
        self.run("git", "clone", "--quiet", "../origin.git", str(folder))
        other = Project(folder, self.model, self.port, deepcopy(self.config), dict(self.environ))
        other.run("git", "config", "user.name", "octocat")
        other.run("git", "config", "user.email", "octocat@example.com")
        return other

    @property
    def record(self) -> dict[str, Any]:
        """The release record."""
        return json.loads((self.folder / ".headgate/release.json").read_text())

    def _headgate(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "headgate", *arguments]

    def _environ(self) -> dict[str, str]:
        """The test's own environment, without what would make headgate believe it runs in a workflow."""
        of_workflows = ("CI", "GITHUB_", "HEADGATE_")
        outside = {name: value for name, value in os.environ.items() if not name.startswith(of_workflows)}
        tools = str(Path(sys.executable).parent)
        return {**outside, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1", **self.environ}
