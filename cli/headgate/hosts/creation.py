"""A container to create, in the words of the Docker SDK."""

from __future__ import annotations

from typing import Any

from headgate.hosts.containers import ContainerSpec, HealthProbe

_LOG_ROTATION = {"max-size": "10m", "max-file": "3"}
_ALL = -1
_TMPFS = "rw,exec,nosuid,nodev"  # `exec`: compilers of models keep their libraries in there, and load them


def creation(wanted: ContainerSpec) -> dict[str, Any]:
    """The SDK's arguments for a container."""
    from docker.types import LogConfig

    options: dict[str, Any] = {
        "name": wanted.name,
        "labels": dict(wanted.labels),
        "environment": dict(wanted.environment),
        "ports": {f"{inside}/tcp": outside for outside, inside in wanted.publish.items()},
        "volumes": [f"{one.source}:{one.folder}:{'ro' if one.read_only else 'rw'}" for one in wanted.volumes],
        "read_only": wanted.read_only,
        "tmpfs": dict.fromkeys(wanted.tmpfs, _TMPFS),
        "security_opt": ["no-new-privileges"],
        "cap_drop": ["ALL"],
        "cap_add": list(wanted.capabilities),
        "dns_opt": list(wanted.dns_options),
        "log_config": LogConfig(type="json-file", config=_LOG_ROTATION),
        "restart_policy": {"Name": wanted.restarts},
    }
    if wanted.entrypoint is not None:
        options |= {"entrypoint": list(wanted.entrypoint), "command": []}
    return {**options, **_limits(wanted), **_network(wanted)}


def _limits(wanted: ContainerSpec) -> dict[str, Any]:
    limits = {
        "mem_limit": wanted.memory,
        "nano_cpus": None if wanted.cpus is None else round(wanted.cpus * 1e9),
        "shm_size": wanted.shm_size,
        "pids_limit": wanted.pids,
        "user": wanted.user,
        "device_requests": None if wanted.gpus is None else [_gpus(wanted.gpus)],
        "healthcheck": None if wanted.health is None else _health(wanted.health),
    }
    return {name: value for name, value in limits.items() if value is not None}


def _network(wanted: ContainerSpec) -> dict[str, Any]:
    from docker.types import EndpointConfig

    if wanted.network is None:
        return {}
    if wanted.network.startswith("container:"):
        return {"network_mode": wanted.network}
    aliases = [wanted.answers_to] if wanted.answers_to else None
    return {"network": wanted.network, "networking_config": {wanted.network: EndpointConfig("1.40", aliases=aliases)}}


def _gpus(wanted: str | int | tuple[str, ...]) -> Any:
    from docker.types import DeviceRequest

    if isinstance(wanted, tuple):
        return DeviceRequest(device_ids=list(wanted), capabilities=[["gpu"]])
    return DeviceRequest(count=wanted if isinstance(wanted, int) else _ALL, capabilities=[["gpu"]])


def _health(probe: HealthProbe) -> dict[str, Any]:
    return {
        "test": ["CMD", *probe.command],
        "interval": round(probe.interval * 1e9),
        "timeout": round(probe.timeout * 1e9),
        "retries": probe.retries,
        "start_period": round(probe.start_period * 1e9),
    }
