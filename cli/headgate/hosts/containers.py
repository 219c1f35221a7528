"""Containers as values: what to create, and what an engine says about one."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal

Restarts = Literal["no", "unless-stopped", "always"]
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?\d*(Z|[+-]\d\d:\d\d)")
_SALT = secrets.token_bytes(16)  # a digest of a password that can be guessed would give it away
_SETTINGS = (
    "Memory",
    "NanoCpus",
    "ShmSize",
    "PidsLimit",
    "Binds",
    "Tmpfs",
    "ReadonlyRootfs",
    "CapAdd",
    "DeviceRequests",
)
MARK = "headgate-served"
"""A network: who is connected to it counts as one that is started again, where an engine can change no policy."""
_NEVER = datetime(1, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Mount:
    """A volume of the engine, by name, or a folder of the host, by path, at `folder` of a container."""

    source: str
    folder: str
    read_only: bool = False


@dataclass(frozen=True)
class HealthProbe:
    """A program that the engine runs inside a container to see whether it is well; times in seconds."""

    command: tuple[str, ...]
    interval: float
    timeout: float
    retries: int
    start_period: float


@dataclass(frozen=True)
class ContainerSpec:
    """A container to create. It gets no new privileges, and of the capabilities only `capabilities`.

    Args:
        environment: may hold secrets; travels in the body of the API's request and is never shown.
        publish: port of the host by port of the container.
        memory, shm_size: bytes; cpus: cores; pids: processes and threads; None: no limit of ours.
        gpus: `all`, how many, or which by id.
        tmpfs: folders in memory.
        network: its name, or `container:<id>` for that of another container.
        restarts: whether the engine starts it again when it ends, or the engine itself was restarted. An engine takes
            every signal that is sent to a container for a stop on purpose, after which `unless-stopped` is no.
        answers_to: a name that other containers of `network` can resolve.
    """

    name: str
    image: str
    labels: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    entrypoint: tuple[str, ...] | None = None
    network: str | None = None
    answers_to: str | None = None
    publish: Mapping[int, int] = field(default_factory=dict)
    volumes: tuple[Mount, ...] = ()
    memory: int | None = None
    cpus: float | None = None
    shm_size: int | None = None
    pids: int | None = None
    gpus: str | int | tuple[str, ...] | None = None
    user: str | None = None
    tmpfs: tuple[str, ...] = ()
    health: HealthProbe | None = None
    restarts: Restarts = "no"
    read_only: bool = False
    capabilities: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Container:
    """A container as its engine describes it.

    `variables` and `settings` are digests of its environment and of its limits, mounts and privileges: good to compare
    containers within one run of headgate, and for nothing else, as they are salted anew by each run.
    """

    id: str
    name: str
    labels: Mapping[str, str]
    state: str
    health: str | None
    exit_code: int
    out_of_memory: bool
    image: str
    created_at: datetime
    started_at: datetime | None
    restarts: bool
    published: Mapping[int, int]
    variables: str = ""
    settings: str = ""

    @property
    def running(self) -> bool:
        """Whether its process is up now."""
        return self.state == "running"

    @property
    def up(self) -> bool:
        """Whether its process is up, or has just ended and is about to be started again by the engine."""
        return self.state in ("running", "restarting")

    @property
    def ending(self) -> str:
        """How it ended, in words: `exited with code 3`, `was killed: out of memory`, or its state."""
        if self.out_of_memory:
            return "was killed: out of memory"
        return f"exited with code {self.exit_code}" if self.state == "exited" else f"is {self.state}"

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> Container:
        """From what `GET /containers/{id}/json` answers."""
        state, host = attributes["State"], attributes["HostConfig"]
        started = moment(state["StartedAt"])
        return cls(
            id=attributes["Id"],
            name=attributes["Name"].removeprefix("/"),
            labels=attributes["Config"].get("Labels") or {},
            state=state["Status"],
            health=(state.get("Health") or {}).get("Status"),
            exit_code=state["ExitCode"],
            out_of_memory=state.get("OOMKilled", False),
            image=attributes["Image"],
            created_at=moment(attributes["Created"]),
            started_at=None if started == _NEVER else started,
            restarts=host["RestartPolicy"]["Name"] not in ("", "no")
            or MARK in (attributes.get("NetworkSettings", {}).get("Networks") or {}),
            published=_published(host.get("PortBindings") or {}),
            variables=_digest(sorted(attributes["Config"].get("Env") or [])),
            settings=_digest([attributes["Config"].get("User"), *(host.get(name) for name in _SETTINGS)]),
        )


def _digest(values: Any) -> str:
    return hashlib.blake2b(json.dumps(values).encode(), key=_SALT, digest_size=8).hexdigest()


def _published(bindings: Mapping[str, Any]) -> dict[int, int]:
    return {
        int(binding["HostPort"]): int(port.split("/")[0])
        for port, every in bindings.items()
        for binding in every or []
        if binding.get("HostPort")
    }


def moment(text: str) -> datetime:
    """A time of the engine's API: RFC 3339 with up to nine decimals, which `fromisoformat` does not read."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"not a time: {text!r}")
    whole, fraction, zone = found.groups()
    fraction = f".{(fraction or '.0')[1:]:0<6}"
    return datetime.fromisoformat(f"{whole}{fraction}{'+00:00' if zone == 'Z' else zone}").astimezone(timezone.utc)
