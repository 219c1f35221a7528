"""nektos/act: the workflows of a repository, run on this machine as GitHub's runner would run them.

Foreign actions are stand-ins of a few lines (`actions_stand_ins/`); headgate's own are the real ones, from a repository
that holds the files of this checkout. Jobs see a PATH with the tools of a runner, and no headgate among them.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STAND_INS = Path(__file__).with_name("actions_stand_ins")
USES = re.compile(r"uses: ([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40})")
HEADGATE = "octocat/headgate"
COMMIT = "5" * 40
PATIENCE = 400.0  # seconds for a workflow
TOOLS = ("dvc", "python", "python3", "uv")  # what the runner has besides the system's own programs


def repository_of(folder: Path, files: Iterable[tuple[Path, str]]) -> Path:
    """A git repository in `folder` with these files, each with its path in there, and one commit."""
    for file, path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / path)
    as_octocat = ("-c", "user.name=octocat", "-c", "user.email=octocat@example.com")
    for words in (("init", "--quiet"), ("add", "--all"), (*as_octocat, "commit", "--quiet", "--message", "All of it")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def headgate_repository(folder: Path) -> Path:
    """What a runner fetches for `uses: octocat/headgate/...`: the files of this checkout, committed or not."""
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "action.yml",
            "actions",
            "cli",
            "requirements",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    names = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    return repository_of(folder, [(ROOT / name, name) for name in names])


def ended(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run act to its end; when the test ends before it, all that it started ends too."""
    child = subprocess.Popen(
        argv, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        stdout, stderr = child.communicate(timeout=PATIENCE)
        return child.returncode, stdout, stderr
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@dataclass(frozen=True)
class Runner:
    """A machine that runs workflows.

    Args:
        folder: scratch; HOME, caches and the repositories of the actions are in it.
        repositories: folder by `owner/name`.
    """

    folder: Path
    repositories: Mapping[str, Path]

    @classmethod
    def make(cls, folder: Path) -> Runner:
        """With headgate's actions and the stand-ins, each a repository of its own."""
        repositories = {HEADGATE: headgate_repository(folder / "actions" / HEADGATE)}
        for action in STAND_INS.glob("*/*/action.yml"):
            name = action.parent.relative_to(STAND_INS).as_posix()
            repositories[name] = repository_of(folder / "actions" / name, [(action, "action.yml")])
        tools = folder / "bin"
        tools.mkdir()
        for tool in TOOLS:  # no links: an interpreter would not find its packages through one
            (tools / tool).write_text(
                f'#!/bin/sh\nexec {shlex.quote(str(Path(sys.executable).with_name(tool)))} "$@"\n'
            )
            (tools / tool).chmod(0o755)
        runner = cls(folder, repositories)
        runner.set_up()
        return runner

    def set_up(self) -> None:
        """Fill the cache that all runs find headgate in: the first run of a repository has done the same."""
        (self.folder / "temp").mkdir()
        environ = {"RUNNER_TEMP": str(self.folder / "temp"), "HEADGATE_SETUP_EXTRAS": "gate"}
        subprocess.run(
            ["bash", str(self.repositories[HEADGATE] / "actions/setup.sh"), "install"],
            env=self._environ(self.folder, environ),
            check=True,
            capture_output=True,
        )

    def run(
        self,
        project: Path,
        name: str,
        event: Mapping[str, Any] | None = None,
        *,
        workflow: str,
        inputs: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        scratch: Path,
    ) -> Run:
        """Send the event `name` to one workflow of the repository in `project`, and wait for all of its jobs.

        What the stand-ins were asked for, and the artifacts, are in `scratch`.
        """
        scratch.mkdir(parents=True, exist_ok=True)
        (scratch / "event.json").write_text(
            json.dumps({**(event or {}), **({"inputs": dict(inputs)} if inputs else {})})
        )
        path = project / ".github" / "workflows" / workflow
        argv = [
            str(Path(sys.executable).with_name("act")),
            name,
            f"--workflows={path}",
            f"--eventpath={scratch / 'event.json'}",
            "--platform=ubuntu-latest=-self-hosted",
            "--action-offline-mode",
            "--no-cache-server",
            "--json",
            *(f"--local-repository={used}={self._folder(used)}" for used in sorted(self._used(path))),
        ]
        argv += [f"--env={key}={value}" for key, value in (variables or {}).items()]
        if secrets:
            (scratch / "secrets").write_text("".join(f"{key}={json.dumps(value)}\n" for key, value in secrets.items()))
            argv.append(f"--secret-file={scratch / 'secrets'}")
        try:
            return Run(*ended(argv, cwd=project, env=self._environ(scratch)), scratch)
        finally:  # GitHub's machine is gone by now, and what it was told with it
            (scratch / "secrets").unlink(missing_ok=True)

    def _used(self, workflow: Path) -> set[str]:
        """`owner/name@commit` of the actions that a workflow uses, and that those use."""
        texts = [workflow.read_text(), *(path.read_text() for path in workflow.parent.glob("*.yml"))]
        texts += [path.read_text() for path in (ROOT / "actions").glob("*/action.yml")]
        found = {f"{one}@{commit}" for text in texts for one, commit in USES.findall(text)}
        return {one for one in found if one.partition("@")[0] in self.repositories}

    def _folder(self, used: str) -> Path:
        return self.repositories[used.partition("@")[0]]

    def _environ(self, scratch: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """A runner's environment: nothing of the test's own but what leads to programs, engine and packages."""
        keep = ("LANG", "DOCKER_HOST", "DOCKER_BUILDKIT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
        inherited = {
            name: value for name, value in os.environ.items() if name in keep or name.startswith(("PIP_", "UV_"))
        }
        system = [folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "headgate").exists()]
        return {
            **inherited,
            "PATH": os.pathsep.join([str(self.folder / "bin"), *system]),
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "home/config"),
            "XDG_CACHE_HOME": str(scratch / "cache"),
            "DOCKER_CONFIG": str(scratch / "docker"),
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache/uv")),
            "DVC_NO_ANALYTICS": "1",
            "STAND_INS": str(scratch),
            "STAND_INS_CACHE": str(self.folder / "temp/headgate"),
            **(more or {}),
        }


@dataclass(frozen=True)
class Run:
    """A workflow's run: what act said, and what the stand-ins were asked for."""

    exit_code: int
    stdout: str
    stderr: str
    scratch: Path
    steps: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read how every step ended, and how long it took."""
        for line in self.lines:
            if "stepResult" in line and line.get("stage") == "Main":
                self.steps[line["step"]] = line["stepResult"]
                self.seconds[line["step"]] = line.get("executionTime", 0) / 1e9

    @property
    def lines(self) -> list[dict[str, Any]]:
        """act's log, a mapping for each line."""
        found = []
        for line in self.stdout.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
        return found

    @property
    def log(self) -> str:
        """What the steps wrote."""
        return "\n".join(str(line.get("msg", "")).rstrip("\n") for line in self.lines)

    @property
    def masked(self) -> set[str]:
        """What the steps told the runner to mask; GitHub's runner shows nothing of such a command, act's repeats it."""
        return {str(line["arg"]) for line in self.lines if line.get("command") == "add-mask"}

    @property
    def shown(self) -> str:
        """All that act wrote, in whatever field, but for the commands that told it what to mask."""
        others = [line for line in self.stdout.splitlines() if '"command":"add-mask"' not in line]
        return "\n".join([*others, self.log, self.stderr])

    @property
    def calls(self) -> list[str]:
        """What the stand-ins were asked for, in order."""
        file = self.scratch / "calls"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def record(self) -> dict[str, Any]:
        """The release record that was kept as an artifact."""
        return dict(json.loads((self.scratch / "artifacts/headgate/release.json").read_text()))
