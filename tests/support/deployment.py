"""A model server to deploy to this machine's engine, on a port of its own; everything is removed at the end."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, NotFound

from headgate.config.canary import Canary
from headgate.config.container import Resources
from headgate.config.health import Health, HealthCheck
from headgate.console import Console
from headgate.deploy import (
    HostStatus,
    Plan,
    Release,
    Service,
    Target,
    open_targets,
    put_back,
    roll_back,
    roll_out,
    status,
)
from headgate.deploy.service import lock_name, proxy_name, releases_on, volume_name
from headgate.health import probe
from headgate.record import Deployment
from support.load import release_at

REGISTRY = os.environ.get("HEADGATE_LAB_REGISTRY", "127.0.0.1:5000")
SERVER = Path(__file__).parent / "model_server"
CHECKS = Health.model_validate(
    {
        "timeout": "20s",
        "checks": [
            {"path": "/predict", "method": "POST", "json": {"text": "hi"}, "expect": {"json": {"label": "positive"}}}
        ],
    }
)
assert isinstance(CHECKS.checks[0], HealthCheck)


def free_port() -> int:
    """A port of this machine that nobody listens on, below those that the system gives to connections going out.

    Other tests look for ports at the same time, and one is taken only seconds after it was found: hence at random.
    """
    while True:
        port = random.randrange(10_000, 32_000)  # noqa: S311
        with socket.socket() as one, suppress(OSError):
            one.bind(("", port))
            return port


@dataclass
class Site:
    """One service on one port of this machine's engine."""

    image: str
    model: str = field(default_factory=lambda: f"hg-{uuid.uuid4().hex[:8]}")
    port: int = field(default_factory=free_port)
    health: Health = CHECKS
    talk: StringIO = field(default_factory=StringIO)
    images: list[str] = field(default_factory=list)
    ip: str = "127.0.0.1"
    _made: int = 0

    def __post_init__(self) -> None:
        self.docker = docker.from_env()

    def opened(self) -> AbstractContextManager[list[Target]]:
        """The hosts, as targets."""
        return open_targets(["local"], self.service)

    @property
    def service(self) -> Service:
        return Service(self.model, self.port)

    def release(self, image: str | None = None) -> Release:
        """A new release of the server; `image` with a digest counts as pushed."""
        self._made += 1
        reference = image or self.image
        return Release(
            self.model,
            f"20261121{self._made:06}-abcdef0",
            reference,
            pushed="@" in reference,
            model_version=str(self._made),
            labels={"dev.headgate.model": self.model, "dev.headgate.commit": "abcdef0" * 5 + "abcde"},
        )

    def plan(self, mode: str = "well", **changes: Any) -> Plan:
        variables = {"MODE": mode, **changes.pop("variables", {})}
        usual = Plan(
            environment="production",
            strategy="start-first",
            domain=None,
            container_port=8000,
            variables=variables,
            resources=Resources(),
            drain=10,
            retain=2,
            actor="octocat",
            run_url=None,
            lock_timeout=30,
            lease=6,
        )
        return replace(usual, **changes)

    def deploy(self, release: Release | None = None, mode: str = "well", **changes: Any) -> Deployment:
        """Roll a release out, by default a new one."""
        release = release or self.release()
        return self._with_step(
            lambda targets, step: roll_out(
                release, targets, self.plan(mode, **changes), probe=self.prober(release.id, step), step=step
            )
        )

    def go_back(self, to: str | None = None, **changes: Any) -> Deployment:
        """Roll back."""
        return self._with_step(
            lambda targets, step: roll_back(
                targets, self.plan(**changes), to=to, probe=self.prober(None, step), step=step
            )
        )

    def take_back(self, deployment: Deployment) -> None:
        """Put a finished deployment back."""
        console = Console(self.talk, environ={}, verbosity=1)
        with self.opened() as targets, console.step("put back") as step:
            put_back(deployment, targets, self.plan(), step=step)

    def prober(self, release: str | None, step: Any) -> Callable[..., object]:
        return lambda url, headers, meanwhile: probe(
            self.health, url, headers, release=release, step=step, meanwhile=meanwhile
        )

    def status(self) -> HostStatus:
        with self.opened() as targets:
            return status(targets)[0]

    def serves(self, headers: Mapping[str, str] | None = None) -> str | None:
        """The release that answers a prediction; None when none does."""
        return release_at(self.port, self.ip, headers=headers)

    def containers(self) -> dict[str, str]:
        """State by name of every container behind the port that is a release."""
        wanted = [f"{name}={value}" for name, value in releases_on(self.port).items()]
        return {
            one.name: one.status
            for one in self.docker.containers.list(all=True, filters={"label": wanted}, ignore_removed=True)
        }

    def running(self) -> list[str]:
        return [name for name, state in self.containers().items() if state == "running"]

    def everything(self) -> list[str]:
        """All containers that carry the port's label: releases, proxy and lock."""
        label = f"dev.headgate.port={self.port}"
        return sorted(
            one.name for one in self.docker.containers.list(all=True, filters={"label": label}, ignore_removed=True)
        )

    @property
    def proxy(self) -> Any:
        return self.docker.containers.get(proxy_name(self.port))

    @property
    def lock(self) -> str:
        return lock_name(self.port)

    def deployer(self, release: Release, mode: str = "well", **changes: Any) -> subprocess.Popen[str]:
        """The same rollout in a process of its own, to be killed or raced."""
        wish = {
            **self.here,
            "release": {**release.__dict__},
            "mode": mode,
            "changes": changes,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "support.deployment", json.dumps(wish)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=Path(__file__).parents[1],
        )

    @property
    def here(self) -> dict[str, Any]:
        """Which service that is, for another process."""
        return {"site": {"image": self.image, "model": self.model, "port": self.port}}

    def clean(self) -> None:
        """Remove all that was made behind the port."""
        for name in self.everything():
            with suppress(NotFound):
                self.docker.containers.get(name).remove(force=True, v=True)
        for image in self.images:
            with suppress(NotFound):
                self.docker.images.remove(self.docker.images.get(image).id, force=True)
        for built in self.docker.api.images():  # without a look into each image, of which there may be many
            if self.model in f"{built['RepoTags']} {built['RepoDigests']}":
                with suppress(NotFound):
                    self.docker.images.remove(built["Id"], force=True)
        with suppress(APIError):
            self.docker.volumes.get(volume_name(self.port)).remove()
        self.docker.close()

    def _with_step(self, work: Callable[..., Deployment]) -> Deployment:
        console = Console(self.talk, environ={}, verbosity=1)
        with self.opened() as targets, console.step("deploy") as step:
            return work(targets, step)


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """Wait for a truth, and give it back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come true in time")


def kill(process: subprocess.Popen[str]) -> None:
    """End a deployer as the machine's going away would: no chance to clean up."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def main(wish: dict[str, Any]) -> None:
    """A deployer in a process of its own; exits with the code that headgate would."""
    from headgate.errors import HeadgateError
    from support.fleet import Fleet

    site = Fleet(**wish["fleet"]) if "fleet" in wish else Site(**wish["site"])
    if "canary" in wish["changes"]:
        wish["changes"]["canary"] = Canary.model_validate(wish["changes"]["canary"])
    print("deploying", flush=True)
    try:
        site.deploy(Release(**wish["release"]), wish["mode"], **wish["changes"])
    except HeadgateError as error:
        print(error.message, error.hint or "", flush=True)
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
